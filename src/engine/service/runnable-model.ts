import type { GivenAs, ModelInfo, PromptToken } from '../../core/format/flow-graph';
import type { PassGradients, QuantityAt } from '../../core/pass/gradients';
import type { InspectablePass } from '../../core/pass/inspectable-pass';
import type { Problem } from '../../core/problem';
import type { DeviceInUse } from '../../core/protocol/device';
import type { KeptWeights } from '../../core/protocol/kept-weights';
import type { ModelReport } from '../../core/protocol/model-report';
import type { CallContext } from '../../core/call-context';
import type { Component } from '../../core/format/component';
import type { EditedPrompt, PassIntervention } from '../interventions/intervene';
import type { PromptList, PromptMeans } from '../interventions/prompt-means';
import type { PassEnd } from '../runtime/measure-effects';
import type { NamedTensor } from '../runtime/trace';
import type { LensInUse } from '../../model/lens/lens-file';
import type { ChatTemplate } from '../../model/tokenizer/chat/template';
import type { PublishedLens } from '../../model/lens/published-lens';
import type { FittedLens, LensFitWork } from '../runtime/fitting/fit-lens';
import type { FitParts } from '../runtime/fitting/parts';
import type { SumWork } from '../runtime/fitting/sum-texts';
import type { PromptTokenizer } from '../../model/tokenizer/prompt-tokenizer';

/** A prompt ready to run. */
export interface Prompt {
  readonly text: string;
  readonly tokens: readonly PromptToken[];
  /** how it was given, where that is not as a text that the tokenizer marks; see `FlowGraph` */
  readonly given?: GivenAs;
}

/** A model in memory, as far as the service needs to know it. Passes that it is handed are its own. */
export interface RunnableModel {
  readonly info: ModelInfo;
  /** what of its checkpoint it honours */
  readonly report?: ModelReport;
  /** which of its weights are kept ready in memory, at this time */
  readonly kept?: KeptWeights;
  /** what runs it, at this time */
  readonly device?: DeviceInUse;
  /** @param options.summaries look into the blocks at the last position while they run: a later look there costs nothing. Takes memory until `endSurvey` */
  forward(prompt: Prompt, context: CallContext, options?: { readonly summaries?: boolean }): Promise<InspectablePass>;
  /** The logits of what follows tokens [V], where one sequence continues another at the cost of what is new; see `LoadedModel.nextLogits`. */
  nextLogits(ids: readonly number[], context: CallContext): Promise<Float32Array>;
  /** To be called before many passes are summarized. @throws Problem `memory-low`, `out-of-memory` where there is no memory for it */
  startSurvey(): Promise<void>;
  /** Gives back what summaries keep ready for the next of them. To be called after the last. */
  endSurvey(): Promise<void>;
  /** The pass of the same prompt with interventions. @param position where sources of heads are changed that name no readers */
  intervene(
    pass: InspectablePass,
    interventions: readonly PassIntervention[],
    position: number,
    context: CallContext,
  ): Promise<InspectablePass>;
  /** How the ordinary pass ends, and how it does with each of these changes alone. */
  measureEach(
    pass: InspectablePass,
    changes: readonly PassIntervention[],
    at: QuantityAt,
    context: CallContext,
  ): Promise<{ readonly ordinary: PassEnd; readonly changed: readonly PassEnd[] }>;
  /** Means of components over many prompts, for `intervene`. @param prompt what they are to be used in */
  means(list: PromptList, wanted: readonly Component[], prompt: EditedPrompt, context: CallContext): Promise<PromptMeans>;
  /** Exact gradients of a number at the end of a pass; see `LoadedModel.backward`. */
  backward(pass: InspectablePass, at: QuantityAt, context: CallContext): Promise<PassGradients>;
  trace(pass: InspectablePass, context: CallContext): AsyncIterable<NamedTensor>;
  /** Chooses what vectors are read through, in passes that have run too; null: the logit lens. */
  readThrough(lens: LensInUse | null): Promise<void>;
  /** Reads through the logit lens, and lets go of all files of lenses, so that they can be replaced or deleted. */
  forgetLenses(): Promise<void>;
  /** Fits a lens to the streams of prompts, from what is known of them on. */
  fitLens(parts: FitParts, work: LensFitWork, context: CallContext): Promise<FittedLens>;
  /** Only runs prompts, and adds them to the sums that a lens is fitted from. */
  sumTexts(parts: FitParts, work: SumWork, context: CallContext): Promise<void>;
  /** Takes in a lens that was published, and judges it. */
  adoptLens(lens: PublishedLens, parts: FitParts, context: CallContext): Promise<FittedLens>;
  /** Makes later passes faster, one step at a time: to be called while nobody waits, until it says that nothing is left. */
  packNext?(): Promise<boolean>;
  release(): Promise<void>;
}

/** A model and its tokenizer; null for a checkpoint that has none that can be used: token ids can be run all the same. */
export interface OpenModel {
  readonly model: RunnableModel;
  readonly tokenizer: PromptTokenizer | null;
  /** why the tokenizer that lies with the model cannot be used; absent: it can, or there is none */
  readonly tokenizerProblem?: Problem;
  /** ids of the tokens with which the model ends its text; absent: none are known */
  readonly endTokens?: readonly number[];
  /** reads the model's chat template again at each call; null where it has none. @throws Problem `chat-template`, `io` */
  readonly chatTemplate?: () => Promise<ChatTemplate | null>;
}
