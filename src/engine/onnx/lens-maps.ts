/** The maps of a lens, one product for every border, from its file as it lies. */
import type { StreamPlace } from '../../core/pass/lens';
import { Problem } from '../../core/problem';
import type { StoredTensor } from '../../model/checkpoint/checkpoint';
import type { LensSize } from '../../model/lens/lens-size';
import { GraphBuilder } from './graph-builder';
import { linear, vector } from './products';
import { DataType } from './proto';
import { floats, SessionPool } from './session-pool';
import { Weights } from './weights';

/** Maps vectors to where the lens graph can read them. */
export class LensMaps {
  private readonly weights: Weights;
  private readonly pool: SessionPool;

  constructor(
    tensors: ReadonlyMap<string, StoredTensor>,
    private readonly size: LensSize,
  ) {
    this.weights = new Weights(tensors);
    this.pool = new SessionPool(this.weights, { keep: true, threads: 1 });
  }

  /**
   * Maps rows of width d, each by the map of its border; at the last border they stay as they are.
   *
   * @param at one place for each row
   * @throws Problem `lens-invalid` when a map makes of finite numbers what is none
   */
  async map(rows: Float32Array, at: readonly StreamPlace[]): Promise<Float32Array> {
    const { dModel: d, nLayers } = this.size;
    const mapped = rows.slice();
    for (let border = 0; border < nLayers; border++) {
      const members = at.flatMap((place, row) => (place.border === border ? [row] : []));
      if (members.length === 0) continue;
      const taken = new Float32Array(members.length * d);
      members.forEach((row, i) => taken.set(rows.subarray(row * d, (row + 1) * d), i * d));
      const offset = Float32Array.from(members, (row) => (at[row].as === 'stream' ? 1 : 0));
      const graph = { key: `border ${border}`, load: 'heavy', frugal: true, build: () => this.graph(border) } as const;
      const results = await this.pool.use(graph, (run) =>
        run({ rows: floats(taken, [members.length, d]), offset: floats(offset, [members.length, 1]) }),
      );
      const answer = results.floats('mapped');
      if (taken.every(Number.isFinite) && !answer.every(Number.isFinite)) {
        throw new Problem(
          'lens-invalid',
          `The lens’s map of border ${border} contains NaN or infinity.`,
          'Fit it again, or use the logit lens.',
        );
      }
      members.forEach((row, i) => mapped.set(answer.subarray(i * d, (i + 1) * d), row * d));
    }
    return mapped;
  }

  /** Gives all memory back. */
  release(): Promise<void> {
    return this.pool.release();
  }

  /** Inputs: `rows` [N,d]; `offset` [N,1], 1 for those that are the stream itself. Output: `mapped` [N,d]. */
  private graph(border: number): Uint8Array {
    const { dModel: d } = this.size;
    const b = new GraphBuilder(this.weights);
    const rows = b.input('rows', DataType.FLOAT, ['N', d]);
    const offset = b.input('offset', DataType.FLOAT, ['N', 1]);
    const product = linear(b, rows, { weight: { tensor: `A.${border}`, layout: 'in_out', inputs: d, outputs: d } });
    const moved = b.op('Mul', [offset, b.op('Unsqueeze', [vector(b, { tensor: `b.${border}`, length: d }), b.ints([0])])]);
    b.output('mapped', b.op('Add', [product, moved]), DataType.FLOAT, ['N', d]);
    return b.finish('lens map');
  }
}
