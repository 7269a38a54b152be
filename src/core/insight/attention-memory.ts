/**
 * A head as a memory: where it looks, what it reads there, what it writes, and from where the written tokens come. The
 * values of a head are dynamic memory values (Katz & Belinkov 2023).
 */
import type { ModelInfo, PromptToken, Reading, TokenScore } from '../format/flow-graph';
import { DEFAULT_MEASURE } from '../format/default-measure';
import type { TokenMeasure } from '../format/share-measure';
import type { InspectablePass } from '../pass/inspectable-pass';
import { allAt } from '../pass/lens';
import { readingAt } from '../pass/reading';
import { dot, joined, norm, orderDescending, rowOf } from '../pass/vector';

/** One source of the head. */
export interface MemorySource {
  readonly position: number;
  /** attention probability */
  readonly attention: number;
  /** ‖v_j·W_O‖, as on the value's node in the flow graph; what is added to the stream is the value times the attention */
  readonly norm: number;
  /** the value `v_j·W_O` as tokens: what the head would write if it looked only here */
  readonly reading: Reading;
}

/** A token that the head writes, and the sources that its logit comes from. */
export interface WrittenToken extends TokenScore {
  /**
   * what the head adds to the token's logit, in the card's `measure` less what it adds to all logits on average: its output is a
   * summand of the stream, and the final norm's scale is frozen
   */
  readonly effect: number;
  /** the parts of `effect` that come from the strongest source, from the positions beside it, and from all others */
  readonly from: { readonly source: number; readonly neighbours: number; readonly others: number };
  /** which of the three brings the most, in the direction of `effect` */
  readonly stemsFrom: 'source' | 'neighbours' | 'others';
}

/** The answer of the `headMemory` call. */
export interface HeadMemory {
  readonly schema: 'visit.head-memory/2';
  readonly model: ModelInfo;
  readonly prompt: string;
  readonly tokens: readonly PromptToken[];
  readonly position: number;
  readonly layer: number;
  readonly head: number;
  /** of the effects on tokens */
  readonly measure: TokenMeasure;
  /** the head's strongest sources by attention, strongest first */
  readonly sources: readonly MemorySource[];
  /** the head's output as tokens: the most likely ones of the lens, in its order */
  readonly written: readonly WrittenToken[];
  /** the least likely ones, least likely first: what the head writes against */
  readonly suppressed: readonly WrittenToken[];
  /** what part of the written tokens comes from where; the parts sum to 1 */
  readonly stems: Readonly<Record<WrittenToken['stemsFrom'], number>>;
}

/** What decides the card besides model and prompt. */
export interface HeadMemoryOptions {
  readonly position: number;
  readonly layer: number;
  readonly head: number;
  /** sources whose values are read */
  readonly sources: number;
  /** length of every token list */
  readonly tokens: number;
  /** absent: `centred` */
  readonly measure?: TokenMeasure;
}

/**
 * Reads a head at a position. One look into the block, one batch of the lens.
 *
 * @throws Problem `cancelled`
 */
export async function readHeadMemory(pass: InspectablePass, options: HeadMemoryOptions): Promise<HeadMemory> {
  const { position, layer, head, tokens, measure = DEFAULT_MEASURE } = options;
  const { dModel: d } = pass.model;
  const state = await pass.block(layer, position);
  const everySource = Array.from({ length: position + 1 }, (_, j) => j);
  const { values } = await pass.vectors(layer, position, state, { heads: [head], sources: [everySource], oNeurons: [], neurons: [] });
  const pattern = rowOf(state.attention.pattern, head, pass.tokens.length);
  const strongest = orderDescending(pattern.subarray(0, position + 1)).slice(0, options.sources);
  const value = (j: number): Float32Array => rowOf(values, j, d);

  const rows = joined([rowOf(state.attention.headOut, head, d), ...strongest.map(value)]);
  const at = allAt(layer + 1, 'part', rows.length / d);
  const batch = await pass.read(rows, { target: { id: 0 }, k: tokens, position, at });
  const output = readingAt(batch, 0, pass);
  const listed = [...output.top, ...output.bottom];
  const directions = await pass.directions(
    position,
    listed.map(({ id }) => id),
    measure,
  );
  const traced = listed.map((token, i): WrittenToken => {
    const direction = rowOf(directions, i, d);
    return {
      ...token,
      ...originOf(
        everySource.map((j) => pattern[j] * dot(value(j), direction)),
        strongest[0],
      ),
    };
  });
  const [written, suppressed] = [traced.slice(0, output.top.length), traced.slice(output.top.length)];
  const stems = (from: WrittenToken['stemsFrom']): number => written.filter(({ stemsFrom }) => stemsFrom === from).length / written.length;
  return {
    schema: 'visit.head-memory/2',
    model: pass.model,
    prompt: pass.prompt,
    tokens: pass.tokens,
    position,
    layer,
    head,
    measure,
    sources: strongest.map((j, i) => ({
      position: j,
      attention: pattern[j],
      norm: norm(value(j)),
      reading: readingAt(batch, i + 1, pass),
    })),
    written,
    suppressed,
    stems: { source: stems('source'), neighbours: stems('neighbours'), others: stems('others') },
  };
}

/** @param effects what each source adds to a token's logit @param source the strongest of them by attention */
function originOf(effects: readonly number[], source: number): Pick<WrittenToken, 'effect' | 'from' | 'stemsFrom'> {
  const from = { source: 0, neighbours: 0, others: 0 };
  effects.forEach((effect, j) => {
    const distance = Math.abs(j - source);
    from[distance === 0 ? 'source' : distance === 1 ? 'neighbours' : 'others'] += effect;
  });
  const { source: own, neighbours, others } = from;
  const effect = own + neighbours + others;
  const [a, b, c] = [own, neighbours, others].map((part) => (effect < 0 ? -part : part));
  return { effect, from, stemsFrom: a >= b && a >= c ? 'source' : b >= c ? 'neighbours' : 'others' };
}
