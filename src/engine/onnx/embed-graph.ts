import type { ModelSpec } from '../../model/architecture/model-spec';
import { scaled } from './elementwise';
import { GraphBuilder } from './graph-builder';
import { norm } from './norms';
import { projected } from './products';
import { DataType } from './proto';
import type { Weights } from './weights';
import { storedRows } from './stored';

/**
 * From token ids to the residual stream. Input: `tokens` [T]. Outputs [T,d]: `embed`, what a token brings to the stream;
 * `pos_embed` (models with learned positions only); and their sum `resid_pre`. Where a norm stands between the table and
 * the stream: `embed_raw`, what enters it.
 */
export function buildEmbedGraph(weights: Weights, spec: ModelSpec): Uint8Array {
  const b = new GraphBuilder(weights);
  const { tokens: table, scale, projection, norm: embedNorm, positions } = spec.embedding;
  const shape = ['T', spec.dModel];
  const tokens = b.input('tokens', DataType.INT64, ['T']);
  const rows = storedRows(b, table.tensor, (all) => b.op('Gather', [all, tokens], { axis: 0 }));
  const raw = projected(b, scaled(b, rows, scale), projection);
  const embed = norm(b, raw, embedNorm);
  if (embedNorm) b.output('embed_raw', raw, DataType.FLOAT, shape);
  b.output('embed', embed, DataType.FLOAT, shape);
  if (positions === undefined) {
    b.output('resid_pre', embed, DataType.FLOAT, shape);
  } else {
    const { tensor, offset } = positions;
    const end = b.op('Add', [b.op('Shape', [tokens]), b.ints([offset])]);
    const used = storedRows(b, tensor, (all) => b.op('Slice', [all, b.ints([offset]), end, b.ints([0])]));
    b.output('pos_embed', used, DataType.FLOAT, shape);
    b.output('resid_pre', b.op('Add', [embed, used]), DataType.FLOAT, shape);
  }
  return b.finish('embed');
}
