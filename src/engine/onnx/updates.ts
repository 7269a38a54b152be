/** What adapters add to weights: products of low rank, computed beside those with the weights themselves, which stay as they are stored. */
import type { MatrixSpec } from '../../model/architecture/model-spec';
import type { LowRankUpdate } from '../../model/checkpoint/checkpoint';
import type { GraphBuilder, Value } from './graph-builder';
import { cut, features } from './features';
import { stored, widen } from './stored';

/** What is added to a weight; undefined where nothing is, or where the weight is meant without it. */
export function updateOf(b: GraphBuilder, weight: MatrixSpec): LowRankUpdate | undefined {
  return weight.asStored ? undefined : knownUpdate(b, weight);
}

/** What an adapter has for a weight, whether it is added or not. */
function knownUpdate(b: GraphBuilder, { tensor, inputs, outputs }: MatrixSpec): LowRankUpdate | undefined {
  return inputs * outputs === 0 ? undefined : b.weights.get(tensor).update;
}

/** A weight without what an adapter adds to it. */
export const asStored = (weight: MatrixSpec): MatrixSpec => ({ ...weight, asStored: true });

/** x·ΔW, what an adapter has for a weight, by itself, whether it is added or not; null where it has nothing. [N,inputs] → [N,outputs] */
export function updateAlone(b: GraphBuilder, x: Value, weight: MatrixSpec): Value | null {
  const update = knownUpdate(b, weight);
  return update === undefined ? null : throughUpdate(b, x, { down: down(b, update), up: up(b, weight, update) });
}

/** x·A·B. [N,inputs] → [N,outputs] */
function throughUpdate(b: GraphBuilder, x: Value, m: { readonly down: Value; readonly up: Value }): Value {
  return b.op('Gemm', [b.op('Gemm', [x, m.down], { transB: 1 }), m.up], { transB: 1 });
}

/** Its first matrix [rank,inputs], F32. */
const down = (b: GraphBuilder, update: LowRankUpdate): Value => widen(b, stored(b, update.down), update.down);

/** Its second matrix, those rows of it that belong to the weight, times its scale; their order is that of the family’s tensor. [outputs,rank] */
function up(b: GraphBuilder, weight: MatrixSpec, update: LowRankUpdate): Value {
  const { outputs: length, cutFrom: part } = weight;
  const rows = cut(b, widen(b, stored(b, update.up), update.up), part === undefined ? features(weight) : { length, part }, 0);
  return b.op('Mul', [rows, b.floats([update.scale])]);
}

/** A result with what the update adds to it; the result alone where there is none. */
function added(
  b: GraphBuilder,
  weight: MatrixSpec,
  result: Value,
  of: (matrices: { readonly down: Value; readonly up: Value }) => Value,
): Value {
  const update = updateOf(b, weight);
  return update === undefined ? result : b.op('Add', [result, of({ down: down(b, update), up: up(b, weight, update) })]);
}

/** x·W, updated. [N,inputs] → [N,outputs] @param result x·W as it is stored */
export function withProduct(b: GraphBuilder, x: Value, weight: MatrixSpec, result: Value): Value {
  return added(b, weight, result, (m) => throughUpdate(b, x, m));
}

/** x·Wᵀ, updated. [N,outputs] → [N,inputs] */
export function withProductTransposed(b: GraphBuilder, x: Value, weight: MatrixSpec, result: Value): Value {
  return added(b, weight, result, (m) => b.op('Gemm', [b.op('Gemm', [x, m.up]), m.down]));
}

/** Rows of input features, updated. [n] indices → [n,outputs] */
export function withInputRows(b: GraphBuilder, indices: Value, weight: MatrixSpec, result: Value): Value {
  return added(b, weight, result, (m) => b.op('Gemm', [b.op('Gather', [m.down, indices], { axis: 1 }), m.up], { transA: 1, transB: 1 }));
}

/** Columns of output features, updated. [n] indices → [n,inputs] */
export function withOutputColumns(b: GraphBuilder, indices: Value, weight: MatrixSpec, result: Value): Value {
  return added(b, weight, result, (m) => b.op('Gemm', [b.op('Gather', [m.up, indices], { axis: 0 }), m.down]));
}

/** The whole weight, updated, in its layout. */
export function withWhole(b: GraphBuilder, weight: MatrixSpec, result: Value): Value {
  return added(b, weight, result, (m) =>
    weight.layout === 'out_in' ? b.op('Gemm', [m.up, m.down]) : b.op('Gemm', [m.down, m.up], { transA: 1, transB: 1 }),
  );
}
