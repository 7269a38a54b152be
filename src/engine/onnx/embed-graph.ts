import type { ModelSpec } from '../architecture/model-spec';
import { GraphBuilder } from './graph-builder';
import { DataType } from './proto';
import type { Weights } from './weights';

/**
 * From token ids to the residual stream. Input: `tokens` [T]. Outputs [T,d]: `embed`, `pos_embed` (models with learned
 * positions only), and their sum `resid_pre`.
 */
export function buildEmbedGraph(weights: Weights, spec: ModelSpec): Uint8Array {
  const b = new GraphBuilder(weights);
  const shape = ['T', spec.dModel];
  const tokens = b.input('tokens', DataType.INT64, ['T']);
  const table = spec.tokens.tensor;
  const embed = b.widen(b.op('Gather', [b.stored(table), tokens], { axis: 0 }), table);
  b.output('embed', embed, DataType.FLOAT, shape);
  if (spec.positions === undefined) {
    b.output('resid_pre', embed, DataType.FLOAT, shape);
  } else {
    const { tensor } = spec.positions;
    const rows = b.op('Slice', [b.stored(tensor), b.ints([0]), b.op('Shape', [tokens]), b.ints([0])]);
    const positions = b.widen(rows, tensor);
    b.output('pos_embed', positions, DataType.FLOAT, shape);
    b.output('resid_pre', b.op('Add', [embed, positions]), DataType.FLOAT, shape);
  }
  return b.finish('embed');
}
