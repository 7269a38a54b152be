import type { GivenAs, ModelInfo, PromptToken } from '../../core/format/flow-graph';
import type { AppliedIntervention } from '../../core/format/intervention';
import type { TokenMeasure } from '../../core/format/share-measure';
import type { BlockRanking, BlockRouting, BlockSummary, BlockSelection, BlockState, SelectedVectors } from '../../core/pass/block-state';
import type { Baseline, DifferentiatedPass } from '../../core/pass/effects';
import type { QuantityAt } from '../../core/pass/gradients';
import type { InspectablePass } from '../../core/pass/inspectable-pass';
import type { LensBatch, LensRequest, Target } from '../../core/pass/lens';
import type { CallContext } from '../../core/call-context';
import type { TokenText } from '../../core/text/token-text';
import { runEditedBlock, type PassEdits } from '../interventions/intervene';
import { editedState, updatesOff } from '../interventions/edited-state';
import { differentiate } from './differentiate';
import { routingOfAll, routingOfStates, stateOf, summaryOf, widened } from './block-results';
import { alongComponents, alongSources } from './along-sources';
import { logitsOf, meanLogit, readRows } from './lens';
import { selectedVectors, type EnteredBlock, type StudiedBlock } from './selected-vectors';
import { TokenDirections } from './token-directions';
import type { LensMaps } from '../onnx/lens-maps';
import type { ModelGraphs } from '../onnx/model-graphs';
import { sourceFeeds } from '../onnx/sources';
import { isMixture } from '../../model/architecture/model-spec';
import { floats } from '../onnx/session-pool';
import type { Feed } from '../onnx/session-pool';
import { stopIfCancelled } from '../../core/cancel';

/** What a forward pass keeps: embeddings, and the residual stream at the block borders. */
export interface Streams {
  /** [T,d] */ readonly embed: Float32Array;
  /** [T,d] */ readonly embedRaw?: Float32Array;
  /** [T,d] */ readonly posEmbed?: Float32Array;
  /** L+1 of [T,d] */ readonly stream: readonly Float32Array[];
  /** the blocks at the last position, where they were looked into while they ran */ readonly summaries?: readonly BlockSummary[];
}

/** What tokens bring to the stream. */
export interface Embedded extends Pick<Streams, 'embed' | 'embedRaw' | 'posEmbed'> {
  /** [T,d] what enters the first block */ readonly pre: Float32Array;
}

/** See `sourceFeeds`. */
type ReadableSources = EnteredBlock['sources'];

/** A pass in which something is changed. */
interface EditedRun {
  /** those of the model without what is off of its adapter */
  readonly graphs: ModelGraphs;
  readonly stream: readonly Float32Array[];
  readonly edits: PassEdits;
  readonly interventions: readonly AppliedIntervention[];
}

/** Where a pass came from. */
export interface PassOrigin {
  /** The model as it is looked at now: a pass outlives the choice of a lens. */
  readonly model: () => ModelInfo;
  /** what vectors are read through now; null: the logit lens */
  readonly lens: () => LensMaps | null;
  readonly prompt: string;
  readonly given?: GivenAs;
  readonly tokens: readonly PromptToken[];
  readonly tokenText: (id: number) => TokenText;
  /** Makes sure that gradients of a prompt of so many tokens fit in memory. @throws Problem `memory-low` */
  readonly requireBackward: (tokens: number) => Promise<void>;
}

/** A forward pass that recomputes whatever is looked at from the stream at the nearest block border below it. */
export class ForwardPass implements InspectablePass {
  readonly prompt: string;
  readonly given?: GivenAs;
  readonly tokens: readonly PromptToken[];
  readonly embed: Float32Array;
  readonly embedRaw?: Float32Array;
  readonly posEmbed?: Float32Array;
  readonly streamNormed: boolean;
  readonly stream: readonly Float32Array[];
  readonly interventions?: readonly AppliedIntervention[];
  /** empty in an ordinary pass */
  readonly edits: PassEdits;
  private readonly tokenDirections: TokenDirections;
  /** the block that was looked into last, whose vectors are often what is asked for next */
  private looked: { readonly layer: number; readonly position: number; readonly sources: ReadableSources } | undefined;

  constructor(
    /** those of the model as this pass has it */
    readonly graphs: ModelGraphs,
    private readonly origin: PassOrigin,
    private readonly streams: Streams,
    private readonly context: CallContext,
    edited?: { readonly interventions: readonly AppliedIntervention[]; readonly edits: PassEdits },
  ) {
    this.prompt = origin.prompt;
    if (origin.given) this.given = origin.given;
    this.tokens = origin.tokens;
    this.embed = streams.embed;
    if (streams.embedRaw) this.embedRaw = streams.embedRaw;
    if (streams.posEmbed) this.posEmbed = streams.posEmbed;
    this.streamNormed = graphs.spec.blocks[0].wiring === 'post-norm';
    this.stream = streams.stream;
    this.edits = edited?.edits ?? new Map();
    if (edited) this.interventions = edited.interventions;
    this.tokenDirections = new TokenDirections(graphs, (position) => this.row(this.stream.length - 1, position));
  }

  get model(): ModelInfo {
    return this.origin.model();
  }

  /** The same prompt's pass with interventions, whose streams have been computed. */
  edited({ graphs, stream, interventions, edits }: EditedRun, context: CallContext): ForwardPass {
    // What was seen of the blocks while they ran as usual does not hold here.
    const { summaries: _ordinary, ...streams } = this.streams;
    return new ForwardPass(graphs, this.origin, { ...streams, stream }, context, { interventions, edits });
  }

  /** The same prompt as it enters the stream of another model, whose blocks have not run yet. */
  embeddedBy(graphs: ModelGraphs, { pre, ...embeddings }: Embedded): ForwardPass {
    return new ForwardPass(graphs, this.origin, { ...embeddings, stream: [pre] }, this.context);
  }

  async block(layer: number, position: number): Promise<BlockState> {
    const { state, sources } = await this.look(layer, position);
    this.looked = { layer, position, sources };
    return state;
  }

  /** The state of a block, and what its heads can read there. */
  private async look(layer: number, position: number): Promise<{ readonly state: BlockState; readonly sources: ReadableSources }> {
    stopIfCancelled(this.context);
    const edit = this.edits.get(layer);
    const block = this.graphs.spec.blocks[layer];
    const feeds = this.feeds(layer, position);
    const results = edit
      ? await this.graphs.editedBlock(layer, 'inspect', (run) => run({ ...feeds, ...edit.feedsAt(position) }))
      : await this.graphs.block(layer, 'inspect', (run) => run(feeds));
    const figures = await this.graphs.figures.ofBlock(layer);
    const state = stateOf(results, figures, this.row(layer, position), { position, length: this.tokens.length }, block);
    const edited = edit ? editedState(state, edit, position) : state;
    const off = this.interventions ? updatesOff(this.interventions, layer) : [];
    return {
      state: off.length === 0 ? edited : { ...edited, changed: [...(edited.changed ?? []), ...off] },
      sources: sourceFeeds(results, block.attention),
    };
  }

  /** A block whose state at a position is known, and what its heads can read there: what was found when it was looked into last, if it is that block. */
  private async entered(layer: number, position: number): Promise<EnteredBlock> {
    stopIfCancelled(this.context);
    const isLast = this.looked?.layer === layer && this.looked.position === position;
    const { sources } = isLast && this.looked ? this.looked : await this.look(layer, position);
    return { layer, sources, seen: position + 1, length: this.tokens.length };
  }

  async pattern(layer: number, position: number): Promise<Float32Array> {
    stopIfCancelled(this.context);
    if (this.edits.has(layer)) return (await this.block(layer, position)).attention.pattern;
    const results = await this.graphs.block(layer, 'pattern', (run) => run(this.feeds(layer, position)));
    return widened(results.floats('pattern'), position + 1, this.tokens.length);
  }

  async routing(layer: number): Promise<BlockRouting | null> {
    stopIfCancelled(this.context);
    const { mlp } = this.graphs.spec.blocks[layer];
    if (!isMixture(mlp)) return null;
    const last = this.tokens.length - 1;
    if (!this.edits.has(layer)) return routingOfAll(await this.graphs.block(layer, 'routing', (run) => run(this.feeds(layer, last))), mlp);
    const states: BlockState[] = [];
    for (let position = 0; position <= last; position++) states.push(await this.block(layer, position));
    return routingOfStates(states);
  }

  async vectors(layer: number, position: number, state: BlockState, selection: BlockSelection): Promise<SelectedVectors> {
    return selectedVectors(this.graphs, await this.entered(layer, position), selection, this.studied(layer, position, state));
  }

  async alongSources(layer: number, position: number, state: BlockState, direction: Float32Array): Promise<Float32Array> {
    return alongSources(this.graphs, await this.entered(layer, position), this.studied(layer, position, state), direction);
  }

  async along(layer: number, position: number, state: BlockState, direction: Float32Array): Promise<BlockRanking> {
    return alongComponents(this.graphs, await this.entered(layer, position), this.studied(layer, position, state), direction);
  }

  async read(rows: Float32Array, request: LensRequest): Promise<LensBatch> {
    return readRows(this.graphs, rows, this.tokenDirections, request, this.origin.lens(), () => stopIfCancelled(this.context));
  }

  async normBias(target: Target): Promise<number> {
    return this.tokenDirections.biasOf(target);
  }

  async summary(layer: number, position: number): Promise<BlockSummary> {
    stopIfCancelled(this.context);
    const known = position === this.tokens.length - 1 ? this.streams.summaries?.[layer] : undefined;
    if (known) return known;
    const edit = this.edits.get(layer);
    const results = edit
      ? await runEditedBlock(this.graphs, layer, 'summary', this.upTo(layer, position).data, edit, this.tokens.length)
      : await this.graphs.block(layer, 'summary', (run) => run(this.feeds(layer, position)));
    return summaryOf(results, this.row(layer, position), this.graphs.spec.blocks[layer]);
  }

  async finalNorm(position: number): Promise<Float32Array | null> {
    const { norm } = this.graphs.spec.unembedding;
    if (!norm) return null;
    const last = this.row(this.stream.length - 1, position);
    const results = await this.graphs.finalNorm(norm, (run) => run({ resid_post: floats(last, [1, last.length]) }));
    return results.floats('normalized');
  }

  async throughFrozenNorm(rows: Float32Array, position: number): Promise<Float32Array> {
    const { norm } = this.graphs.spec.unembedding;
    if (!norm) return rows;
    const anchor = this.row(this.stream.length - 1, position);
    const d = anchor.length;
    const results = await this.graphs.frozenNorm(norm, (run) =>
      run({ rows: floats(rows, [rows.length / d, d]), anchor: floats(anchor, [1, d]) }),
    );
    return results.floats('frozen');
  }

  async directions(position: number, ids: readonly number[], measure: TokenMeasure): Promise<Float32Array> {
    const { directions } = await this.tokenDirections.of(position, ids, measure);
    return directions;
  }

  async meanLogit(position: number): Promise<number> {
    stopIfCancelled(this.context);
    return meanLogit(this.graphs, this.tokenDirections, this.row(this.stream.length - 1, position), position);
  }

  async logits(rows: Float32Array): Promise<Float32Array> {
    stopIfCancelled(this.context);
    return logitsOf(this.graphs, rows);
  }

  async differentiate(at: QuantityAt, baseline: Baseline): Promise<DifferentiatedPass> {
    await this.origin.requireBackward(this.tokens.length);
    return differentiate(this.graphs, this, at, baseline, this.context);
  }

  tokenText(id: number): TokenText {
    return this.origin.tokenText(id);
  }

  private studied(layer: number, position: number, state: BlockState): StudiedBlock {
    return { state, sourceEdits: this.edits.get(layer)?.sourcesAt(position) ?? [] };
  }

  /** The stream entering a block (`layer` = L: leaving the last) at one position. [d] */
  private row(layer: number, position: number): Float32Array {
    const d = this.model.dModel;
    return this.stream[layer].subarray(position * d, (position + 1) * d);
  }

  /** What a block's graph is told of the positions up to and including this one. */
  private feeds(layer: number, position: number): Readonly<Record<string, Feed>> {
    return { resid_pre: this.upTo(layer, position), ...this.graphs.positions(layer, position + 1, this.tokens.length) };
  }

  /** The stream entering a block, up to and including a position: what comes later cannot be seen from there. */
  private upTo(layer: number, position: number): Feed & { readonly data: Float32Array } {
    const d = this.model.dModel;
    return { data: this.stream[layer].subarray(0, (position + 1) * d), shape: [position + 1, d] };
  }
}
