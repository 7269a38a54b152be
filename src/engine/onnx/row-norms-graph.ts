/** How large rows of a block's weights are, which is the same whatever the prompt. */
import { isMixture, type BlockSpec } from '../../model/architecture/model-spec';
import { GraphBuilder } from './graph-builder';
import { inputRowNorms } from './products';
import { DataType } from './proto';
import { asStored } from './updates';
import type { Weights } from './weights';

/**
 * No inputs. Outputs: `o_norms` [H·k], norms of the rows of W_O; `value_norms` [F], those of the neurons' values where the feed-forward layer is
 * dense: of a mixture they depend on which experts are at work.
 */
export function buildRowNormsGraph(weights: Weights, { attention, mlp }: BlockSpec): Uint8Array {
  const b = new GraphBuilder(weights);
  const { weight } = attention.o;
  b.output('o_norms', inputRowNorms(b, asStored(weight), null), DataType.FLOAT, [weight.inputs]);
  if (!isMixture(mlp)) b.output('value_norms', inputRowNorms(b, asStored(mlp.down.weight), null), DataType.FLOAT, [mlp.dMlp]);
  return b.finish('row norms');
}
