/** The format of visit.model.json, by which a model is described that no family is made for: docs/own-models.md. */
import * as z from 'zod';
import { vocabularySchema } from '../../checkpoint/listed-tokens';
import { layerCount, size } from '../parts/config-fields';

const tensor = z.string().min(1).describe('name of a tensor; in the names of a block’s tensors, * stands for the number of the block');

const STORED = {
  out_in: 'as torch.nn.Linear has it, [outputs, inputs]',
  in_out: 'the other way round, [inputs, outputs]',
  heads: 'head by head, as TransformerLens has it: [heads, inputs of a head, outputs of a head]',
} as const;

/** How a matrix is stored in its tensor. */
export type StoredAs = keyof typeof STORED;

const storedAs = <const Names extends readonly StoredAs[]>(...names: Names) =>
  z
    .enum(names)
    .default('out_in')
    .describe(`how the weight is stored: ${names.map((name) => `${name}, ${STORED[name]}`).join('; ')}`);

const linearFields = {
  weight: tensor,
  bias: tensor.optional().describe('absent: none'),
  part: z
    .strictObject({ from: z.int().nonnegative(), of: size })
    .optional()
    .describe('where the tensor holds several layers side by side: the first output feature of this one, and how many the tensor has'),
};

const linear = z.strictObject({ ...linearFields, stored: storedAs('out_in', 'in_out') });
const ofHeads = z.strictObject({ ...linearFields, stored: storedAs('out_in', 'in_out', 'heads') });

const norm = z.strictObject({
  gain: tensor.optional().describe('absent: 1'),
  bias: tensor.optional().describe('absent: 0'),
});

const bottleneck = linear.extend({
  width: size.describe('how many numbers it makes of what attention reads'),
  norm: norm.optional().describe('of these numbers; absent: none'),
});

const block = z.strictObject({
  ln1: norm.optional().describe('norm before attention; absent: none'),
  qBottleneck: bottleneck.optional().describe('what queries are made of; absent: what attention reads'),
  kvBottleneck: bottleneck.optional().describe('what keys and values are made of; absent: what attention reads'),
  q: ofHeads,
  k: ofHeads,
  v: ofHeads,
  qNorm: norm.optional().describe('norm of the queries of every head, before they are rotated; absent: none'),
  kNorm: norm.optional().describe('norm of the keys of every head, before they are rotated; absent: none'),
  o: ofHeads.describe('from the heads back to the stream'),
  ln1Post: norm.optional().describe('norm of what attention writes, before it is added; absent: none'),
  ln2: norm.optional().describe('norm before the feed-forward layer; absent: none'),
  ln2Post: norm.optional().describe('norm of what the feed-forward layer writes, before it is added; absent: none'),
  gate: linear
    .optional()
    .describe('what the activation is applied to in a gated feed-forward layer, whose result up(x) is multiplied with'),
  up: linear.optional().describe('first matrix of the feed-forward layer; absent: blocks of attention alone'),
  down: linear.optional(),
});

/** See the head of this file. */
export const descriptionSchema = z
  .strictObject({
    $schema: z.string().optional(),
    model_type: z.string().optional().describe('not read'),
    schema: z.literal('visit.model/1'),
    family: z.string().min(1).default('described').describe('what the model is called where others show their model_type'),
    layers: layerCount,
    dModel: size.describe('width of the residual stream'),
    heads: size.describe('query heads of a block'),
    keyValueHeads: size.optional().describe('fewer than heads where several query heads share keys and values; absent: heads'),
    dHead: size.optional().describe('width of a head; absent: dModel / heads'),
    dMlp: size.optional().describe('neurons of a feed-forward layer; absent: blocks of attention alone'),
    vocabSize: size,
    contextLength: size.describe('longest prompt, in tokens'),
    vocabulary: vocabularySchema.optional().describe('what tokens stand for, where the folder has no tokenizer.json'),
    wiring: z
      .enum(['sequential', 'parallel', 'post-norm'])
      .default('sequential')
      .describe(
        'sequential: attention, then the feed-forward layer; parallel: both read the same stream; post-norm: norms on the stream, after each',
      ),
    norm: z
      .strictObject({ kind: z.enum(['layer', 'rms']), epsilon: z.number().nonnegative() })
      .default({ kind: 'layer', epsilon: 1e-5 })
      .describe('of all norms: less the mean and divided by the standard deviation, or divided by the root of the mean square'),
    activation: z.enum(['gelu', 'gelu_tanh', 'quick_gelu', 'relu', 'relu_squared', 'silu', 'tanh']).default('gelu'),
    attentionScale: z.number().positive().optional().describe('what q·k is multiplied with; absent: 1 / √dHead'),
    window: size.optional().describe('positions that attention sees, the own one included; absent: all'),
    rotary: z
      .strictObject({
        base: z.number().positive().default(10_000),
        width: size.optional().describe('features of a head that are rotated, even; absent: all'),
        interleaved: z.boolean().default(false).describe('whether pairs are neighbours (GPT-J), not halves (Llama)'),
      })
      .optional()
      .describe('rotary positions; absent: queries and keys are not rotated'),
    embedding: z.strictObject({
      tokens: tensor.describe('[vocabSize, width]'),
      width: size.optional().describe('width of the token table; absent: dModel'),
      projection: linear.optional().describe('from the width of the table to dModel'),
      scale: z.number().optional().describe('what the rows are multiplied with; absent: 1'),
      positions: tensor.optional().describe('[contextLength, dModel], added; absent: none'),
      norm: norm.optional(),
    }),
    blocks: block,
    unembedding: z.strictObject({
      norm: norm.optional().describe('final norm; absent: none'),
      projection: linear
        .omit({ bias: true })
        .optional()
        .describe('from dModel to the width of the token table, which is then that of the unembedding too'),
      weight: tensor.optional().describe('absent: the token table'),
      stored: storedAs('out_in', 'in_out'),
      bias: tensor.optional(),
      scale: z.number().optional().describe('what logits are multiplied with; absent: 1'),
      softCap: z.number().positive().optional().describe('c in c·tanh(logit / c); absent: none'),
    }),
  })
  .describe('A decoder-only transformer: its sizes, its parts, and the tensor that holds each weight.');

/** A description that was read: defaults are filled in. */
export type Description = z.infer<typeof descriptionSchema>;
/** One block's tensors, `*` in their names. */
export type DescribedBlock = Description['blocks'];
/** A layer. */
export type DescribedLinear = z.infer<typeof ofHeads>;
/** A layer of few numbers. */
export type DescribedBottleneck = z.infer<typeof bottleneck>;
/** A norm's vectors. */
export type DescribedNorm = z.infer<typeof norm>;
