/** The prompts that were run last in a workspace, to be run again. */
import * as l10n from '@vscode/l10n';
import type * as z from 'zod';
import type { FlowGraph } from '../../core/format/flow-graph';
import { targetInWords } from '../../core/present/describe';
import { isWhatIf } from '../../core/present/side-words';
import { assertNever } from '../../core/problem';
import { showToken } from '../../core/text/token-text';
import { ownTurn } from '../own-turn';
import { inputOf, promptsOf, type InspectorResult } from './inspector-input';
import type { runSchema } from './kept-input';

/** Runs that are kept. */
export const RUNS_KEPT = 20;
const KEY = 'visit.runs';

/** A run: what shows it again, the name of the model, and what it was seen to predict, in words; of two prompts both. */
export type Run = z.infer<typeof runSchema>;

/** Where runs are kept: the state of a workspace. */
export interface RunStore {
  get(key: string): unknown;
  update(key: string, value: unknown): Thenable<void>;
}

/** See the head of this file. */
export class RunHistory {
  readonly #store: RunStore;
  /** is there once all that was noted is kept */
  #kept: Promise<void> = Promise.resolve();

  constructor(store: RunStore) {
    this.#store = store;
  }

  /** The runs, newest first. What another version has kept and cannot be read is left out. */
  async runs(): Promise<readonly Run[]> {
    await this.#kept;
    return this.#read();
  }

  /** Notes what is shown. Another view of prompts that were run on the same model takes their place; a what-if is of its prompt. */
  note(result: InspectorResult): void {
    const run = runOf(result);
    if (run === null) return;
    this.#kept = this.#kept.then(async () => {
      const others = (await this.#read()).filter((other) => keyOf(other) !== keyOf(run));
      void this.#store.update(KEY, [run, ...others].slice(0, RUNS_KEPT));
    });
  }

  async #read(): Promise<readonly Run[]> {
    const kept = this.#store.get(KEY);
    if (!Array.isArray(kept)) return [];
    // In a turn of its own: what is noted has just been shown, which takes one.
    await ownTurn();
    const { runSchema } = await import('./kept-input');
    return kept.flatMap((run) => runSchema.safeParse(run).data ?? []);
  }
}

function keyOf({ input, model }: Run): string {
  return JSON.stringify([
    model,
    input.kind,
    ...promptsOf(input).map(({ text, chat, continued }) => [text, chat?.map(({ role, content }) => [role, content]), continued]),
  ]);
}

function runOf(result: InspectorResult): Run | null {
  const input = inputOf(result);
  switch (result.kind) {
    case 'graph':
      return { input, model: result.graph.model.name, top: predictedInWords(result.graph) };
    case 'comparison': {
      const { left, right } = result.comparison;
      return isWhatIf(result.comparison)
        ? null
        : { input, model: left.model.name, top: `${predictedInWords(left)} ↔ ${predictedInWords(right)}` };
    }
    case 'predictions':
      return { input, model: result.table.model.name, top: '' };
    default:
      return assertNever(result);
  }
}

/**
 * What a pass was seen to predict: "·Tokyo"; "after ‘·Japan’: ·is" where another token than the last was under study; "·Tokyo, target
 * ·Kyoto" where something else was asked for.
 */
function predictedInWords({ stream, position, tokens, target }: SeenPass): string {
  const top = stream.at(-1)?.reading.top[0];
  if (top === undefined) return '';
  const token = tokens[position];
  const isLast = position === tokens.length - 1 || token === undefined;
  const predicted = isLast ? showToken(top) : l10n.t`after ‘${showToken(token)}’: ${showToken(top)}`;
  return target.id === top.id && target.against === undefined ? predicted : l10n.t`${predicted}, target ${targetInWords({ target })}`;
}

type SeenPass = Pick<FlowGraph, 'stream' | 'position' | 'tokens' | 'target'>;
