/** A block's gradients as a graph: from the gradient of the stream that leaves it to that of the stream that enters it. */
import { attentionWidths, type BlockSpec } from '../../../model/architecture/model-spec';
import { LONG_PROMPT } from '../../memory/queries-at-once';
import { outputValues } from '../block-outputs';
import { editsAsInputs, unedited } from '../edits';
import { GraphBuilder, type Value } from '../graph-builder';
import { positionalInputs } from '../positional';
import { DataType } from '../proto';
import type { Weights } from '../weights';
import { computeBlock } from '../wiring';
import { leftOutAsInputs } from './attention-gradient';
import type { GradientDraft } from './branch-gradient';
import { blockGradient, type BlockGradientValues } from './wiring-gradient';

/** Which graph of a block's gradients is wanted. */
export interface BlockGradientOptions {
  /** whether interventions reach into the block; `sources`: also into sources of its heads, within the positions that are gone through */
  readonly edited: 'no' | 'yes' | 'sources';
  /** longest prompt that the graph will see */
  readonly contextLength: number;
}

/**
 * Inputs: `resid_pre` [T,d], what `positionalInputs` declares, `grad_post` [T,d]; where the graph is `edited`, what
 * `editsAsInputs` and `leftOutAsInputs` declare (`z_patched` holds the edited z where sources are left out, `z_keep` is 0 there).
 * Outputs: `grad_pre` [T,d], and the gradients of `q` [T,H·k], `k` [T,G·k], `v` [T,G·v] (as they leave their layers,
 * clipped where the model clips), `z` [T,H·v], `attn_out` [T,d], `mlp_post` [T,F], `mlp_yielded` [T,d] and `mlp_out` [T,d]; edited
 * tensors as they are after the edit.
 */
export function buildBlockGradientGraph(weights: Weights, block: BlockSpec, options: BlockGradientOptions): Uint8Array {
  const { b, gradient } = draftGradient(weights, block, options);
  outputGradients(b, block, gradient);
  return b.finish('block gradient');
}

/**
 * The same with the tensors themselves, as they are after the edit: `value_z`, `value_v`, `value_attn_out`, `value_mlp_post`,
 * `value_mlp_out`, and `value_pattern` [H,1,T], the probabilities of the last position before it.
 */
export function buildDifferentiatedBlockGraph(weights: Weights, block: BlockSpec, options: BlockGradientOptions): Uint8Array {
  const { b, draft, values, gradient } = draftGradient(weights, block, options);
  outputGradients(b, block, gradient);
  outputValues(draft, values, 'value_');
  return b.finish('differentiated block');
}

function outputGradients(b: GraphBuilder, block: BlockSpec, gradient: BlockGradientValues): void {
  const { o } = block.attention;
  const widths = attentionWidths(block.attention);
  const d = o.weight.outputs;
  const out = (name: string, value: Value, width: number) => b.output(name, value, DataType.FLOAT, ['T', width]);
  out('grad_pre', gradient.pre, d);
  out('q', gradient.q, widths.q);
  out('k', gradient.k, widths.k);
  out('v', gradient.v, widths.v);
  out('z', gradient.z, widths.z);
  out('attn_out', gradient.attnOut, d);
  out('mlp_post', gradient.coefficients, block.mlp.dMlp);
  out('mlp_yielded', gradient.yielded, d);
  out('mlp_out', gradient.mlpOut, d);
}

/**
 * What a step along the gradient adds to the matrices of a block's feed-forward layer, as the factors of its rank-one summands.
 * Inputs: as of `buildBlockGradientGraph`. Outputs: what the matrices read, `read` [T,d] and `coefficients` [T,F]; gradients of what
 * they yield, `up` [T,F], `gate` [T,F] where there is one, and `down` [T,d]; and for each neuron the norms of all that is added to its
 * column of the first matrices and its row of the last: `up_norms`, `gate_norms` and `down_norms` [F].
 */
export function buildFeedForwardUpdateGraph(weights: Weights, block: BlockSpec, options: BlockGradientOptions): Uint8Array {
  const { b, gradient, values } = draftGradient(weights, block, options);
  const { dMlp } = block.mlp;
  const d = block.attention.o.weight.outputs;
  const out = (name: string, value: Value, width: number) => b.output(name, value, DataType.FLOAT, ['T', width]);
  /** Norms over the stream's features of Σ_i x_i ⊗ y_i. x [T,d], y [T,F] → [F] */
  const neuronNorms = (name: string, x: Value, y: Value) => {
    const update = b.op('MatMul', [b.op('Transpose', [x], { perm: [1, 0] }), y]);
    b.output(name, b.op('ReduceL2', [update, b.ints([0])], { keepdims: 0 }), DataType.FLOAT, [dMlp]);
  };
  const { read, coefficients } = values.mlp;
  const { matrices } = gradient;
  if (matrices === null) throw new Error('the matrices of a mixture of experts are not one for all positions');
  out('read', read, d);
  out('coefficients', coefficients, dMlp);
  out('down', gradient.yielded, d);
  neuronNorms('down_norms', gradient.yielded, coefficients);
  out('up', matrices.up, dMlp);
  neuronNorms('up_norms', read, matrices.up);
  if (matrices.gate) {
    out('gate', matrices.gate, dMlp);
    neuronNorms('gate_norms', read, matrices.gate);
  }
  return b.finish('feed-forward update');
}

/** The inputs of a block's gradients, what it computes, and the gradients. Only what leads to an output ends up in the graph. */
function draftGradient(weights: Weights, block: BlockSpec, { edited, contextLength }: BlockGradientOptions) {
  const b = new GraphBuilder(weights);
  const d = block.attention.o.weight.outputs;
  const pre = b.input('resid_pre', DataType.FLOAT, ['T', d]);
  const positional = positionalInputs(b, block.attention);
  const gradPost = b.input('grad_post', DataType.FLOAT, ['T', d]);
  // The pattern of a long prompt is never whole in memory.
  const shown = contextLength <= LONG_PROMPT ? 'trace' : 'run';
  const edits = edited === 'no' ? unedited : editsAsInputs(b, block, false);
  const leftOut = edited === 'sources' ? leftOutAsInputs(b, block.attention) : null;
  const draft: GradientDraft = { b, block, variant: shown, positional, edits, copies: null, leftOut, contextLength, past: null };
  const values = computeBlock(draft, pre);
  return { b, draft, values, gradient: blockGradient(draft, { pre, ...values }, gradPost) };
}
