import type { ModelSpec } from '../../model/architecture/model-spec';
import { scaled } from './elementwise';
import { GraphBuilder } from './graph-builder';
import { norm } from './norms';
import { projected } from './products';
import { DataType } from './proto';
import type { Weights } from './weights';
import { storedRows } from './stored';
import { range, scalar } from './shapes';
import type { Value } from './graph-builder';
import type { PositionsSpec, SinusoidSpec } from '../../model/architecture/model-spec';

/**
 * From token ids to the residual stream. Inputs: `tokens` [T], `first` [1], the position of the first of them. Outputs [T,d]: `embed`, what a token brings to the stream;
 * `pos_embed` (models that add something for positions); and their sum `resid_pre`. Where a norm stands between the table and
 * the stream: `embed_raw`, what enters it.
 */
export function buildEmbedGraph(weights: Weights, spec: ModelSpec): Uint8Array {
  const b = new GraphBuilder(weights);
  embedTokens(b, spec);
  return b.finish('embed');
}

/** Declares the inputs and outputs of `buildEmbedGraph`. @returns [T,d] what enters the first block */
export function embedTokens(b: GraphBuilder, spec: ModelSpec): Value {
  const { tokens: table, scale, projection, norm: embedNorm, positions } = spec.embedding;
  const shape = ['T', spec.dModel];
  const tokens = b.input('tokens', DataType.INT64, ['T']);
  const first = b.input('first', DataType.INT64, [1]);
  const rows = storedRows(b, table.tensor, (all) => b.op('Gather', [all, tokens], { axis: 0 }));
  const raw = projected(b, scaled(b, rows, scale), projection);
  const embed = norm(b, raw, embedNorm);
  if (embedNorm) b.output('embed_raw', raw, DataType.FLOAT, shape);
  b.output('embed', embed, DataType.FLOAT, shape);
  const used = positions && positionRows(b, positions, first, b.op('Shape', [tokens]));
  if (used) b.output('pos_embed', used, DataType.FLOAT, shape);
  const pre = used ? b.op('Add', [embed, used]) : embed;
  b.output('resid_pre', pre, DataType.FLOAT, shape);
  return pre;
}

/** What is added for positions. @param first [1] the first of them @param count [1] how many */
function positionRows(b: GraphBuilder, positions: PositionsSpec | SinusoidSpec, first: Value, count: Value): Value {
  const start = b.op('Add', [first, b.ints([positions.offset])]);
  const end = b.op('Add', [start, count]);
  if ('tensor' in positions) return storedRows(b, positions.tensor, (all) => b.op('Slice', [all, start, end, b.ints([0])]));
  const half = positions.width / 2;
  const step = Math.fround(-Math.log(positions.base) / (half - 1));
  const frequencies = Array.from({ length: half }, (_, i) => Math.exp(Math.fround(i * step)));
  const numbers = b.op('Cast', [range(b, scalar(b, start), scalar(b, end))], { to: DataType.FLOAT });
  const angles = b.op('Mul', [b.op('Unsqueeze', [numbers, b.ints([1])]), b.floats(frequencies)]);
  return b.op('Concat', [b.op('Sin', [angles]), b.op('Cos', [angles])], { axis: 1 });
}
