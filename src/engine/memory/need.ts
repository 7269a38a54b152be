/**
 * How much memory a model will take, judged before it is loaded: an estimate of what must be there at once. Weights that are
 * mapped from files and wait for their turn do not count, because they can be dropped at any time.
 */
import type { DescribedModel } from '../../model/architecture/registry';
import {
  allNeurons,
  attentionWidths,
  isMixture,
  type AttentionSpec,
  type FeedForwardSpec,
  type ModelSpec,
} from '../../model/architecture/model-spec';
import type { StoredTensor } from '../../model/checkpoint/checkpoint';
import { isKeepable, isQuantised, isWidened, rangesOf } from '../../model/checkpoint/storage';
import { isKernelType } from '../blocks/block-kernel';
import { queriesAtOnce } from './queries-at-once';
import { storageSlices, STREAMED_AT_ONCE } from './row-slices';
import { rowsAtOnce } from './rows-at-once';
import { partOf } from './weight-parts';

/** Bytes of a number in a graph. */
const FLOAT = 4;

/** Numbers as F32 whose room a number takes while it is dequantised. */
const DEQUANTISING = 4;

/** How many values the lens holds for each logit. */
const LENS_VALUES = 2;

/** All in bytes. */
export interface MemoryNeed {
  /** what must be there whatever is kept and whatever the prompt: the largest weight at work, and what reading vectors takes */
  readonly model: number;
  /** weights ready to be multiplied with, a private copy as F32: those of the blocks, and those of the lens */
  readonly keeping: { readonly blocks: number; readonly lens: number };
  /** bytes, as they are stored, of quantised weights, which are dequantised at every use: none of them are kept */
  readonly dequantised: number;
  /** what of these is repacked, a copy for each graph that is fast: other weights are widened, and are in memory once for all graphs */
  readonly packing: { readonly blocks: number; readonly lens: number };
  /** what a pass of `tokens` tokens takes beside: the streams that are kept, and one block at work */
  pass(tokens: number): number;
  /** what keys and values of `tokens` tokens take in all blocks, and some positions at work in one of them */
  continuing(tokens: number): number;
  /** what running `copies` copies of a prompt of `tokens` tokens through an edited block takes beside */
  copies(tokens: number, copies: number): number;
  /** what the gradients of a pass of `tokens` tokens take beside: those of the streams, which are kept, and one block at work */
  backward(tokens: number): number;
}

/** Estimates a model's need. */
export function memoryNeed({ spec, weights }: DescribedModel): MemoryNeed {
  const { table } = spec.unembedding;
  const ofBlocks = [...weights.values()]
    .filter(({ name }) => partOf(spec, name) === 'blocks')
    .map((tensor) => ({ tensor, values: valuesOf(tensor) }));
  const sum = (of: (tensor: StoredTensor) => boolean): number =>
    FLOAT * ofBlocks.reduce((total, { values, tensor }) => total + (of(tensor) ? values : 0), 0);
  const head = weights.get(table.weight.tensor);
  const lens = FLOAT * spec.vocabSize * table.weight.inputs;
  return {
    model:
      FLOAT *
      (ofBlocks.reduce((largest, { tensor }) => Math.max(largest, valuesAtWork(tensor)), 0) +
        rowsAtOnce(spec.vocabSize) * LENS_VALUES * spec.vocabSize),
    dequantised: [...weights.values()].reduce(
      (total, { storage }) => total + (isQuantised(storage) ? rangesOf(storage).reduce((sum, { byteLength }) => sum + byteLength, 0) : 0),
      0,
    ),
    keeping: { blocks: sum(isKept), lens: head === undefined || isKept(head) ? lens : 0 },
    packing: {
      blocks: sum(({ storage }) => !isWidened(storage)),
      lens: head !== undefined && isWidened(head.storage) ? 0 : lens,
    },
    pass: (tokens) => FLOAT * (borders(spec, tokens) + Math.max(...spec.blocks.map((block) => blockValues(block, spec.dModel, tokens)))),
    continuing: (tokens) =>
      FLOAT * (2 * keysAndValues(spec, tokens) + Math.max(...spec.blocks.map((block) => blockValues(block, spec.dModel, tokens)))),
    copies: (tokens, copies) => FLOAT * copies * Math.max(...spec.blocks.map((block) => editedBlockValues(block, spec.dModel, tokens))),
    backward: (tokens) =>
      FLOAT * (borders(spec, tokens) + Math.max(...spec.blocks.map((block) => blockGradientValues(block, spec.dModel, tokens)))),
  };
}

/** Whether a weight can be ready in memory: repacked, or widened. Quantised ones are dequantised at every use. */
function isKept({ storage }: StoredTensor): boolean {
  return !isWidened(storage) || isKeepable(storage);
}

/** Numbers of a weight that are F32 at once, the copies counted that it goes through. */
function valuesAtWork(tensor: StoredTensor): number {
  const { shape, storage } = tensor;
  if (!isQuantised(storage) || shape.length < 2) return valuesOf(tensor);
  if (storage.kind === 'blocks' && isKernelType(storage.dtype)) return Math.min(valuesOf(tensor), STREAMED_AT_ONCE);
  return DEQUANTISING * storageSlices(shape, storage).height * shape[1];
}

function valuesOf({ shape }: StoredTensor): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Numbers that a block holds at once: inputs of attention or of the feed-forward layer, and the attention probabilities of queries that are answered together. */
function blockValues({ attention: layer, mlp }: ModelSpec['blocks'][number], d: number, tokens: number): number {
  const { nHeads } = layer;
  const attention = attentionRows(layer) * tokens + nHeads * tokens * queriesAtOnce(tokens);
  const feedForward = perNeuron(mlp) * mlp.dMlp * tokens;
  return 4 * d * tokens + Math.max(attention, feedForward);
}

/** Numbers that attention holds of each position: queries, keys, values, and what heads read of them. */
function attentionRows(attention: AttentionSpec): number {
  const { q, k, v, z } = attentionWidths(attention);
  return q + k + v + z;
}

/** Numbers that a neuron comes to at a position. */
function perNeuron(mlp: FeedForwardSpec): number {
  return isMixture(mlp) || mlp.gate ? 3 : 2;
}

/** The same of a block that is edited: what each of its tensors is multiplied with, and what is added to it, comes beside. */
function editedBlockValues(block: ModelSpec['blocks'][number], d: number, tokens: number): number {
  return blockValues(block, d, tokens) + 2 * (attentionWidths(block.attention).z + allNeurons(block.mlp) + 2 * d) * tokens;
}

/**
 * The same of a block that is gone back through: what was computed forward waits until it is used, while probabilities and their
 * gradients, or the neurons' gradients, are at work.
 */
function blockGradientValues({ attention, mlp }: ModelSpec['blocks'][number], d: number, tokens: number): number {
  const { nHeads } = attention;
  const waiting = 8 * d * tokens + 1.5 * attentionRows(attention) * tokens + perNeuron(mlp) * mlp.dMlp * tokens;
  return waiting + Math.max(5 * nHeads * tokens * queriesAtOnce(tokens), (1 + perNeuron(mlp)) * mlp.dMlp * tokens);
}

/** Numbers of the keys and values of all blocks. */
function keysAndValues({ blocks }: ModelSpec, tokens: number): number {
  return blocks.reduce((sum, { attention }) => {
    const { k, v } = attentionWidths(attention);
    return sum + (k + v) * tokens;
  }, 0);
}

/** Numbers of one vector for every token at every border of a block. */
function borders({ dModel, blocks }: ModelSpec, tokens: number): number {
  return tokens * dModel * (blocks.length + 1);
}
