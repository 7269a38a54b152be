/**
 * What the engine process can be asked. Stateless but for the loaded model and a small memory of recent passes (keyed by
 * token ids), so that a restarted process answers the same question in the same way.
 */
import type { ComparedTargets, Comparison } from '../format/comparison';
import type { FlowGraph, ModelInfo, PromptToken } from '../format/flow-graph';
import type { GraphCounts } from '../format/graph-counts';
import type { LensGrid } from '../format/lens-grid';
import type { PredictionTable } from '../format/prediction-table';
import type { ActiveNeurons } from '../insight/active-neurons';
import type { HeadMemory } from '../insight/attention-memory';
import type { NormFilters, NormSummaries } from '../insight/norm-filters';
import type { Overview } from '../insight/overview';
import type { Intervention } from '../format/intervention';
import type { TokenText } from '../text/token-text';

/** Where a checkpoint lies and what is known of it. */
export interface ModelRef {
  /** Folder with config.json and safetensors. */
  readonly folder: string;
  /** run even where more memory is needed than is free: the machine may slow down, or end the process */
  readonly ignoreMemory?: boolean | undefined;
}

/** A prompt as text, or as token ids for checkpoints without a tokenizer. */
export type PromptInput = { readonly text: string } | { readonly tokens: readonly number[] };

/** A token by its text or by its id. */
export type TokenInput = { readonly text: string } | { readonly id: number };

/** Everything that decides a flow graph besides model and prompt. */
export interface GraphOptions {
  /** first and last block drawn; absent: the last block */
  readonly layers?: { readonly from: number; readonly to: number };
  /** token under study; negative counts from the end; absent: the last token */
  readonly position?: number;
  /** text of one token, or its id; absent: what the model predicts at the position */
  readonly target?: TokenInput;
  /** token whose logit is subtracted from the target's: shares then tell what speaks for the one rather than the other */
  readonly against?: TokenInput;
  /** components that are switched off or replaced while the prompt runs; absent: the ordinary pass */
  readonly interventions?: readonly Intervention[];
  /** absent ones take `DEFAULT_COUNTS` */
  readonly counts?: Partial<GraphCounts>;
}

/** What one side of a comparison is asked; layers and counts are the same for both. */
export interface ComparedSide {
  readonly prompt: PromptInput;
  readonly options: Omit<GraphOptions, 'layers' | 'counts'>;
}

/** What holds for both sides of a comparison. */
export interface ComparisonOptions {
  /** first and last block drawn; absent: the block in which the passes part most */
  readonly layers?: { readonly from: number; readonly to: number };
  /** absent ones take `DEFAULT_COUNTS` */
  readonly counts?: Partial<GraphCounts>;
  /** absent: `own` */
  readonly targets?: ComparedTargets;
}

/** What decides a look at a whole pass. */
export interface PassOptions extends Pick<GraphOptions, 'position' | 'target' | 'against'> {
  /** tokens per list; absent: 10 */
  readonly tokens?: number;
}

/** What decides a head's card. */
export interface HeadOptions extends Pick<GraphOptions, 'position'> {
  readonly layer: number;
  readonly head: number;
  /** sources whose values are read; absent: 5 */
  readonly sources?: number;
  /** tokens per list; absent: 20 */
  readonly tokens?: number;
}

/** What decides which neurons count as always active. */
export interface ActivityOptions {
  /** smallest share of the passes in which a neuron must be active, from 0 to 1; absent: 0.95 */
  readonly atLeast?: number;
  /** how many of a layer's neurons count as active in one pass; absent: the paper's 100 */
  readonly perLayer?: number;
  /** tokens per list; absent: 10 */
  readonly tokens?: number;
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

/** All calls. Every one names its model, which is loaded first when it is not. */
export type EngineMethods = {
  /** Reads config, weights and tokenizer; answers at once when this model is already loaded. */
  load: { params: { model: ModelRef }; result: ModelInfo };
  tokenize: { params: { model: ModelRef; text: string }; result: Tokenized };
  findToken: { params: { model: ModelRef; text: string }; result: TokenMatch };
  graph: { params: { model: ModelRef; prompt: PromptInput; options: GraphOptions }; result: FlowGraph };
  /** Each prompt runs once; its pass is kept, so that asking again for other layers, positions or targets runs nothing. */
  compare: { params: { model: ModelRef; left: ComparedSide; right: ComparedSide; options: ComparisonOptions }; result: Comparison };
  /** @param tokens the most likely ones, per prompt. A prompt that cannot be run says so in its row. */
  predict: { params: { model: ModelRef; prompts: readonly PromptInput[]; tokens: number }; result: PredictionTable };
  /** Sources of heads are changed at the last position. */
  lens: { params: { model: ModelRef; prompt: PromptInput; tokens: number; interventions?: readonly Intervention[] }; result: LensGrid };
  /** Every layer at every position, and what every block does to the prediction at one. */
  overview: { params: { model: ModelRef; prompt: PromptInput; options: PassOptions }; result: Overview };
  /** Tokens before and after every norm. */
  norms: { params: { model: ModelRef; prompt: PromptInput; options: PassOptions }; result: NormFilters };
  /** The same over many prompts, each at its last token and for the token that it predicts. */
  normSummary: { params: { model: ModelRef; prompts: readonly string[]; tokens: number }; result: NormSummaries };
  /** Neurons that are active in nearly every pass of many, each looked at its last token. */
  activeNeurons: { params: { model: ModelRef; prompts: readonly string[]; options: ActivityOptions }; result: ActiveNeurons };
  /** What one head reads and writes at a position. */
  headMemory: { params: { model: ModelRef; prompt: PromptInput; options: HeadOptions }; result: HeadMemory };
  /** Writes every tensor of the pass to a safetensors file; the file appears complete or not at all. */
  trace: {
    params: { model: ModelRef; prompt: PromptInput; file: string; interventions?: readonly Intervention[] };
    result: { entries: readonly TraceEntry[] };
  };
};
