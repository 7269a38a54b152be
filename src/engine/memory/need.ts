/**
 * How much memory a model will take, judged before it is loaded: an estimate of what must be there at once. Weights that are
 * mapped from files and wait for their turn do not count, because they can be dropped at any time.
 */
import type { DescribedModel } from '../../model/architecture/registry';
import type { ModelSpec } from '../../model/architecture/model-spec';
import type { StoredTensor } from '../../model/checkpoint/checkpoint';
import { isWidened } from '../../model/checkpoint/storage';
import { queriesAtOnce } from './queries-at-once';

/** Bytes of a number in a graph. */
const FLOAT = 4;

/** Rows that the lens reads at once, and how many values of each it holds for every token of the vocabulary. */
const LENS_ROWS = 256;
const LENS_VALUES = 4;

/** All in bytes. */
export interface MemoryNeed {
  /** weights that are repacked or widened, and what reading vectors takes, whatever the prompt */
  readonly model: number;
  /** the copy of the blocks' weights that a survey of many prompts keeps beside that of ordinary passes; 0 where one block at a time is there */
  readonly survey: number;
  /** what a pass of `tokens` tokens takes beside: the streams that are kept, and one block at work */
  pass(tokens: number): number;
  /** what running `copies` copies of a prompt of `tokens` tokens through an edited block takes beside */
  copies(tokens: number, copies: number): number;
  /** the blocks' weights widened once more that gradients keep beside those of passes; 0 where nothing is widened, or one block at a time is there */
  readonly gradients: number;
  /** what the gradients of a pass of `tokens` tokens take beside: those of the streams, which are kept, and one block at work */
  backward(tokens: number): number;
}

/**
 * Estimates a model's need.
 * @param kept whether all sessions stay in memory (see `PoolPolicy.keep`); else one block at a time is there
 */
export function memoryNeed({ spec, weights }: DescribedModel, kept: boolean): MemoryNeed {
  const sizes = [...weights.values()].map((tensor) => ({ values: tensor.shape.reduce((product, size) => product * size, 1), tensor }));
  const sum = (of: (tensor: StoredTensor) => boolean): number =>
    FLOAT * sizes.reduce((total, { values, tensor }) => total + (of(tensor) ? values : 0), 0);
  const all = sum(() => true);
  // Kept sessions repack all weights for speed, and keep a second copy of those of 16 bits, which are widened.
  const keptWeights = all + sum(({ storage }) => isWidened(storage));
  const {
    embedding: { tokens: words, positions },
    unembedding: { table },
  } = spec;
  const tables = new Set([words.tensor, positions?.tensor, table.weight.tensor]);
  const unembedding = FLOAT * spec.vocabSize * spec.dModel;
  const largestPart = Math.max(unembedding, (all - unembedding) / spec.blocks.length);
  const isOfBlocks = ({ name }: StoredTensor): boolean => !tables.has(name);
  const lens = LENS_ROWS * LENS_VALUES * FLOAT * spec.vocabSize;
  return {
    model: (kept ? keptWeights : largestPart) + lens,
    // One copy whatever the type: what was widened is dropped when it has been repacked.
    survey: kept ? sum(isOfBlocks) : 0,
    pass: (tokens) => FLOAT * (borders(spec, tokens) + Math.max(...spec.blocks.map((block) => blockValues(block, spec.dModel, tokens)))),
    copies: (tokens, copies) => FLOAT * copies * Math.max(...spec.blocks.map((block) => editedBlockValues(block, spec.dModel, tokens))),
    gradients: kept ? sum((tensor) => isOfBlocks(tensor) && isWidened(tensor.storage)) : 0,
    backward: (tokens) =>
      FLOAT * (borders(spec, tokens) + Math.max(...spec.blocks.map((block) => blockGradientValues(block, spec.dModel, tokens)))),
  };
}

/** Numbers that a block holds at once: inputs of attention or of the feed-forward layer, and the attention probabilities of queries that are answered together. */
function blockValues(
  { attention: { nHeads, nKeyValueHeads, dHead }, mlp }: ModelSpec['blocks'][number],
  d: number,
  tokens: number,
): number {
  const attention = 2 * (nHeads + nKeyValueHeads) * dHead * tokens + nHeads * tokens * queriesAtOnce(tokens);
  const feedForward = (mlp.gate ? 3 : 2) * mlp.dMlp * tokens;
  return 4 * d * tokens + Math.max(attention, feedForward);
}

/** The same of a block that is edited: what each of its tensors is multiplied with, and what is added to it, comes beside. */
function editedBlockValues(block: ModelSpec['blocks'][number], d: number, tokens: number): number {
  const { nHeads, dHead } = block.attention;
  return blockValues(block, d, tokens) + 2 * (nHeads * dHead + block.mlp.dMlp + 2 * d) * tokens;
}

/**
 * The same of a block that is gone back through: what was computed forward waits until it is used, while probabilities and their
 * gradients, or the neurons' gradients, are at work.
 */
function blockGradientValues(
  { attention: { nHeads, nKeyValueHeads, dHead }, mlp }: ModelSpec['blocks'][number],
  d: number,
  tokens: number,
): number {
  const waiting = 8 * d * tokens + 3 * (nHeads + nKeyValueHeads) * dHead * tokens + (mlp.gate ? 3 : 2) * mlp.dMlp * tokens;
  return waiting + Math.max(5 * nHeads * tokens * queriesAtOnce(tokens), (mlp.gate ? 4 : 3) * mlp.dMlp * tokens);
}

/** Numbers of one vector for every token at every border of a block. */
function borders({ dModel, blocks }: ModelSpec, tokens: number): number {
  return tokens * dModel * (blocks.length + 1);
}
