/**
 * What has been shown in this window, so that it can be shown again without the engine. Graphs can be large: of what was seen longer
 * ago only the input stays, which can be run again.
 */
import { randomUUID } from 'node:crypto';
import { assertNever } from '../../core/problem';
import { bytesOf } from '../../core/protocol/columns/columns';
import { packedOf } from '../../core/protocol/columns/known';
import { inputOf, type InspectorInput, type InspectorResult } from './inspector-input';

/** Results that are remembered, with their answers or without. */
const REMEMBERED = 100;
/** Bytes of all answers that are kept, packed: some twelve graphs of every layer of a model of 30, or some hundreds of one layer. */
const BYTES_KEPT = 40e6;

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
    let bytes = 0;
    // The newest is kept whatever its size.
    for (const [i, [id, { input, result }]] of [...this.#seen].toReversed().entries()) {
      if (result === undefined) continue;
      bytes += sizeOf(result);
      if (i > 0 && bytes > BYTES_KEPT) this.#seen.set(id, { input, result: undefined });
    }
  }
}

/** Bytes of what it arrived as; its nodes are made when somebody looks at them. */
function sizeOf(result: InspectorResult): number {
  switch (result.kind) {
    case 'graph':
      return bytesOf(packedOf(result.graph));
    case 'comparison':
      return bytesOf(packedOf(result.comparison));
    case 'predictions':
      return bytesOf(packedOf(result.table));
    default:
      return assertNever(result);
  }
}
