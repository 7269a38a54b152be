/** What is the same of a block whatever the prompt: how large rows of its weights are, and what its first bias writes. */
import { isMixture, type BlockSpec } from '../../model/architecture/model-spec';
import { GraphBuilder } from './graph-builder';
import { writtenByFirstBias } from './neurons';
import { inputRowNorms } from './products';
import { DataType } from './proto';
import { asStored } from './updates';
import type { Weights } from './weights';

/**
 * No inputs. Outputs: `o_norms` [H·k], norms of the rows of W_O; `value_norms` [F], those of the neurons' values where the feed-forward layer is
 * dense: of a mixture they depend on which experts are at work; `mlp_bias_in` [1,d], see `writtenByFirstBias`. What attention and the layer write is meant before
 * whatever scales it on its way to the stream.
 */
export function buildBlockFiguresGraph(weights: Weights, { attention, mlp }: BlockSpec): Uint8Array {
  const b = new GraphBuilder(weights);
  const { weight } = attention.o;
  b.output('o_norms', inputRowNorms(b, asStored(weight), null), DataType.FLOAT, [weight.inputs]);
  if (!isMixture(mlp)) {
    b.output('value_norms', inputRowNorms(b, asStored(mlp.down.weight), null), DataType.FLOAT, [mlp.dMlp]);
    const biasIn = writtenByFirstBias(b, mlp);
    if (biasIn) b.output('mlp_bias_in', biasIn, DataType.FLOAT, [1, mlp.down.weight.outputs]);
  }
  return b.finish('block figures');
}
