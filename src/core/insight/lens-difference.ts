/** What two lenses read of the same streams: which tokens one lists and the other does not, at every border of blocks and position. */
import type { CallContext } from '../call-context';
import { stopIfCancelled } from '../cancel';
import type { ModelInfo, PromptToken, TokenScore } from '../format/flow-graph';
import type { LensInfo } from '../format/lens-info';
import type { InspectablePass } from '../pass/inspectable-pass';
import { allAt } from '../pass/lens';
import { topAt } from '../pass/reading';

/** One stream at one position. */
export interface LensDifferenceCell {
  /** the most likely token of the one, and of the other */
  readonly first: TokenScore;
  readonly otherFirst: TokenScore;
  /** what the one lists and the other does not, and as many the other way round, the most likely first */
  readonly only: readonly TokenScore[];
  readonly otherOnly: readonly TokenScore[];
}

/** The answer of the `lensDifference` call. */
export interface LensDifference {
  readonly schema: 'visit.lens-difference/1';
  /** names the one lens */
  readonly model: ModelInfo;
  /** the other; absent: the logit lens, of which nothing is known */
  readonly other?: LensInfo;
  readonly prompt: string;
  readonly tokens: readonly PromptToken[];
  /** tokens that each lens lists of a stream */
  readonly listed: number;
  /** `[border][position]`: 0 is the stream that enters the first block, L the one that leaves the last, of which all lenses say the same */
  readonly cells: readonly (readonly LensDifferenceCell[])[];
}

/** What a lens lists, by border and position. */
export type LensLists = readonly (readonly (readonly TokenScore[])[])[];

/**
 * Reads the stream at every border through the lens that is chosen.
 *
 * @param k tokens that are listed of each
 * @throws Problem `cancelled` between borders when the caller has cancelled
 */
export async function readBorders(pass: InspectablePass, k: number, context: CallContext): Promise<LensLists> {
  const lists: (readonly TokenScore[])[][] = [];
  const count = pass.tokens.length;
  for (const [border, stream] of pass.stream.entries()) {
    stopIfCancelled(context, 'The comparison of lenses');
    context.report({ message: `Reading border ${border}`, done: border, total: pass.stream.length });
    const batch = await pass.read(stream, { target: { id: 0 }, k, position: count - 1, at: allAt(border, 'stream', count) });
    lists.push(pass.tokens.map((_, p) => topAt(batch, p, pass)));
  }
  return lists;
}

/** Compares what two lenses list of the same pass. @param pass as it is read through the one */
export function compareLenses(
  { model, prompt, tokens }: Pick<InspectablePass, 'model' | 'prompt' | 'tokens'>,
  one: LensLists,
  other: { readonly lens: LensInfo | undefined; readonly lists: LensLists },
): LensDifference {
  const without = (list: readonly TokenScore[], rest: readonly TokenScore[]): TokenScore[] => {
    const ids = new Set(rest.map(({ id }) => id));
    return list.filter(({ id }) => !ids.has(id));
  };
  return {
    schema: 'visit.lens-difference/1',
    model,
    ...(other.lens && { other: other.lens }),
    prompt,
    tokens,
    listed: one[0][0].length,
    cells: one.map((border, b) =>
      border.map((list, p) => {
        const rest = other.lists[b][p];
        return { first: list[0], otherFirst: rest[0], only: without(list, rest), otherOnly: without(rest, list) };
      }),
    ),
  };
}
