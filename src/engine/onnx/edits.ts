/**
 * Where a pass with interventions reaches into a block. Only the graphs of blocks that are intervened on hold any of
 * this: an ordinary pass pays nothing for it.
 */
import { allNeurons, attentionWidths, isMixture, type BlockSpec } from '../../model/architecture/model-spec';
import { absentAsInputs } from './absent-neurons';
import type { GraphBuilder, Value } from './graph-builder';
import { keyValueHeadOf } from './heads';
import { DataType } from './proto';
import { reshape } from './shapes';

/** What is changed of a block while it is computed; the graph continues from the results. n rows: T, or 1 for `inspect`. */
export interface BlockEdits {
  /** z [n,H·v], of which `pattern` [H,n,T] (null where nobody looks at it) and v [T,G·v] are the summands */
  readonly z: (z: Value, pattern: Value | null, v: Value) => Value;
  /** coefficients of the neurons [n,F]. `atWork` takes what edits say of all neurons of a mixture to those that are at work. */
  readonly coefficients: (coefficients: Value, atWork?: (whole: Value) => Value) => Value;
  /** what the last matrices of the feed-forward layer yield together, before a norm or multiplier that follows [n,d]. `chosen` [n,K]: the experts of a mixture */
  readonly mlpYielded: (yielded: Value, chosen?: Value) => Value;
  /** what is added to the stream [n,d] */
  readonly attnOut: (attnOut: Value) => Value;
  /** [n,d] */
  readonly mlpOut: (mlpOut: Value) => Value;
  /** what a tensor is multiplied with when it is edited, and so its gradient on the way back: its width, one row or all; null: 1 */
  readonly kept: (name: EditedTensor) => Value | null;
}

/** An ordinary block. */
export const unedited: BlockEdits = {
  z: (z) => z,
  coefficients: (coefficients) => coefficients,
  mlpYielded: (yielded) => yielded,
  attnOut: (attnOut) => attnOut,
  mlpOut: (mlpOut) => mlpOut,
  kept: () => null,
};

/** Tensors of a block that can be edited. */
export const EDITED_TENSORS = ['z', 'mlp_post', 'mlp_yielded', 'attn_out', 'mlp_out'] as const;
export type EditedTensor = (typeof EDITED_TENSORS)[number];

/**
 * Edits as inputs of the graph: every tensor x of `EDITED_TENSORS` becomes `x · x_keep + x_patched`, where both have the
 * tensor's width and either its rows or one row for all; `mlp_post` has a column for every neuron, even of experts that are not at work. What is put
 * in the place of neurons of these is added to what the layer yields (`absentAsInputs`).
 *
 * With `atOnePosition` (`inspect`) z is summed again from the sources, each multiplied with `source_keep` [H,1,T] (or
 * [1,1,1]): a source is left out, not subtracted.
 */
export function editsAsInputs(b: GraphBuilder, { attention, mlp }: BlockSpec, atOnePosition: boolean): BlockEdits {
  const { dValue, z: width } = attentionWidths(attention);
  const d = attention.o.weight.outputs;
  const factors = new Map<EditedTensor, Value>();
  const edit = (name: EditedTensor, width: number) => {
    const keep = b.input(`${name}_keep`, DataType.FLOAT, [`${name}_keep_rows`, width]);
    factors.set(name, keep);
    const patched = b.input(`${name}_patched`, DataType.FLOAT, [`${name}_patched_rows`, width]);
    return (x: Value, taken = (whole: Value) => whole) => b.op('Add', [b.op('Mul', [x, taken(keep)]), taken(patched)]);
  };
  const editZ = edit('z', width);
  const editYielded = edit('mlp_yielded', d);
  const absent = isMixture(mlp) ? absentAsInputs(b, d) : null;
  const sourceKeep = atOnePosition ? b.input('source_keep', DataType.FLOAT, ['source_heads', 1, 'sources']) : null;
  return {
    z: (z, pattern, v) => {
      if (sourceKeep === null || pattern === null) return editZ(z);
      const perGroup = b.op('Transpose', [reshape(b, v, [-1, attention.nKeyValueHeads, dValue])], { perm: [1, 0, 2] });
      const perHead = b.op('Gather', [perGroup, b.ints(keyValueHeadOf(attention))], { axis: 0 });
      const read = b.op('MatMul', [b.op('Mul', [pattern, sourceKeep]), perHead]);
      return editZ(reshape(b, read, [1, width]));
    },
    coefficients: edit('mlp_post', allNeurons(mlp)),
    mlpYielded: (yielded, chosen) => editYielded(absent && chosen ? absent(yielded, chosen) : yielded),
    attnOut: edit('attn_out', d),
    mlpOut: edit('mlp_out', d),
    kept: (name) => factors.get(name) ?? null,
  };
}
