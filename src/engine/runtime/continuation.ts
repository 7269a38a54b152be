/**
 * Token after token: what the model says next after a sequence that grows. Of every block the keys and values of earlier positions are
 * kept, so that a token costs one row of every block, and attention to what came before.
 */
import { stopIfCancelled } from '../../core/cancel';
import type { CallContext } from '../../core/call-context';
import type { ModelInfo } from '../../core/format/flow-graph';
import { attentionWidths, type AttentionSpec } from '../../model/architecture/model-spec';
import { rotationOf } from '../../model/architecture/parts/rotary';
import { PIECE } from '../memory/queries-at-once';
import type { ModelGraphs } from '../onnx/model-graphs';
import { floats } from '../onnx/session-pool';
import { GrowingRows } from './growing-rows';
import { checkPrompt } from './check-prompt';
import { logitsOf, notFinite } from './lens';

/** What is kept of one block. */
interface KeysValues {
  /** [n,G·k] normed and rotated */
  readonly keys: GrowingRows;
  /** [n,G·v] */
  readonly values: GrowingRows;
}

/** See the head of this file. */
export class Continuation {
  private ids: readonly number[] = [];
  private rotations: readonly number[] = [];
  private readonly blocks: readonly KeysValues[];

  /** @param beforeRun makes sure, before a sequence is run from its beginning, that so many tokens fit in memory; may throw */
  constructor(
    private readonly graphs: ModelGraphs,
    private readonly info: ModelInfo,
    private readonly beforeRun: (tokens: number) => Promise<void>,
  ) {
    this.blocks = graphs.spec.blocks.map(({ attention }) => {
      const { k, v } = attentionWidths(attention);
      return { keys: new GrowingRows(k), values: new GrowingRows(v) };
    });
  }

  /** How many of the first of these tokens need not be run: they were run before, in the same rotation. Never all of them. */
  private known(ids: readonly number[]): number {
    if (this.rotationsOf(ids.length).some((rotation, layer) => rotation !== this.rotations[layer])) return 0;
    const differs = ids.findIndex((id, i) => id !== this.ids[i]);
    return Math.min(differs === -1 ? ids.length : differs, ids.length - 1);
  }

  /**
   * The logits of what follows a sequence. [V]
   *
   * @throws Problem `empty-prompt`, `prompt-too-long`, `token-out-of-range`, what `beforeRun` throws, `weights-invalid` where a logit is not
   *   a finite number, `cancelled`: what was run until then is kept
   */
  async next(ids: readonly number[], context: CallContext): Promise<Float32Array> {
    const { spec } = this.graphs;
    checkPrompt(
      ids.map((id) => ({ id })),
      this.info,
    );
    let from = this.known(ids);
    if (from === 0) await this.beforeRun(ids.length);
    this.forgetFrom(from);
    this.rotations = this.rotationsOf(ids.length);
    for (;;) {
      stopIfCancelled(context);
      const to = Math.min(from + PIECE, ids.length);
      const stream = await this.append(ids.slice(from, to), from, ids.length, context);
      this.ids = ids.slice(0, to);
      from = to;
      if (to === ids.length) return finite(await logitsOf(this.graphs, stream.subarray(-spec.dModel)));
      context.report({ message: `token ${to} of ${ids.length}`, done: to, total: ids.length });
    }
  }

  /** Runs positions after those that are kept. @returns the final stream [n,d] */
  private async append(ids: readonly number[], from: number, promptLength: number, context: CallContext): Promise<Float32Array> {
    const { dModel: d, blocks } = this.graphs.spec;
    const [n, to] = [ids.length, from + ids.length];
    let stream = (await this.graphs.embed(ids, from)).floats('resid_pre');
    try {
      for (const [layer, { keys, values }] of this.blocks.entries()) {
        stopIfCancelled(context);
        const keysFrom = firstKey(blocks[layer].attention, from);
        const feeds = {
          resid_pre: floats(stream, [n, d]),
          past_keys: floats(keys.rows(keysFrom, from), [from - keysFrom, keys.width]),
          past_values: floats(values.rows(keysFrom, from), [from - keysFrom, values.width]),
          ...this.graphs.positionsOf(layer, { from, to, keysFrom, promptLength }),
        };
        const results = await this.graphs.block(layer, 'continue', (run) => run(feeds));
        keys.append(results.floats('keys'));
        values.append(results.floats('values'));
        stream = results.floats('resid_post');
      }
    } catch (error) {
      // Some blocks are ahead of others.
      this.forgetFrom(from);
      throw error;
    }
    return stream;
  }

  private forgetFrom(position: number): void {
    this.ids = this.ids.slice(0, position);
    for (const { keys, values } of this.blocks) {
      keys.truncate(position);
      values.truncate(position);
    }
  }

  /** How every block rotates a prompt of some length: where that changes, no earlier position is as it was. */
  private rotationsOf(length: number): readonly number[] {
    return this.graphs.spec.blocks.map(({ attention: { rotary } }) => (rotary ? rotationOf(rotary, length) : 0));
  }
}

/** The first position that any from a given one on sees; where positions are seen in chunks, it begins one. */
function firstKey({ window }: AttentionSpec, from: number): number {
  if (window === undefined) return 0;
  return typeof window === 'number' ? Math.max(0, from - window + 1) : from - (from % window.chunk);
}

/** @throws Problem `weights-invalid` */
function finite(logits: Float32Array): Float32Array {
  if (!logits.every(Number.isFinite)) throw notFinite();
  return logits;
}
