import type { GivenAs, ModelInfo, PromptToken } from '../../core/format/flow-graph';
import type { PassGradients, QuantityAt } from '../../core/pass/gradients';
import type { ModelReport } from '../../core/protocol/model-report';
import { DEFAULT_DEVICE, type DeviceInUse } from '../../core/protocol/device';
import type { KeptWeights } from '../../core/protocol/kept-weights';
import type { CallContext } from '../../core/call-context';
import type { LensInUse } from '../../model/lens/lens-file';
import type { TokenText } from '../../core/text/token-text';
import { describeModel } from '../../model/architecture/registry';
import { checkPrompt } from './check-prompt';
import type { Checkpoint } from '../../model/checkpoint/checkpoint';
import type { Activation } from '../../core/format/component';
import { placed } from '../interventions/component-values';
import type { EditedPrompt, PassIntervention } from '../interventions/intervene';
import { promptMeans, type PromptList, type PromptMeans } from '../interventions/prompt-means';
import { measureMemory } from '../memory/available';
import { copiesAtOnce } from '../memory/copies-at-once';
import { memoryNeed, type MemoryNeed } from '../memory/need';
import { requireMemory } from '../memory/require-memory';
import { ModelGraphs } from '../onnx/model-graphs';
import { Weights } from '../onnx/weights';
import { ChosenLens } from './chosen-lens';
import { changedPass, changedQuantity } from './changed-pass';
import { checkQuantity, gradientsOf } from './gradients';
import { adoptLens } from './fitting/adopt-lens';
import { fitLens, type FittedLens, type LensFitWork } from './fitting/fit-lens';
import { unitsOf, type FitParts } from './fitting/parts';
import type { FittedModel } from './fitting/fitted-model';
import { sumTexts, type SumWork } from './fitting/sum-texts';
import type { PublishedLens } from '../../model/lens/published-lens';
import { RunningDevice } from './running-device';
import { WeightKeeper } from './weight-keeper';
import { Continuation } from './continuation';
import { ForwardPass } from './forward-pass';
import type { LoadOptions } from './load-options';
import { measureEach, type MeasuredEnds } from './measure-effects';
import { modelInfo } from './model-info';
import { runBlocks } from './run-blocks';
import { tellReport } from './tell-report';
import { traceOf, type NamedTensor } from './trace';
import { stopIfCancelled } from '../../core/cancel';
import type { Vocabulary } from '../../model/tokenizer/vocabulary';

/** A loaded model: sessions built from a checkpoint's own bytes. */
export class LoadedModel {
  private readonly chosen: ChosenLens;
  private continuation: Continuation | null = null;

  private constructor(
    private readonly described: ModelInfo,
    /** what of the checkpoint is honoured */
    readonly report: ModelReport,
    private readonly graphs: ModelGraphs,
    private readonly vocabulary: Vocabulary | null,
    private readonly memory: { readonly need: MemoryNeed; readonly ignoreMemory: boolean },
    private readonly blockByBlock: boolean,
    private readonly keeper: WeightKeeper,
    private readonly weights: Weights,
    private readonly running: RunningDevice,
  ) {
    this.chosen = new ChosenLens(described);
  }

  /** Which weights are ready in memory, or will be when they are first needed. */
  get kept(): KeptWeights {
    return this.keeper.kept;
  }

  /** What runs the model. */
  get device(): DeviceInUse {
    return this.running.inUse(this.kept);
  }

  /**
   * Describes a model and makes sure that its weights are there. Sessions are made when they are first needed.
   *
   * @param vocabulary null for a checkpoint without a tokenizer: ids are shown as text
   * @throws Problem `unknown-architecture`, `config-invalid`, `weights-missing`, `weights-invalid`, `cancelled`, `memory-low`,
   *   `out-of-memory`, `device-unavailable`
   */
  static async load(
    checkpoint: Checkpoint,
    vocabulary: Vocabulary | null,
    context: CallContext,
    { ignoreMemory = false, device = DEFAULT_DEVICE, blockByBlock = false, log = () => undefined }: LoadOptions = {},
  ): Promise<LoadedModel> {
    stopIfCancelled(context);
    const described = describeModel(checkpoint);
    const info = modelInfo(checkpoint.name, described);
    const need = memoryNeed(described);
    const free = measureMemory();
    requireMemory(checkpoint.name, need.model, free, ignoreMemory);
    const { base } = described.adapted ?? {};
    const weights = new Weights(new Map([...described.weights, ...(base?.more ?? [])]));
    const running = await RunningDevice.choose(device, { info, spec: described.spec, need, weights, log });
    const graphs = new ModelGraphs(described.spec, weights, running.pool, base?.spec);
    const keeper = await WeightKeeper.start({ name: info.name, need, graphs, weights, log }, free);
    running.tell(keeper.kept);
    tellReport(info.name, described.report, log);
    return new LoadedModel(info, described.report, graphs, vocabulary, { need, ignoreMemory }, blockByBlock, keeper, weights, running);
  }

  /** Dimensions and provenance, and the lens that its vectors are read through. */
  get info(): ModelInfo {
    const { lens } = this.chosen;
    return lens === null ? this.described : { ...this.described, lens: lens.info };
  }

  /** Chooses what vectors are read through, in passes that have run too. @param lens null: the logit lens, of which nothing is known */
  readThrough(lens: LensInUse | null): Promise<void> {
    return this.chosen.choose(lens);
  }

  /** Reads through the logit lens, and lets go of all files of lenses. */
  forgetLenses(): Promise<void> {
    return this.chosen.forget();
  }

  /** Fits a lens; see `fitLens`. */
  fitLens(parts: FitParts, work: LensFitWork, context: CallContext): Promise<FittedLens> {
    return fitLens(this.fitted, parts, work, context);
  }

  /** Sums up some of the texts of a fit; see `sumTexts`. */
  async sumTexts(parts: FitParts, work: SumWork, context: CallContext): Promise<void> {
    try {
      await sumTexts(this.fitted, unitsOf(parts.fitted, work.sums.kind), work, context);
    } finally {
      await this.graphs.endFit();
    }
  }

  /** Takes in a lens that was published; see `adoptLens`. */
  adoptLens(lens: PublishedLens, parts: FitParts, context: CallContext): Promise<FittedLens> {
    return adoptLens({ ...this.fitted, weights: this.weights }, lens, parts, context);
  }

  private get fitted(): FittedModel {
    return { graphs: this.graphs, forward: (prompt, running) => this.forward(prompt, running) };
  }

  /**
   * Runs the blocks; keeps only the residual stream at their borders.
   *
   * @param options.summaries look into each block at the last position while it runs, and keep that too; takes memory until `endSurvey`; see `startSurvey`
   * @throws Problem `empty-prompt`, `prompt-too-long`, `token-out-of-range`, `cancelled`, `memory-low`, `out-of-memory`
   */
  async forward(
    prompt: { text: string; tokens: readonly PromptToken[]; given?: GivenAs },
    context: CallContext,
    options: { readonly summaries?: boolean } = {},
  ): Promise<ForwardPass> {
    const { tokens } = prompt;
    checkPrompt(tokens, this.info);
    const free = await this.keeper.review();
    requireMemory(`A prompt of ${tokens.length} tokens`, this.memory.need.pass(tokens.length), free, this.memory.ignoreMemory);
    const atOnce = !this.blockByBlock && this.graphs.runsAtOnce(tokens.length);
    const streams = await runBlocks(this.graphs, tokens, context, { ...options, atOnce });
    const origin = {
      model: () => this.info,
      lens: () => this.chosen.maps,
      prompt: prompt.text,
      ...(prompt.given && { given: prompt.given }),
      tokens,
      tokenText: (id: number) => this.tokenText(id),
      requireBackward: (count: number) => this.requireBackward(count),
    };
    return new ForwardPass(this.graphs, origin, streams, context);
  }

  /**
   * The logits of what follows a sequence of tokens [V]. Keys and values of one sequence are kept, so that one that continues it costs
   * only what is new.
   *
   * @throws Problem `empty-prompt`, `prompt-too-long`, `token-out-of-range`, `cancelled`, `memory-low`, `out-of-memory`,
   *   `weights-invalid` where a logit is not a finite number
   */
  async nextLogits(ids: readonly number[], context: CallContext): Promise<Float32Array> {
    this.continuation ??= new Continuation(this.graphs, this.info, async (tokens) => {
      const free = await this.keeper.review();
      requireMemory(`Continuing ${tokens} tokens`, this.memory.need.continuing(tokens), free, this.memory.ignoreMemory);
    });
    return this.continuation.next(ids, context);
  }

  /**
   * Makes sure that there is memory for what summaries keep ready for the next of them. To be called once before
   * the first: later passes find it taken.
   *
   * @throws Problem `memory-low`, `out-of-memory`
   */
  async startSurvey(): Promise<void> {
    const bytes = this.kept.blocks ? this.memory.need.packing.blocks : 0;
    requireMemory('Processing the prompts', bytes, measureMemory(), this.memory.ignoreMemory);
  }

  /** Gives back what summaries keep ready for the next of them. */
  endSurvey(): Promise<void> {
    return this.graphs.endSurvey();
  }

  /**
   * The pass of the same prompt with interventions; it shares the streams below the first block that is intervened on.
   *
   * @param position where sources of heads are changed that name no readers
   * @throws Problem `position-out-of-range`, `cancelled`, `out-of-memory`, `weights-invalid`
   */
  intervene(pass: ForwardPass, interventions: readonly PassIntervention[], position: number, context: CallContext): Promise<ForwardPass> {
    return changedPass(this.graphs, pass, interventions, position, context);
  }

  /**
   * A quantity with interventions. Runs the blocks from the first that is intervened on, and only the positions up to the one where
   * the quantity is read off, which is also where sources are changed that name no readers.
   *
   * @throws Problem as `intervene` and `backward` do
   */
  async measure(pass: ForwardPass, interventions: readonly PassIntervention[], at: QuantityAt, context: CallContext): Promise<number> {
    checkQuantity(this.graphs.spec, pass, at);
    return changedQuantity(this.graphs, pass, interventions, at, context);
  }

  /**
   * How the ordinary pass ends, and how it does with each of these changes alone; see `measure`.
   *
   * @throws Problem as `measure` does
   */
  async measureEach(pass: ForwardPass, changes: readonly PassIntervention[], at: QuantityAt, context: CallContext): Promise<MeasuredEnds> {
    checkQuantity(this.graphs.spec, pass, at);
    const copies = copiesAtOnce(at.position + 1, this.memory.need, measureMemory());
    return measureEach(this.graphs, pass, changes, { at, copies }, context);
  }

  /**
   * Means of components over many prompts, for `intervene`: one pass at a time, of which only running sums are kept.
   *
   * @param wanted the components whose means are taken
   * @param prompt length of the prompt that the means are to be used in, and where sources are changed that name no readers
   * @throws Problem `empty-prompt`, `prompt-too-long`, `token-out-of-range`, `position-out-of-range`, `cancelled`, `memory-low`,
   *   `out-of-memory`, `weights-invalid`
   */
  async means(list: PromptList, wanted: readonly Activation[], prompt: EditedPrompt, context: CallContext): Promise<PromptMeans> {
    for (const { tokens } of list.prompts) checkPrompt(tokens, this.info);
    const longest = Math.max(...list.prompts.map(({ tokens }) => tokens.length));
    const need = this.memory.need.pass(longest);
    requireMemory(`A prompt of ${longest} tokens`, need, measureMemory(), this.memory.ignoreMemory);
    const places = wanted.map((component) => placed(component, prompt.length, prompt.studied));
    return promptMeans(this.graphs, list, places, context);
  }

  /**
   * The exact backward pass: gradients of a number read off the logits of one position. Keeps those of the streams at the block
   * borders; those within a block are recomputed when they are asked for.
   *
   * @throws Problem `position-out-of-range`, `token-out-of-range`, `against-itself`, `cancelled`, `memory-low`, `out-of-memory`,
   *   `weights-invalid` when a gradient is not a finite number
   */
  async backward(pass: ForwardPass, at: QuantityAt, context: CallContext): Promise<PassGradients> {
    await this.requireBackward(pass.tokens.length);
    return gradientsOf(pass.graphs, pass, at, context);
  }

  /** @throws Problem `memory-low` */
  private async requireBackward(tokens: number): Promise<void> {
    const { need, ignoreMemory } = this.memory;
    requireMemory(`The gradient of a prompt of ${tokens} tokens`, need.backward(tokens), measureMemory(), ignoreMemory);
  }

  /**
   * Every tensor of a pass in the order of the model, one block in memory at a time.
   *
   * @throws Problem `cancelled`, `out-of-memory`
   */
  trace(pass: ForwardPass, context: CallContext): AsyncGenerator<NamedTensor, void, undefined> {
    return traceOf(pass.graphs, pass, context);
  }

  /**
   * Makes one more of the graphs that will be used again faster, where there is memory for it: to be called while nobody waits. Says
   * whether there was one.
   *
   * @throws Problem `out-of-memory`
   */
  async packNext(): Promise<boolean> {
    await this.keeper.review();
    return this.graphs.packNext();
  }

  /** Gives the model's memory back; the model cannot be used afterwards. */
  async release(): Promise<void> {
    this.continuation = null;
    await this.chosen.forget();
    await this.graphs.release();
  }

  private tokenText(id: number): TokenText {
    return this.vocabulary?.tokenText(id) ?? { id, text: String(id) };
  }
}
