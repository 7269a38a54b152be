/**
 * The flow graph of one forward pass: the data that the engine makes, the command line prints and the inspector draws.
 * The zod schemas are the single source: types are inferred from them, `docs/flow-graph.schema.json` is generated from
 * them. Symbols and formulas: docs/method.md.
 */
import * as z from 'zod';
import { adapterInfoSchema } from './adapter-info';
import { effectSchema, effectsSummarySchema } from './effects';
import { countsSchema } from './graph-counts';
import { appliedInterventionSchema } from './intervention';
import { lensInfoSchema } from './lens-info';
import { KIND_NAMES } from './node-kinds';
import { shareMeasureSchema } from './share-measure';

/** Version of the format. Raised when a reader of the old format would misread the new one. */
export const FLOW_GRAPH_SCHEMA = 'visit.flow-graph/2';

const tokenId = z.int().nonnegative();

export const tokenScoreSchema = z.object({
  id: tokenId,
  text: z.string().describe('text of the token; for a fragment of a character its bytes as <0xE2><0x98>'),
  fragment: z.literal(true).optional().describe('present when text names bytes'),
  logit: z.number(),
  probability: z.number().nonnegative(),
});
/** One token of a lens reading. */
export type TokenScore = z.infer<typeof tokenScoreSchema>;

export const readingSchema = z.object({
  top: z.array(tokenScoreSchema).describe('most likely tokens, most likely first'),
  bottom: z.array(tokenScoreSchema).describe('least likely tokens, least likely first'),
  target: z.object({
    logit: z.number().describe('logit of the target; with target.against the difference of the two logits'),
    probability: z.number().nonnegative(),
    rank: z.int().positive().describe('1 + the number of tokens with a strictly larger logit'),
  }),
  entropy: z.number().nonnegative().describe('entropy of the softmax in bits'),
});
/** A vector read as tokens through the final norm and the unembedding (the logit lens). */
export type Reading = z.infer<typeof readingSchema>;

/** An expert of a mixture, by its number, or the shared one. */
export const expertNameSchema = z.union([z.int().nonnegative(), z.literal('shared')]);

export const nodeKindSchema = z.enum(KIND_NAMES);

export const flowNodeSchema = z.object({
  id: z.string().describe('stable: the same component of the same model has the same id in every graph'),
  kind: nodeKindSchema,
  layer: z.int().describe('block index from 0; -1 for the embeddings'),
  head: z.int().nonnegative().optional(),
  neuron: z.int().nonnegative().optional().describe('row of W_O or of the second feed-forward matrix'),
  expert: expertNameSchema
    .optional()
    .describe(
      'expert of a mixture, or the one that a neuron is of, which then counts within it; shared: the one that all tokens go through',
    ),
  experts: z
    .array(z.object({ expert: z.int().nonnegative(), probability: z.number().nonnegative(), weight: z.number().optional() }))
    .optional()
    .describe(
      'router: the chosen experts and the best of the others, by their score (experts.scores of the model says which), highest first; weight: what the output of a chosen one is multiplied with',
    ),
  source: z.int().nonnegative().optional().describe('prompt position that a head reads from'),
  norm: z.number().nonnegative().describe('Euclidean norm of the vector that the lens read'),
  reading: readingSchema.nullable().describe('null for a junction, whose own projection is not meaningful'),
  label: z
    .string()
    .describe('short text to draw: top token, or the bottom token where the coefficient is negative; empty where nothing is written'),
  coefficient: z
    .number()
    .optional()
    .describe(
      'what multiplies the vector in this pass; a neuron’s activation (of an expert: times its weight), a W_O row’s entry of z, or the weight of an expert',
    ),
  attention: z.number().nonnegative().optional().describe('attention probability on the source (on a rest node: on all sources not drawn)'),
  sink: z
    .number()
    .nonnegative()
    .optional()
    .describe('output of a head: attention probability on the sink that it has learned, from which nothing is read; absent: it has none'),
  rank: z.int().positive().optional().describe('update of an adapter: rank of its two matrices'),
  count: z
    .int()
    .positive()
    .optional()
    .describe('rest nodes: how many summands are gathered here; an expert that is not chosen: how many of its neurons were replaced'),
  share: z
    .number()
    .optional()
    .describe(
      'share of target.measured (direct logit attribution, final norm’s scale frozen); absent for a vector that is not a summand of the stream',
    ),
  effect: effectSchema
    .optional()
    .describe(
      'what would change without this component at the position under study; absent where effects were not asked for, for what is not a component, and where the other prompt has no partner',
    ),
  intervention: z
    .enum(['zero', 'patch', 'mean'])
    .optional()
    .describe('present on a component that was switched off, or replaced with its value on another prompt or its mean over several'),
  also: z
    .array(
      z.object({
        title: z.string(),
        norm: z.number().nonnegative(),
        reading: readingSchema,
      }),
    )
    .optional()
    .describe('further vectors listed on the same card, such as a head’s own key and value'),
});
/** One node. */
export type FlowNode = z.infer<typeof flowNodeSchema>;

export const edgeKindSchema = z.enum(['residual', 'norm', 'attention', 'contribution', 'coefficient']);
/**
 * What an edge's weight measures. `residual` and `norm`: norm of the vector that flows. `attention`: attention
 * probability. `contribution`: norm of the summand that arrives (probability × norm, |coefficient| × norm).
 * `coefficient`: |coefficient| of a neuron.
 */
export type EdgeKind = z.infer<typeof edgeKindSchema>;

export const flowEdgeSchema = z.object({
  id: z.string().describe('from → to, unique'),
  from: z.string(),
  to: z.string(),
  kind: edgeKindSchema,
  weight: z.number().nonnegative(),
  sign: z.union([z.literal(1), z.literal(-1)]).describe('-1 where a negative coefficient flows'),
  attention: z.number().nonnegative().optional().describe('edges of a head: the attention probability, whatever the weight is'),
});
/** One directed edge. */
export type FlowEdge = z.infer<typeof flowEdgeSchema>;

export const promptTokenSchema = z.object({
  id: tokenId,
  text: z.string(),
  fragment: z.literal(true).optional(),
  inPrompt: z.string().optional().describe('for a fragment the characters that it is a part of in the prompt, each with the part: 日₁⁄₂'),
  special: z.literal(true).optional().describe('a mark of the vocabulary, such as a beginning of text or of a turn, and no text'),
  start: z.int().nonnegative().describe('first UTF-16 unit of the prompt that this token covers'),
  end: z
    .int()
    .nonnegative()
    .describe(
      'one past the last; a character shared by two tokens is covered by both; start = end for a token that was added, such as a beginning-of-text mark',
    ),
});
/** One token of the prompt and the text that it covers. */
export type PromptToken = z.infer<typeof promptTokenSchema>;

const givenAsSchema = z.enum(['marked', 'tokens']);
/** How a prompt was given. */
export type GivenAs = z.infer<typeof givenAsSchema>;

export const modelInfoSchema = z.object({
  name: z.string(),
  family: z.string().describe('architecture as config.json names it in model_type'),
  nLayers: z.int().positive(),
  nHeads: z.int().positive(),
  nKeyValueHeads: z.int().positive(),
  dModel: z.int().positive(),
  dHead: z.int().positive(),
  dMlp: z.int().nonnegative().describe('feed-forward neurons of a layer that are at work at a position'),
  experts: z
    .object({
      count: z.int().positive().describe('experts of a layer'),
      chosen: z.int().positive().describe('experts that each token goes to'),
      dMlp: z.int().positive().describe('neurons of an expert; its bias, where it has one, counts as the last of them'),
      shared: z.int().positive().optional().describe('neurons of the expert that all tokens go through; absent: there is none'),
      scores: z
        .literal('sigmoid')
        .optional()
        .describe('how a router scores experts: each by the sigmoid of its logit; absent: by the softmax of all, a probability'),
      scored: z
        .literal('input')
        .optional()
        .describe(
          'what the score of a chosen expert multiplies: what it reads, so that its weight is 1; absent: its weight is made of its score',
        ),
      layers: z.array(z.int().nonnegative()).describe('the layers that are mixtures of experts'),
      dense: z.int().positive().optional().describe('neurons of the layers that are not; absent: all are mixtures'),
    })
    .optional()
    .describe('present where feed-forward layers are mixtures of experts'),
  sinks: z.literal(true).optional().describe('whether every head has learned a sink, which takes attention that then reads nothing'),
  vocabSize: z.int().positive(),
  contextLength: z.int().positive(),
  parameters: z.int().positive(),
  dtype: z.string().describe('storage type of the weights, such as F16'),
  dequantised: z.literal(true).optional().describe('whether some weights are quantised: they are dequantised, and arithmetic is in F32'),
  adapter: adapterInfoSchema.optional().describe('present where an adapter is applied: what of the model it changes'),
  warnings: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('for what reasons numbers may differ from those of the model as it was published; absent: none is known'),
  lens: lensInfoSchema.optional().describe('what the vectors of this answer were read through; absent: the logit lens'),
});
/** Dimensions and provenance of a loaded model. */
export type ModelInfo = z.infer<typeof modelInfoSchema>;

export const streamStepSchema = z.object({
  layer: z.int().describe('block that this stream leaves; -1: the embeddings'),
  reading: readingSchema,
  norm: z.number().nonnegative(),
  share: z.number().describe('what this step added to target.measured; all steps and normBias sum to it'),
});
/** The residual stream at one block border. */
export type StreamStep = z.infer<typeof streamStepSchema>;

export const flowGraphSchema = z
  .object({
    schema: z.literal(FLOW_GRAPH_SCHEMA),
    model: modelInfoSchema,
    prompt: z.string(),
    given: givenAsSchema
      .optional()
      .describe(
        'how the prompt was given. marked: as a text that holds all marks, such as a conversation that a chat template wrote; tokens: as token ids, which prompt spells; absent: as a text to which the tokenizer adds its marks',
      ),
    tokens: z.array(promptTokenSchema).min(1),
    position: z.int().nonnegative().describe('index of the token under study'),
    target: tokenScoreSchema.extend({
      logit: z.number().describe('with against: the difference of the two logits'),
      rank: z.int().positive(),
      measure: shareMeasureSchema.describe(
        'what shares are shares of: centred: the target’s logit less the mean of all logits; raw: the logit itself; difference: with against, the difference of the two logits',
      ),
      measured: z
        .number()
        .describe('the number that measure names, as the model computed it: what the shares sum to, but for a soft-cap on the logits'),
      chosen: z.enum(['auto', 'user']).describe('auto: the token that the model predicts here'),
      against: tokenScoreSchema
        .optional()
        .describe(
          'with it every logit and share of the target is a difference: what favours the target over this token; rank and probability remain the target’s own',
        ),
    }),
    interventions: z
      .array(appliedInterventionSchema)
      .optional()
      .describe('changes made to the model while it ran; absent for an ordinary pass'),
    effects: effectsSummarySchema.optional().describe('what the effects of the nodes are of; absent where they were not asked for'),
    layers: z.array(z.int().nonnegative()).min(1).describe('drawn blocks, ascending and consecutive'),
    counts: countsSchema,
    stream: z.array(streamStepSchema).describe('the whole depth at a glance: embeddings, then the stream after each block'),
    normBias: z.number().describe('share of the final norm’s bias (and the unembedding’s) in target.measured'),
    nodes: z.array(flowNodeSchema),
    edges: z.array(flowEdgeSchema),
  })
  .meta({ title: 'VISIT flow graph', description: 'One forward pass of a GPT, read at one position.' });
/** A flow graph, complete in itself unless `unread` is there. */
export type FlowGraph = z.infer<typeof flowGraphSchema> & {
  /** how many of its nodes have not been read as tokens yet, see `unread.ts`; absent in every graph that is published: none */
  readonly unread?: number;
};
