/** Which of a model's weights are multiplied with where. */
import type { ModelSpec } from '../../model/architecture/model-spec';

/** Whether a tensor belongs to the blocks (with the vectors of norms) or to what reads the vocabulary; null for tables of which rows are only taken. */
export function partOf({ embedding: { tokens, positions }, unembedding: { table } }: ModelSpec, tensor: string): 'blocks' | 'lens' | null {
  if (tensor === table.weight.tensor) return 'lens';
  const isTable = tensor === tokens.tensor || (positions && 'tensor' in positions && tensor === positions.tensor);
  return isTable ? null : 'blocks';
}
