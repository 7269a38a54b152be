/** A whole pass as one graph: for models so small that beginning and ending the run of a block takes as long as the block. */
import type { BlockSpec, ModelSpec } from '../../model/architecture/model-spec';
import { unedited } from './edits';
import { embedTokens } from './embed-graph';
import { GraphBuilder } from './graph-builder';
import { positionalInputs } from './positional';
import { DataType } from './proto';
import type { Weights } from './weights';
import { computeBlock } from './wiring';

/** Tokens that are run in one graph at most: with more, nobody sees the difference, but that such a pass cannot be cancelled. */
export const FEW_TOKENS = 64;

/** Whether all blocks are told the same of positions, so that one graph can be told it once. */
export function canRunAtOnce({ blocks }: ModelSpec): boolean {
  const told = ({ attention: { rotary, alibi, queryGrowth } }: BlockSpec) => [rotary, alibi, queryGrowth];
  return blocks.every((block) => told(block).every((spec, i) => spec === told(blocks[0])[i]));
}

/** Names the output of a block. */
export const streamAfter = (layer: number): string => `resid_post_${layer}`;

/**
 * Inputs: those of `buildEmbedGraph`, and what `positionalInputs` declares. Outputs: those of `buildEmbedGraph`, and the stream after each block [T,d] under the
 * name that `streamAfter` has for it.
 */
export function buildPassGraph(weights: Weights, spec: ModelSpec): Uint8Array {
  const b = new GraphBuilder(weights);
  let stream = embedTokens(b, spec);
  const positional = positionalInputs(b, spec.blocks[0].attention);
  for (const [layer, block] of spec.blocks.entries()) {
    const draft = { b, block, variant: 'run', positional, edits: unedited, copies: null, contextLength: FEW_TOKENS, past: null } as const;
    stream = computeBlock(draft, stream).post;
    b.output(streamAfter(layer), stream, DataType.FLOAT, ['T', spec.dModel]);
  }
  return b.finish('pass');
}
