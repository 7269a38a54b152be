/** The matrix product that no lens can do without. */
import { GraphBuilder } from '../../src/engine/onnx/graph-builder';
import { linear } from '../../src/engine/onnx/products';
import { DataType } from '../../src/engine/onnx/proto';
import type { Weights } from '../../src/engine/onnx/weights';
import type { ModelSpec } from '../../src/model/architecture/model-spec';

/** The product of rows with the unembedding, reduced to one number a row so that no logits are copied. */
export function buildBareProduct(weights: Weights, spec: ModelSpec): Uint8Array {
  const b = new GraphBuilder(weights);
  const logits = linear(b, b.input('rows', DataType.FLOAT, ['N', spec.dModel]), spec.unembedding.table);
  b.output('first', b.op('Gather', [logits, b.ints([0])], { axis: 1 }), DataType.FLOAT, ['N', 1]);
  return b.finish('bare product');
}
