/**
 * What the engine's methods are asked with. Each schema is the one source: the types that callers and handlers know are
 * inferred from it, and a call is checked by it where it enters the engine.
 */
import * as z from 'zod';
import { comparedTargetsSchema } from '../format/compared-targets';
import { countsSchema } from '../format/graph-counts';
import { CALIBRATED_QUANTITIES } from '../insight/calibration';
import { RANKED_KINDS } from '../insight/effects';
import { baselineSchema, natural, positive, promptInputSchema, reading, sideOptions } from './engine-inputs';

const layerRangeSchema = z
  .object({
    from: z.int(),
    to: z.int(),
    /** blocks that the model has not are drawn as its last; absent: they are refused */
    clamp: z.boolean().optional(),
  })
  .readonly();
/** First and last block. */
export type LayerRange = z.infer<typeof layerRangeSchema>;

const lastLayersSchema = z.object({ last: natural }).readonly();

/** How much is drawn; absent counts take `DEFAULT_COUNTS`. */
const counts = countsSchema.partial().readonly().optional();

export const graphOptionsSchema = z
  .object({
    ...sideOptions,
    /** first and last block drawn, or how many of the last (0: all); absent: the last block */
    layers: z.union([layerRangeSchema, lastLayersSchema]).optional(),
    counts,
    /** with it every component that is drawn has an estimated effect; absent: none has, unless effects are asked for by `by` */
    effects: baselineSchema.optional(),
    /** what decides which heads, sources and neurons are drawn: the size of what they write, of their share or of their effect; absent: `norm` */
    by: z.enum(['norm', 'share', 'effect']).optional(),
  })
  .readonly();
/** Everything that decides a flow graph besides model and prompt. */
export type GraphOptions = z.infer<typeof graphOptionsSchema>;

export const comparedSideSchema = z.object({ prompt: promptInputSchema, options: z.object(sideOptions).readonly() }).readonly();
/** What one side of a comparison is asked; layers and counts are the same for both. */
export type ComparedSide = z.infer<typeof comparedSideSchema>;

export const comparisonOptionsSchema = z
  .object({
    /** first and last block drawn; absent: the block in which the passes diverge most */
    layers: layerRangeSchema.optional(),
    counts,
    /** absent: `own` */
    targets: comparedTargetsSchema.optional(),
    /** with it every component that is drawn has an estimated effect on each side; absent: none has */
    effects: baselineSchema.optional(),
  })
  .readonly();
/** What holds for both sides of a comparison. */
export type ComparisonOptions = z.infer<typeof comparisonOptionsSchema>;

export const passOptionsSchema = z
  .object({
    ...reading,
    /** tokens per list; absent: 10 */
    tokens: positive.optional(),
  })
  .readonly();
/** What decides an insight into a whole pass. */
export type PassOptions = z.infer<typeof passOptionsSchema>;

/** What effects are asked for. */
const effectOf = {
  ...reading,
  /** absent: `zero` */
  baseline: baselineSchema.optional(),
};

export const effectsOptionsSchema = z
  .object({
    ...effectOf,
    /** how many of the strongest components are listed; absent: 20 */
    strongest: natural.optional(),
    /** kinds of components that are listed; absent: heads and feed-forward layers */
    kinds: z.array(z.enum(RANKED_KINDS)).min(1).readonly().optional(),
  })
  .readonly();
/** What decides the effects of a pass. */
export type EffectsOptions = z.infer<typeof effectsOptionsSchema>;

export const measureOptionsSchema = z
  .object({
    ...effectOf,
    /** names with positions, such as blocks.3.attn.head.7@4 */
    components: z.array(z.string()).min(1).readonly(),
  })
  .readonly();
/** What decides measured effects. */
export type MeasureOptions = z.infer<typeof measureOptionsSchema>;

export const calibrationOptionsSchema = z
  .object({
    /** what effects are effects on: the logit less the mean of all logits, or less that of the runner-up; absent: `centred` */
    of: z.enum(CALIBRATED_QUANTITIES).optional(),
    /** components of each kind and place that are measured in each prompt; absent: 8 */
    perKind: positive.optional(),
    /** decides which; absent: 0 */
    seed: natural.optional(),
    /** largest number of points in the answer; absent: 1000 */
    points: natural.optional(),
  })
  .readonly();
/** What decides a calibration. */
export type CalibrationOptions = z.infer<typeof calibrationOptionsSchema>;

export const storyOptionsSchema = z
  .object({
    ...sideOptions,
    /** tokens per list; absent: 5 */
    tokens: positive.optional(),
    /** part of what all reads bring, by |share|, whose reads are labelled, from 0 to 1; absent: 0.6 */
    labelled: z.number().min(0).max(1).optional(),
    /** whether to look for hops, which takes a backward pass; absent: no */
    hops: z.boolean().optional(),
    /** `effect`: estimated effects take the place of shares, which takes a backward pass; absent: `share` */
    by: z.enum(['share', 'effect']).optional(),
  })
  .readonly();
/** What decides a story. */
export type StoryOptions = z.infer<typeof storyOptionsSchema>;

export const causeOptionsSchema = z
  .object({
    ...reading,
    /** how many causes are wanted; absent: 5 */
    causes: positive.optional(),
    /** tokens of what each writes; absent: 3 */
    tokens: positive.optional(),
    /** candidates are what has the largest share, or the largest estimated effect; absent: both */
    by: z.enum(['share', 'effect']).optional(),
  })
  .readonly();
/** What decides which causes are looked for. */
export type CauseOptions = z.infer<typeof causeOptionsSchema>;

export const checkOptionsSchema = z
  .object({
    ...reading,
    /** names with positions, such as blocks.3.attn.head.7@4, that are switched off together */
    components: z.array(z.string()).min(1).readonly(),
  })
  .readonly();
/** What is checked of a cause. */
export type CheckOptions = z.infer<typeof checkOptionsSchema>;

export const storyDifferenceOptionsSchema = z
  .object({
    /** tokens per list; absent: 5 */
    tokens: positive.optional(),
    /** part of what all reads change by whose reads are labelled, from 0 to 1; absent: 0.6 */
    labelled: z.number().min(0).max(1).optional(),
  })
  .readonly();

export const overviewDifferenceOptionsSchema = z
  .object({
    /** tokens in each list of what a branch promotes and suppresses; absent: 10 */
    tokens: positive.optional(),
  })
  .readonly();

export const differenceCauseOptionsSchema = z
  .object({
    /** how many causes are wanted; absent: 5 */
    causes: positive.optional(),
    /** tokens of what each writes; absent: 3 */
    tokens: positive.optional(),
  })
  .readonly();

export const headsAloneOptionsSchema = z
  .object({
    ...reading,
    /** names of the heads that stay as they are, such as blocks.3.attn.head.7 */
    heads: z.array(z.string()).readonly(),
    /** prompts over which the mean of the others is taken, aligned from the end */
    over: z.array(promptInputSchema).readonly(),
  })
  .readonly();
/** What decides which heads act alone. */
export type HeadsAloneOptions = z.infer<typeof headsAloneOptionsSchema>;

export const tokenIndexOptionsSchema = z
  .object({
    position: reading.position,
    /** how much of each block is read, `tokens`: how many each place lists; every head is read; absent: 10 tokens, and what is drawn */
    counts,
  })
  .readonly();
/** What decides an index of a pass by token. */
export type TokenIndexOptions = z.infer<typeof tokenIndexOptionsSchema>;

export const headOptionsSchema = z
  .object({
    position: reading.position,
    measure: reading.measure,
    layer: natural,
    head: natural,
    /** sources whose values are read; absent: 5 */
    sources: positive.optional(),
    /** tokens per list; absent: 20 */
    tokens: positive.optional(),
  })
  .readonly();
/** What decides a head's card. */
export type HeadOptions = z.infer<typeof headOptionsSchema>;

export const backwardOptionsSchema = z
  .object({
    position: reading.position,
    target: reading.target,
    /** block whose inside, and whose feed-forward layer, is looked at; absent: the stream at every border alone */
    layer: natural.optional(),
    /** tokens per list; absent: 10 */
    tokens: positive.optional(),
    /** neurons whose updates are read, strongest first; absent: 5 */
    neurons: positive.optional(),
  })
  .readonly();
/** What decides what the gradient of a pass is read for. */
export type BackwardOptions = z.infer<typeof backwardOptionsSchema>;

export const activityOptionsSchema = z
  .object({
    /** smallest share of the passes in which a neuron must be active, from 0 to 1; absent: 0.95 */
    atLeast: z.number().min(0).max(1).optional(),
    /** how many of a layer's neurons count as active in one pass; absent: the paper's 100 */
    perLayer: positive.optional(),
    /** tokens per list; absent: 10 */
    tokens: positive.optional(),
  })
  .readonly();
/** What decides which neurons count as always active. */
export type ActivityOptions = z.infer<typeof activityOptionsSchema>;

/** How a lens is fitted; see `LensInfo`. */
const lensFitKindSchema = z.enum(['fitted', 'jacobian']);

/** What decides a fitted lens besides model and texts. */
export const lensFitOptionsSchema = z
  .object({
    /** tokens that the maps are fitted on */
    tokens: positive,
    /** absent: `fitted` */
    kind: lensFitKindSchema.optional(),
    /** ridge strength as a part of the stream's mean variance; absent: chosen on text that is held back */
    ridge: z.number().nonnegative().optional(),
    /** what lists call the lens */
    name: z.string().min(1),
    /** the file that is written; absent: it is kept for these weights under its name */
    file: z.string().min(1).optional(),
    /** files that `sumLens` wrote of the same texts; what they lack is run */
    merge: z.array(z.string().min(1)).readonly().optional(),
  })
  .readonly();

/** What of the texts of a fit is summed up, and where to. */
export const lensSumOptionsSchema = z
  .object({
    tokens: positive,
    kind: lensFitKindSchema.optional(),
    file: z.string().min(1),
    /** the shard `index` of `of`, counted from 1 */
    shard: z.object({ index: positive, of: positive }).readonly(),
  })
  .readonly();

/** How a lens is taken in that was published. */
export const lensAdoptOptionsSchema = z
  .object({
    /** tokens that its offset is measured on, and a part more that it is judged on */
    tokens: positive,
    /** absolute path of its folder or file */
    from: z.string().min(1),
    /** absent: its kind */
    name: z.string().min(1).optional(),
    /** as for `lensFitOptionsSchema` */
    file: z.string().min(1).optional(),
  })
  .readonly();
