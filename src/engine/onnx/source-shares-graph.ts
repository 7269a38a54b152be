/** What sources of heads, and neurons, add along one direction of the stream, without writing any of their values out. */
import { attentionWidths, expertWidth, isMixture, type BlockSpec } from '../../model/architecture/model-spec';
import { backToNeurons } from './expert-bias';
import { routedRows, throughExperts } from './experts';
import { GraphBuilder, type Value } from './graph-builder';
import { timesTransposed } from './products';
import { DataType } from './proto';
import { reshape } from './shapes';
import { sourceInputs } from './sources';
import { asStored } from './updates';
import type { Weights } from './weights';

/**
 * ⟨v_j · W_O, u⟩ = ⟨v_j, W_O · u⟩: the direction goes back through W_O once, and meets the values of all sources there.
 *
 * Inputs: what `sourceInputs` declares, of the T positions up to and including the one under study; `direction` [1,d]; `attn_scale` [1,d], what all
 * that attention writes is multiplied with on its way to the stream (see `BranchState.scale`).
 * Outputs: `back` [1,H·v], the direction as heads see it; `values` [H,T], each source's value along it, not yet weighted with the
 * head's probability.
 */
export function buildSourceSharesGraph(weights: Weights, { attention }: BlockSpec): Uint8Array {
  const b = new GraphBuilder(weights);
  const { nHeads, nKeyValueHeads, o } = attention;
  const { dValue, z: readWidth } = attentionWidths(attention);
  const d = o.weight.outputs;
  const { v } = sourceInputs(b, attention);
  const direction = b.input('direction', DataType.FLOAT, [1, d]);
  const scale = b.input('attn_scale', DataType.FLOAT, [1, d]);

  const back = timesTransposed(b, b.op('Mul', [direction, scale]), asStored(o.weight));
  // The heads that share a value head lie one below the other: [G,H/G,v] × [G,v,T] → [G,H/G,T]
  const ofHeads = reshape(b, back, [nKeyValueHeads, nHeads / nKeyValueHeads, dValue]);
  const values = b.op('Transpose', [reshape(b, v, [-1, nKeyValueHeads, dValue])], { perm: [1, 2, 0] });
  b.output('back', back, DataType.FLOAT, [1, readWidth]);
  b.output('values', reshape(b, b.op('MatMul', [ofHeads, values]), [nHeads, -1]), DataType.FLOAT, [nHeads, 'T']);
  return b.finish('source shares');
}

/**
 * ⟨row i of W_2, u⟩ for every neuron that is at work.
 *
 * Inputs: `direction` [1,d]; `mlp_scale` [1,d], what all that the feed-forward layer writes is multiplied with on its way to the stream;
 * of a mixture of experts also `experts` [K], the chosen ones.
 * Outputs: `back` [1,F], the direction as neurons see it, not yet weighted with their coefficients.
 */
export function buildNeuronSharesGraph(weights: Weights, { mlp, attention }: BlockSpec): Uint8Array {
  const b = new GraphBuilder(weights);
  const d = attention.o.weight.outputs;
  const direction = b.input('direction', DataType.FLOAT, [1, d]);
  const scale = b.input('mlp_scale', DataType.FLOAT, [1, d]);
  const seen = b.op('Mul', [direction, scale]);
  const out = (back: Value) => b.output('back', back, DataType.FLOAT, [1, mlp.dMlp]);
  if (isMixture(mlp)) {
    const { experts, shared, router } = mlp;
    const rows = routedRows(b, b.input('experts', DataType.INT64, [router.chosen]), experts.length);
    const back = throughExperts(b, rows, experts.length, expertWidth(experts[0]), (e) => backToNeurons(b, experts[e], seen));
    const ofChosen = reshape(b, back, [1, -1]);
    out(shared ? b.op('Concat', [ofChosen, timesTransposed(b, seen, shared.mlp.down.weight)], { axis: 1 }) : ofChosen);
  } else out(timesTransposed(b, seen, asStored(mlp.down.weight)));
  return b.finish('neuron shares');
}
