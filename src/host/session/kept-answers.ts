/**
 * Graphs and comparisons that the engine has answered with, kept packed and bounded by bytes: what was seen before is seen again without
 * the engine, whichever way leads back to it, for as long as the files that it was made from stay as they are.
 */
import { LRUCache } from 'lru-cache';
import { stopIfCancelled } from '../../core/cancel';
import { bytesOf, type Packed } from '../../core/protocol/columns/columns';
import { packedOf, unpackKnown } from '../../core/protocol/columns/known';
import type { EngineMethods, OpenedModel } from '../../core/protocol/engine';
import type { ModelRef } from '../../core/protocol/engine-inputs';
import type { CallOptions, EngineCalls } from '../../engine-client/engine-calls';

/** Bytes of all that is kept: some twenty graphs of every layer of a model of 30, or some hundreds of one layer. */
const KEPT_BYTES = 64e6;

/** Methods whose answers follow from the question, the model's files and its lenses alone, and are asked for again. */
const KEPT: ReadonlySet<keyof EngineMethods> = new Set(['graph', 'compare']);

interface Kept {
  readonly opened: OpenedModel;
  readonly answer: Packed<unknown>;
}

/** See the head of this file. */
export class KeptAnswers implements EngineCalls {
  readonly #kept: LRUCache<string, Kept>;

  /**
   * @param engine answers what is not kept
   * @param stamp names the model's files and its lenses as they are now; null: they cannot be told from others
   * @param bytes of all that is kept
   */
  constructor(
    private readonly engine: EngineCalls,
    private readonly stamp: (model: ModelRef) => Promise<string | null>,
    bytes = KEPT_BYTES,
  ) {
    this.#kept = new LRUCache({ maxSize: bytes, sizeCalculation: ({ answer }) => bytesOf(answer) });
  }

  async call<K extends keyof EngineMethods>(
    method: K,
    params: EngineMethods[K]['params'],
    options: CallOptions = {},
  ): Promise<EngineMethods[K]['result']> {
    const stamp = KEPT.has(method) ? await this.stamp(params.model) : null;
    if (stamp === null) return this.engine.call(method, params, options);
    const key = JSON.stringify([stamp, method, params]);
    // Who asks for what is seen first is answered with the whole, where that is here.
    const kept = this.#kept.get(JSON.stringify([stamp, method, { ...params, seenFirst: undefined }])) ?? this.#kept.get(key);
    if (kept !== undefined) {
      stopIfCancelled({ signal: options.signal });
      options.onModel?.(kept.opened);
      return unpackKnown(kept.answer) as EngineMethods[K]['result'];
    }
    let opened: OpenedModel | undefined;
    const onModel = (model: OpenedModel): void => {
      opened = model;
      options.onModel?.(model);
    };
    const answer = await this.engine.call(method, params, { ...options, onModel });
    if (opened !== undefined) this.#kept.set(key, { opened, answer: packedOf<unknown>(answer) });
    return answer;
  }
}
