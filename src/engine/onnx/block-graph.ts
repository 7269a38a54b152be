/**
 * One transformer block as a graph, in nine variants made by the same code:
 * - `run`: the residual stream from border to border, nothing else;
 * - `trace`: every tensor of the block, for all positions;
 * - `experts`: the same, and what each expert writes that is at work;
 * - `summary`: what the block adds to the stream, for all positions, and what its norms and neurons do at the last;
 * - `values`: what its heads, neurons and branches come to, for all positions;
 * - `inspect`: the block at the last of the given positions, and that position's heads projected into the residual stream;
 * - `pattern`: what the heads of the last of the given positions attend to, and nothing else;
 * - `routing`: which experts every position goes to, and nothing else;
 * - `continue`: the residual stream of positions that come after others, of which keys and values are known.
 *
 * A block that an intervention reaches has graphs of its own, with the same code and what `editsAsInputs` declares.
 */
import { attentionWidths, type BlockSpec } from '../../model/architecture/model-spec';
import type { BlockDraft, BlockVariant, PastKeysValues } from './block-draft';
import { outputBlock } from './block-outputs';
import { editsAsInputs, unedited } from './edits';
import { GraphBuilder, type Value } from './graph-builder';
import { positionalInputs } from './positional';
import { DataType } from './proto';
import { reshape, rowCount } from './shapes';
import type { Weights } from './weights';
import { computeBlock } from './wiring';

/** Which graph of a block is wanted. */
export interface BlockGraphOptions {
  readonly variant: BlockVariant;
  /** whether interventions reach into it: what `editsAsInputs` declares becomes inputs */
  readonly edited: boolean;
  /** longest prompt that the graph will see */
  readonly contextLength: number;
}

/**
 * Inputs: `resid_pre` [T,d], what `positionalInputs` declares, and where the graph is `edited` what `editsAsInputs` does.
 * Outputs: `resid_post`, except for `pattern` and `routing`, and what the variant adds (see `outputBlock`); a tensor that the block does not have is left out.
 *
 * `run` takes several copies of one prompt at once: `resid_pre` [B,T,d] → `resid_post` [B·T,d]. All that is not told of positions has
 * B·T rows then, or one for all. A prompt of more than `LONG_PROMPT` tokens has one copy.
 *
 * `continue` has `past_keys` [P,G·k] and `past_values` [P,G·v] as inputs too, and `keys` and `values` of its own T positions as outputs.
 * Its `alibi` is that of all P + T. With a window, P may be as few as are seen.
 */
export function buildBlockGraph(weights: Weights, block: BlockSpec, options: BlockGraphOptions): Uint8Array {
  const { variant, edited, contextLength } = options;
  const b = new GraphBuilder(weights);
  const { pre, copies } = streamInput(b, variant, block.attention.o.weight.outputs);
  const positional = positionalInputs(b, block.attention, variant === 'continue' ? 'P+T' : 'T');
  const past = variant === 'continue' ? pastInputs(b, block) : null;
  const edits = edited ? editsAsInputs(b, block, variant === 'inspect') : unedited;
  const draft: BlockDraft = { b, block, variant, positional, edits, copies, contextLength, past };
  outputBlock(draft, computeBlock(draft, pre));
  return b.finish(`block ${variant}`);
}

/** The stream that enters, as rows. */
function streamInput(b: GraphBuilder, variant: BlockVariant, d: number): { readonly pre: Value; readonly copies: Value | null } {
  if (variant !== 'run') return { pre: b.input('resid_pre', DataType.FLOAT, ['T', d]), copies: null };
  const all = b.input('resid_pre', DataType.FLOAT, ['B', 'T', d]);
  return { pre: reshape(b, all, [-1, d]), copies: rowCount(b, all) };
}

/** Keys and values of the positions that come before. */
function pastInputs(b: GraphBuilder, { attention }: BlockSpec): PastKeysValues {
  const widths = attentionWidths(attention);
  const input = (name: string, width: number) => b.input(name, DataType.FLOAT, ['P', width]);
  return { keys: input('past_keys', widths.k), values: input('past_values', widths.v) };
}
