/** A block's gradients as a graph: from the gradient of the stream that leaves it to that of the stream that enters it. */
import type { BlockSpec } from '../../../model/architecture/model-spec';
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
import { blockGradient } from './wiring-gradient';

/** Which graph of a block's gradients is wanted. */
export interface BlockGradientOptions {
  /** whether interventions reach into the block; `sources`: also into sources of its heads, within the positions that are gone through */
  readonly edited: 'no' | 'yes' | 'sources';
  /** whether the tensors themselves are outputs beside their gradients */
  readonly values: boolean;
  /** longest prompt that the graph will see */
  readonly contextLength: number;
}

/**
 * Inputs: `resid_pre` [T,d], what `positionalInputs` declares, `grad_post` [T,d]; where the graph is `edited`, what
 * `editsAsInputs` and `leftOutAsInputs` declare (`z_patched` holds the edited z where sources are left out, `z_keep` is 0 there).
 * Outputs: `grad_pre` [T,d], and the gradients of `q` [T,H·k], `k` and `v` [T,G·k] (as they leave their layers,
 * clipped where the model clips), `z` [T,H·k], `attn_out` [T,d], `mlp_post` [T,F] and `mlp_out` [T,d]; edited tensors as they are
 * after the edit. With `values` also the tensors: `value_z`, `value_v`, `value_attn_out`, `value_mlp_post`, `value_mlp_out`, and
 * `value_pattern` [H,1,T], the probabilities of the last position.
 */
export function buildBlockGradientGraph(weights: Weights, block: BlockSpec, options: BlockGradientOptions): Uint8Array {
  const { edited, values, contextLength } = options;
  const b = new GraphBuilder(weights);
  const { nHeads, nKeyValueHeads, dHead, o } = block.attention;
  const d = o.weight.outputs;
  const pre = b.input('resid_pre', DataType.FLOAT, ['T', d]);
  const positional = positionalInputs(b, block.attention);
  const gradPost = b.input('grad_post', DataType.FLOAT, ['T', d]);
  // The pattern of a long prompt is never whole in memory.
  const shown = contextLength <= LONG_PROMPT ? 'trace' : 'run';
  const edits = edited === 'no' ? unedited : editsAsInputs(b, block, false);
  const leftOut = edited === 'sources' ? leftOutAsInputs(b, block.attention) : null;
  const draft: GradientDraft = { b, block, variant: shown, positional, edits, leftOut, contextLength };
  const computed = computeBlock(draft, pre);
  const gradient = blockGradient(draft, { pre, ...computed }, gradPost);

  const out = (name: string, value: Value, width: number) => b.output(name, value, DataType.FLOAT, ['T', width]);
  out('grad_pre', gradient.pre, d);
  out('q', gradient.q, nHeads * dHead);
  out('k', gradient.k, nKeyValueHeads * dHead);
  out('v', gradient.v, nKeyValueHeads * dHead);
  out('z', gradient.z, nHeads * dHead);
  out('attn_out', gradient.attnOut, d);
  out('mlp_post', gradient.coefficients, block.mlp.dMlp);
  out('mlp_out', gradient.mlpOut, d);
  if (values) outputValues(draft, computed, 'value_');
  return b.finish('block gradient');
}
