/**
 * What has been shown in this window, so that it can be shown again without the engine. Graphs can be large: of what was seen longer
 * ago only the input stays, which can be run again.
 */
import { randomUUID } from 'node:crypto';
import { assertNever } from '../../core/problem';
import { inputOf, type InspectorInput, type InspectorResult } from './inspector-input';

/** Results that are remembered, with their answers or without. */
const REMEMBERED = 100;
/** Nodes of all answers that are kept, about 100 MB of them. */
const NODES_KEPT = 50_000;

/** Something that was shown. */
export interface Seen {
  readonly input: InspectorInput;
  /** undefined: no longer kept */
  readonly result: InspectorResult | undefined;
}

/** See the head of this file. */
export class SeenResults {
  /** Another window's names are unknown here. */
  readonly #window = randomUUID().slice(0, 8);
  readonly #seen = new Map<string, Seen>();
  #count = 0;

  /** Remembers a result. Answers with a name for it. */
  add(result: InspectorResult): string {
    this.#count += 1;
    const id = `${this.#window}-${this.#count}`;
    this.put(id, result);
    return id;
  }

  /** Remembers a result under the name that it had before. */
  put(id: string, result: InspectorResult): void {
    this.#seen.delete(id);
    this.#seen.set(id, { input: inputOf(result), result });
    this.#shrink();
  }

  /** What was shown under a name. */
  get(id: string): Seen | undefined {
    return this.#seen.get(id);
  }

  /** Answers of another model are not shown again; their inputs are run again. */
  forgetAnswers(): void {
    for (const [id, { input }] of this.#seen) this.#seen.set(id, { input, result: undefined });
  }

  #shrink(): void {
    for (const id of [...this.#seen.keys()].slice(0, -REMEMBERED)) this.#seen.delete(id);
    let nodes = 0;
    // The newest is kept whatever its size.
    for (const [i, [id, { input, result }]] of [...this.#seen].toReversed().entries()) {
      if (result === undefined) continue;
      nodes += sizeOf(result);
      if (i > 0 && nodes > NODES_KEPT) this.#seen.set(id, { input, result: undefined });
    }
  }
}

function sizeOf(result: InspectorResult): number {
  switch (result.kind) {
    case 'graph':
      return result.graph.nodes.length;
    case 'comparison':
      return result.comparison.left.nodes.length + result.comparison.right.nodes.length;
    case 'predictions':
      return result.table.rows.length;
    default:
      return assertNever(result);
  }
}
