/** What is put in the place of neurons of experts that are not at work: their coefficients are not computed, so that it is added to what the layer yields. */
import type { GraphBuilder, Value } from './graph-builder';
import { DataType } from './proto';
import { floats, type Feed } from './session-pool';

/** A neuron of an expert, and by position what it writes instead: its coefficient, then the vector [1 + d]. */
export interface NeuronElsewhere {
  readonly expert: number;
  readonly values: ReadonlyMap<number, Float32Array>;
}

/**
 * Inputs `absent_experts` [r,A], whose neurons are replaced, and `absent_yielded` [r,A,d], what these write instead: r rows for n positions, or one
 * for all. It counts where the expert is not among those that are chosen.
 *
 * @returns what a layer yields [n,d], given the experts that are chosen [n,K]
 */
export function absentAsInputs(b: GraphBuilder, d: number): (yielded: Value, chosen: Value) => Value {
  const experts = b.input('absent_experts', DataType.INT64, ['absent_rows', 'absent']);
  const instead = b.input('absent_yielded', DataType.FLOAT, ['absent_rows', 'absent', d]);
  return (yielded, chosen) => {
    const same = b.op('Equal', [b.op('Unsqueeze', [chosen, b.ints([1])]), b.op('Unsqueeze', [experts, b.ints([2])])]);
    // [n,A,1] No expert is chosen twice.
    const isAtWork = b.op('ReduceSum', [b.op('Cast', [same], { to: DataType.FLOAT }), b.ints([2])], { keepdims: 1 });
    const counted = b.op('Mul', [instead, b.op('Sub', [b.floats([1]), isAtWork])]);
    return b.op('Add', [yielded, b.op('ReduceSum', [counted, b.ints([1])], { keepdims: 0 })]);
  };
}

/** No expert has this number. */
const NONE = -1;

/**
 * The inputs for positions in copies of a prompt, each copy with neurons of its own.
 *
 * @param span the first position, and how many there are
 */
export function absentFeeds(
  copies: readonly (readonly NeuronElsewhere[])[],
  d: number,
  span: { readonly from: number; readonly count: number },
): Record<string, Feed> {
  const A = Math.max(1, ...copies.map(({ length }) => length));
  const isUnused = copies.every(({ length }) => length === 0);
  const rows = isUnused ? 1 : copies.length * span.count;
  const experts = new BigInt64Array(rows * A).fill(BigInt(NONE));
  const yielded = new Float32Array(rows * A * d);
  for (const [copy, neurons] of copies.entries()) {
    for (const [i, { expert, values }] of neurons.entries()) {
      for (let row = 0; row < span.count; row++) {
        const value = values.get(span.from + row);
        if (value === undefined) continue;
        const at = (copy * span.count + row) * A + i;
        experts[at] = BigInt(expert);
        yielded.set(value.subarray(1), at * d);
      }
    }
  }
  return { absent_experts: { data: experts, shape: [rows, A] }, absent_yielded: floats(yielded, [rows, A, d]) };
}
