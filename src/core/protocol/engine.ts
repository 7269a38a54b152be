/**
 * What the engine process can be asked. Stateless but for the loaded model and a small memory of recent passes (keyed by
 * token ids), so that a restarted process answers the same question in the same way.
 */
import * as z from 'zod';
import type { ReadNodes } from '../build/flow-graph-builder';
import type { Comparison } from '../format/comparison';
import type { GeneratedToken } from '../format/continuation';
import type { FlowGraph, ModelInfo, PromptToken } from '../format/flow-graph';
import { MOST_NODES_ASKED } from '../format/unread';
import type { LensGrid } from '../format/lens-grid';
import type { PredictionTable } from '../format/prediction-table';
import type { ActiveNeurons } from '../insight/active-neurons';
import type { ExpertUseSurvey } from '../insight/expert-use';
import type { Calibration, KnownCalibration } from '../insight/calibration';
import type { Effects } from '../insight/effects';
import type { HeadsAlone } from '../insight/heads-alone';
import type { HeadMemory } from '../insight/attention-memory';
import type { BackwardLens } from '../insight/backward-lens';
import type { MeasuredEffects } from '../insight/measured-effects';
import type { NormFilters, NormSummaries } from '../insight/norm-filters';
import type { LensDifference } from '../insight/lens-difference';
import type { LensListing } from '../insight/lens-listing';
import type { LensReport, LensSumsReport } from '../insight/lens-report';
import type { Overview } from '../insight/overview';
import type { OverviewDifference } from '../insight/overview-difference';
import type { CauseCandidates } from '../insight/cause-candidates';
import type { CauseCheck } from '../insight/explanation';
import type { DifferenceCandidates, DifferenceCheck } from '../insight/difference-causes';
import type { Story } from '../insight/story';
import type { StoryDifference } from '../insight/story-difference';
import type { TokenIndex } from '../insight/token-index';
import type { TokenText } from '../text/token-text';
import type { ModelReport } from './model-report';
import type { DeviceInUse } from './device';
import type { KeptWeights } from './kept-weights';
import { chatMessageSchema } from '../format/chat';
import { interventionsSchema, modelRefSchema, positive, promptInputSchema } from './engine-inputs';
import {
  activityOptionsSchema,
  backwardOptionsSchema,
  calibrationOptionsSchema,
  causeOptionsSchema,
  checkOptionsSchema,
  comparedSideSchema,
  comparisonOptionsSchema,
  differenceCauseOptionsSchema,
  effectsOptionsSchema,
  graphOptionsSchema,
  headOptionsSchema,
  headsAloneOptionsSchema,
  lensAdoptOptionsSchema,
  lensFitOptionsSchema,
  lensSumOptionsSchema,
  measureOptionsSchema,
  overviewDifferenceOptionsSchema,
  passOptionsSchema,
  storyDifferenceOptionsSchema,
  storyOptionsSchema,
  tokenIndexOptionsSchema,
} from './engine-options';
import { nextTokenOptionsSchema } from './next-token-options';

/** The model that answers a call, as it is in its folder at that time. */
export interface OpenedModel {
  readonly info: ModelInfo;
  /** names location, sizes and dates of its files, and the lens that it is read through: caches know a model by this, never by its name */
  readonly fingerprint: string;
  /** what of its weights is ready in memory as far as there is room; absent where nothing is decided about it */
  readonly kept?: KeptWeights;
  /** what runs it; absent where that is not known */
  readonly device?: DeviceInUse;
  /** what of its checkpoint it honours; absent where that is not known */
  readonly report?: ModelReport;
}

/** Result of reading a text as one token. */
export type TokenMatch =
  | { readonly kind: 'one'; readonly token: TokenText }
  /** The text is several tokens; `near` are single tokens that a person may have meant, such as with a leading space. */
  | { readonly kind: 'many'; readonly pieces: readonly TokenText[]; readonly near: readonly TokenText[] };

/** One line of a trace file's table of contents. */
export interface TraceEntry {
  readonly name: string;
  readonly shape: readonly number[];
}

/** A prompt cut into tokens, and whether it fits. */
export interface Tokenized {
  readonly tokens: readonly PromptToken[];
  /** false when there are more tokens than the model's context holds */
  readonly fits: boolean;
  readonly contextLength: number;
}

/** A conversation as a model reads it. */
export interface RenderedChat {
  readonly text: string;
  /** of the text alone: a template writes the marks that it wants itself */
  readonly tokens: readonly PromptToken[];
  /** stretches of the text that somebody says, in order; all else is the template's */
  readonly said: readonly SaidStretch[];
}

/** A stretch of a rendered conversation that is a part of a message, character for character. */
export interface SaidStretch {
  /** first UTF-16 unit of the text, and one past the last */
  readonly start: number;
  readonly end: number;
  /** index of the message */
  readonly message: number;
  /** where it begins in the message's content */
  readonly at: number;
}

/** One method: the schema of what it is asked with, and the type of its answer. */
interface EngineMethod<Params extends z.ZodType, Result> {
  /** checks a call where it enters the engine */
  readonly params: Params;
  /** Never there: it carries the type alone. Answers come from our own process and are not checked. */
  readonly result?: Result;
}

/** A method that answers with `Result`. */
function answering<Result>() {
  return <Params extends z.ZodType>(params: Params): EngineMethod<Params, Result> => ({ params });
}

/** A call about a model, which is loaded first when it is not. */
const about = <Shape extends z.ZodRawShape>(shape: Shape) => z.object({ model: modelRefSchema, ...shape }).readonly();

const prompt = promptInputSchema;
const sides = { left: comparedSideSchema, right: comparedSideSchema };
const prompts = z.array(z.string()).min(1).readonly();
/** Texts that a lens is fitted on. */
const lensTexts = z
  .array(
    z
      .object({
        name: z.string(),
        text: z.string(),
        /** each line is a text of its own, as in files of prompts; absent: lines belong together */
        lines: z.boolean().optional(),
      })
      .readonly(),
  )
  .min(1)
  .readonly();

/** All calls. Every one names its model. */
export const ENGINE_METHODS = {
  /** Reads config, weights and tokenizer; immediate if this model is already loaded. */
  load: answering<ModelInfo>()(about({})),
  tokenize: answering<Tokenized>()(about({ text: z.string() })),
  /** A conversation as the model's own template writes it: text and token ids, which other calls take as the prompt. */
  chat: answering<RenderedChat>()(about({ messages: z.array(chatMessageSchema).min(1).readonly(), reply: z.boolean() })),
  /**
   * What the model says after tokens, one more of them. Keys and values of one sequence are kept: to ask again with the answer added costs
   * only what is new.
   */
  nextToken: answering<GeneratedToken>()(about({ tokens: z.array(z.int()).readonly(), options: nextTokenOptionsSchema })),
  findToken: answering<TokenMatch>()(about({ text: z.string() })),
  /** `seenFirst`: of the nodes only those are read that are seen first, see `FlowGraph.unread`; absent: all are. */
  graph: answering<FlowGraph>()(about({ prompt, options: graphOptionsSchema, seenFirst: z.literal(true).optional() })),
  /** Reads nodes of such a graph: those that are asked for by id, or else some of those that have not been read, in a moment. */
  readNodes: answering<ReadNodes>()(
    about({ prompt, options: graphOptionsSchema, ids: z.array(z.string()).min(1).max(MOST_NODES_ASKED).readonly().optional() }),
  ),
  /** Each prompt runs once; its pass is kept, so that asking again for other layers, positions or targets runs nothing. */
  compare: answering<Comparison>()(about({ ...sides, options: comparisonOptionsSchema })),
  /** `tokens`: the most likely ones, per prompt. A prompt that cannot be run says so in its row. */
  predict: answering<PredictionTable>()(about({ prompts: z.array(prompt).min(1).readonly(), tokens: positive })),
  /** Sources of heads are changed at the last position. */
  lens: answering<LensGrid>()(about({ prompt, tokens: positive, interventions: interventionsSchema.optional() })),
  /** The whole pass at one look: what every layer says at a position, and what its heads read there. */
  story: answering<Story>()(about({ prompt, options: storyOptionsSchema })),
  /** Why this token: what may be its causes, the most promising first. None is checked: that is a call for each. */
  causes: answering<CauseCandidates>()(about({ prompt, options: causeOptionsSchema })),
  /** What is left of the prediction without a cause. */
  checkCause: answering<CauseCheck>()(about({ prompt, options: checkOptionsSchema })),
  /** The story of two passes: what they say after every layer, and which reads and branches part them. */
  storyDifference: answering<StoryDifference>()(about({ ...sides, options: storyDifferenceOptionsSchema })),
  /** What may part two passes, the most promising first. None is measured: that is a call for each. */
  differenceCauses: answering<DifferenceCandidates>()(about({ ...sides, options: differenceCauseOptionsSchema })),
  /** How the right pass ends where some components have their value from the left one, aligned from the end. */
  checkDifference: answering<DifferenceCheck>()(about({ ...sides, components: z.array(z.string()).min(1).readonly() })),
  /** What is left of the prediction where some heads act alone at the position under study, all others at their mean over prompts. */
  headsAlone: answering<HeadsAlone>()(about({ prompt, options: headsAloneOptionsSchema })),
  /** What every place of the pass lists as its most likely tokens, by which a token is found. */
  tokenIndex: answering<TokenIndex>()(about({ prompt, options: tokenIndexOptionsSchema })),
  /** Every layer at every position, and what every block does to the prediction at one. */
  overview: answering<Overview>()(about({ prompt, options: passOptionsSchema })),
  /** The same of two passes, with the tokens that stand for each other. */
  overviewDifference: answering<OverviewDifference>()(about({ ...sides, options: overviewDifferenceOptionsSchema })),
  /** What every component at every position does to the prediction at one, estimated in one backward pass. */
  effects: answering<Effects>()(about({ prompt, options: effectsOptionsSchema })),
  /** The same of a few components, measured: each is changed alone, and the blocks above it run again. */
  measureEffects: answering<MeasuredEffects>()(about({ prompt, options: measureOptionsSchema })),
  /** How well shares and estimates predict measured effects, over many prompts. */
  calibrate: answering<Calibration>()(about({ prompts, options: calibrationOptionsSchema })),
  /** What is known of what estimates are worth in the model, which is not loaded for it. */
  knownCalibration: answering<KnownCalibration>()(about({})),
  /** The lenses that the model can be read through. */
  lenses: answering<LensListing>()(about({})),
  /** What the lens of the model reads of a prompt and another does not, at every border of blocks. `lens`: the other, as in `ModelRef` */
  lensDifference: answering<LensDifference>()(about({ prompt, lens: z.string().min(1) })),
  /** Deletes a lens that is kept for the model's weights, and lists those that are left. */
  deleteLens: answering<LensListing>()(about({ name: z.string().min(1) })),
  /** Fits a lens to the streams of texts, and writes it; the file appears complete or not at all. Takes up what an earlier run of the same fit has left. */
  fitLens: answering<LensReport>()(about({ texts: lensTexts, options: lensFitOptionsSchema })),
  /** Sums up a part of the texts of a fit, for `fitLens` to merge. */
  sumLens: answering<LensSumsReport>()(about({ texts: lensTexts, options: lensSumOptionsSchema })),
  /** Takes in a lens that was published: checks that it reads the model, judges it on texts, and writes it as `fitLens` does. */
  adoptLens: answering<LensReport>()(about({ texts: lensTexts, options: lensAdoptOptionsSchema })),
  /** Tokens before and after every norm. */
  norms: answering<NormFilters>()(about({ prompt, options: passOptionsSchema })),
  /** The same over many prompts, each at its last token and for the token that it predicts. */
  normSummary: answering<NormSummaries>()(about({ prompts, tokens: positive })),
  /** Neurons that are active in nearly every pass of many, each looked at its last token. */
  activeNeurons: answering<ActiveNeurons>()(about({ prompts, options: activityOptionsSchema })),
  /** How often each expert of a mixture is chosen, and for which tokens. `tokens`: listed for each expert; absent: 10 */
  expertUse: answering<ExpertUseSurvey>()(about({ prompts, options: z.object({ tokens: z.int().nonnegative().optional() }).readonly() })),
  /** What one head reads and writes at a position. */
  headMemory: answering<HeadMemory>()(about({ prompt, options: headOptionsSchema })),
  /** The gradient of −log p of the target as tokens, and what a step of gradient descent would write into a feed-forward layer. */
  backwardLens: answering<BackwardLens>()(about({ prompt, options: backwardOptionsSchema })),
  /** Writes every tensor of the pass to a safetensors file; the file appears complete or not at all. */
  trace: answering<{ entries: readonly TraceEntry[] }>()(
    about({ prompt, file: z.string().min(1), interventions: interventionsSchema.optional() }),
  ),
};

type Methods = typeof ENGINE_METHODS;

/** Parameters and result of each method, inferred from `ENGINE_METHODS`. */
export type EngineMethods = {
  readonly [K in keyof Methods]: {
    readonly params: z.infer<Methods[K]['params']>;
    readonly result: NonNullable<Methods[K]['result']>;
  };
};
