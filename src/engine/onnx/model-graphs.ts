import type { KeptWeights } from '../../core/protocol/kept-weights';
import type { MixtureSpec, ModelSpec, NormSpec } from '../../model/architecture/model-spec';
import { partOf } from '../memory/weight-parts';
import { BackwardGraphs } from './backward/backward-graphs';
import type { BlockVariant } from './block-draft';
import { buildBlockGraph } from './block-graph';
import { buildEmbedGraph } from './embed-graph';
import { buildGramGraph, buildJudgeGraph, buildPredictionsGraph } from './lens-fit-graphs';
import { buildFinalNormGraph, buildLensGraph, buildUnembedGraph } from './lens-graph';
import type { LensThrough } from './lens-graph';
import { buildNeuronRowsGraph } from './neuron-rows-graph';
import { buildPassGraph, canRunAtOnce, FEW_TOKENS } from './pass-graph';
import { buildSelectGraph } from './select-graph';
import { PositionTables, type Span } from './position-tables';
import { floats, indices } from './session-pool';
import type { Feed, GraphLoad, Results, SessionPool } from './session-pool';
import { buildNeuronSharesGraph, buildSourceSharesGraph } from './source-shares-graph';
import { buildFrozenNormGraph, buildTargetGraph } from './target-graph';
import { WeightFigures, type KeptFigures } from './weight-figures';
import type { Weights } from './weights';
import { variantWithout, VariantMarks, type AdapterOff, type Variant } from './adapter-off';
import type { Work } from './graph-work';
import { Problem } from '../../core/problem';

const LOAD: Readonly<Record<BlockVariant, GraphLoad>> = {
  run: 'warm',
  trace: 'heavy',
  experts: 'heavy',
  summary: 'heavy',
  values: 'heavy',
  inspect: 'light',
  pattern: 'light',
  routing: 'heavy',
  continue: 'heavy',
};

/** The graphs of one model by what they compute; sessions are made when they are first needed. */
export class ModelGraphs {
  private kept: KeptWeights = { blocks: true, lens: true };
  private readonly tables = new PositionTables();
  private readonly marks: VariantMarks;
  /** the graphs of the backward pass */
  readonly backward: BackwardGraphs;
  /** what is the same whatever the prompt */
  readonly figures: WeightFigures;

  constructor(
    readonly spec: ModelSpec,
    private readonly weights: Weights,
    private readonly pool: SessionPool,
    /** the same model without its adapter, of which there are graphs too */
    private readonly base?: ModelSpec,
    variant?: Variant,
    ofBlocks?: KeptFigures,
  ) {
    this.marks = new VariantMarks(variant);
    this.backward = new BackwardGraphs(spec, weights, pool, this.marks);
    this.figures = new WeightFigures(spec, weights, pool, this.marks, ofBlocks);
  }

  /** Whether tokens enter the stream as in the ordinary model. */
  get embedsAlike(): boolean {
    return this.marks.ends === '';
  }

  /** The first block that is not that of the ordinary model; the number of blocks where all are. */
  get firstOther(): number {
    return this.marks.firstOther ?? this.spec.blocks.length;
  }

  /** The same model without some of what its adapter adds; whatever is alike is shared. @throws Problem `internal` for a model without an adapter */
  without(off: AdapterOff): ModelGraphs {
    if (this.base === undefined) throw new Problem('internal', 'There is no adapter that could be off.');
    const variant = variantWithout(off, this.spec, this.base, this.weights);
    const graphs = new ModelGraphs(variant.spec, this.weights, this.pool, this.base, variant, this.figures.ofBlocks);
    graphs.kept = this.kept;
    return graphs;
  }

  /** Keeps these weights ready from now on, and gives back the memory of all others. */
  async keep(kept: KeptWeights): Promise<void> {
    this.kept = kept;
    await this.pool.release();
    const isKept = (tensor: string) => {
      const part = partOf(this.spec, tensor);
      return part !== null && kept[part];
    };
    this.weights.keepInMemory(isKept);
  }

  /** How much of the weights that are repacked for speed has been by now: the part of the blocks, and whether those of the lens are. */
  get packed(): { readonly blocks: number; readonly lens: boolean } {
    return { blocks: this.kept.blocks ? this.packedBlocks : 0, lens: this.kept.lens && this.pool.isPacked('lens through final norm') };
  }

  private get packedBlocks(): number {
    const { blocks } = this.spec;
    if (this.pool.isPacked('pass')) return 1;
    return blocks.filter((_, layer) => this.pool.isPacked(`run ${this.marks.at(layer)}`)).length / blocks.length;
  }

  /** Repacks the weights of one more graph that will be used again; see `SessionPool.packNext`. */
  packNext(): Promise<boolean> {
    return this.pool.packNext();
  }

  /** What tokens bring to the stream; see `buildEmbedGraph`. @param first the position of the first of them */
  embed(ids: readonly number[], first = 0): Promise<Results> {
    return this.pool.use({ key: `embed${this.marks.ends}`, load: 'light', build: () => buildEmbedGraph(this.weights, this.spec) }, (run) =>
      run({ tokens: indices(ids), first: indices([first]) }),
    );
  }

  /** Whether a pass of so many tokens is faster in one graph; see `buildPassGraph`. */
  runsAtOnce(tokens: number): boolean {
    const isOrdinary = this.embedsAlike && this.firstOther === this.spec.blocks.length;
    return this.pool.isSmall && !this.weights.streamsAny && isOrdinary && tokens <= FEW_TOKENS && canRunAtOnce(this.spec);
  }

  /** See `buildPassGraph`. */
  pass(ids: readonly number[]): Promise<Results> {
    const build = () => buildPassGraph(this.weights, this.spec);
    return this.pool.use({ key: 'pass', load: this.load('warm', 'blocks'), build, mayLeave: true }, (run) =>
      run({ tokens: indices(ids), first: indices([0]), ...this.positions(0, ids.length, ids.length) }),
    );
  }

  /** See `buildBlockGraph`. */
  block<T>(layer: number, variant: BlockVariant, work: Work<T>): Promise<T> {
    return this.pool.use(
      {
        key: `${variant} ${this.marks.at(layer)}`,
        load: this.blockLoad(layer, LOAD[variant]),
        build: this.blockGraph(layer, variant, false),
        frugal: true,
        mayLeave: variant === 'run',
      },
      work,
    );
  }

  /** The `summary` of a block for many passes in a row: as fast as a mere run, at the price of a copy of its weights until `endSurvey`. */
  surveyBlock<T>(layer: number, work: Work<T>): Promise<T> {
    return this.pool.use(
      {
        key: `survey ${this.marks.at(layer)}`,
        load: this.blockLoad(layer, 'hot'),
        build: this.blockGraph(layer, 'summary', false),
        frugal: true,
      },
      work,
    );
  }

  /** Gives the memory of all `surveyBlock`s back. */
  endSurvey(): Promise<void> {
    return this.pool.drop(this.spec.blocks.map((_, layer) => `survey ${this.marks.at(layer)}`));
  }

  /** The graph of a block that is intervened on: run now and then, so never worth a private copy of its weights. */
  editedBlock<T>(layer: number, variant: BlockVariant, work: Work<T>): Promise<T> {
    const load = variant === 'inspect' ? 'light' : 'heavy';
    return this.pool.use(
      { key: `edited ${variant} ${this.marks.at(layer)}`, load, build: this.blockGraph(layer, variant, true), frugal: true },
      work,
    );
  }

  /** See `buildSelectGraph`. */
  select<T>(layer: number, work: Work<T>): Promise<T> {
    const build = () => buildSelectGraph(this.weights, this.spec.blocks[layer]);
    return this.pool.use({ key: `select ${this.marks.at(layer)}`, load: 'light', build, frugal: true }, work);
  }

  /** See `buildNeuronRowsGraph`. @param mlp of the layer */
  neuronRows<T>(layer: number, mlp: MixtureSpec, work: Work<T>): Promise<T> {
    const build = () => buildNeuronRowsGraph(this.weights, mlp);
    return this.pool.use({ key: `neuron rows ${this.marks.at(layer)}`, load: 'light', build, frugal: true }, work);
  }

  /** See `buildSourceSharesGraph`. */
  sourceShares<T>(layer: number, work: Work<T>): Promise<T> {
    const build = () => buildSourceSharesGraph(this.weights, this.spec.blocks[layer]);
    return this.pool.use({ key: `source shares ${this.marks.at(layer)}`, load: 'light', build, frugal: true }, work);
  }

  /** See `buildNeuronSharesGraph`. */
  neuronShares<T>(layer: number, work: Work<T>): Promise<T> {
    const build = () => buildNeuronSharesGraph(this.weights, this.spec.blocks[layer]);
    return this.pool.use({ key: `neuron shares ${this.marks.at(layer)}`, load: 'light', build, frugal: true }, work);
  }

  /** See `buildLensGraph`. */
  lens<T>(through: LensThrough, work: Work<T>): Promise<T> {
    const load = through === 'final norm' && this.embedsAlike ? this.load('warm', 'lens') : 'heavy';
    const build = () => buildLensGraph(this.weights, this.spec, through);
    return this.pool.use({ key: `lens through ${through}${this.marks.ends}`, load, build }, work);
  }

  /** See `buildGramGraph`. */
  gram<T>(work: Work<T>): Promise<T> {
    return this.pool.use({ key: 'gram', load: 'heavy', build: () => buildGramGraph(this.weights, this.spec.dModel) }, work);
  }

  /** See `buildJudgeGraph`. */
  judge<T>(work: Work<T>): Promise<T> {
    return this.pool.use({ key: `judge${this.marks.ends}`, load: 'heavy', build: () => buildJudgeGraph(this.weights, this.spec) }, work);
  }

  /** See `buildPredictionsGraph`. */
  predictions<T>(work: Work<T>): Promise<T> {
    return this.pool.use(
      { key: `predictions${this.marks.ends}`, load: 'heavy', build: () => buildPredictionsGraph(this.weights, this.spec) },
      work,
    );
  }

  /** Gives back what fitting a lens holds. */
  endFit(): Promise<void> {
    return this.pool.drop(['gram', `predictions${this.marks.ends}`, `judge${this.marks.ends}`]);
  }

  /** See `buildTargetGraph`. */
  target<T>(work: Work<T>): Promise<T> {
    return this.pool.use({ key: `target${this.marks.ends}`, load: 'light', build: () => buildTargetGraph(this.weights, this.spec) }, work);
  }

  /** See `buildFrozenNormGraph`. */
  frozenNorm<T>(norm: NormSpec, work: Work<T>): Promise<T> {
    return this.pool.use(
      { key: `frozen norm${this.marks.ends}`, load: 'light', build: () => buildFrozenNormGraph(this.weights, this.spec.dModel, norm) },
      work,
    );
  }

  /** See `buildFinalNormGraph`. */
  finalNorm<T>(norm: NormSpec, work: Work<T>): Promise<T> {
    return this.pool.use(
      { key: `final norm${this.marks.ends}`, load: 'light', build: () => buildFinalNormGraph(this.weights, this.spec.dModel, norm) },
      work,
    );
  }

  /** See `buildUnembedGraph`. */
  unembed<T>(work: Work<T>): Promise<T> {
    return this.pool.use(
      { key: `unembed${this.marks.ends}`, load: 'heavy', build: () => buildUnembedGraph(this.weights, this.spec) },
      work,
    );
  }

  /**
   * What a block's graph is told of positions 0 … length − 1 of a prompt; see `positionalInputs`. Rotation may depend on
   * how long the whole prompt is.
   */
  positions(layer: number, length: number, promptLength: number): Readonly<Record<string, Feed>> {
    return this.tables.feeds(this.spec.blocks[layer].attention, { from: 0, to: length, promptLength });
  }

  /** The same of positions that come after others; see `Span`. */
  positionsOf(layer: number, span: Span): Readonly<Record<string, Feed>> {
    return this.tables.feeds(this.spec.blocks[layer].attention, span);
  }

  /**
   * What a block's graph is told: the stream that enters it at the first n positions of a prompt, and what these positions are.
   *
   * @param rows [copies · n,d]
   * @param copies more than one for `run` alone; see `buildBlockGraph`
   */
  entering(layer: number, variant: BlockVariant, rows: Float32Array, promptLength: number, copies = 1): Readonly<Record<string, Feed>> {
    const { dModel: d } = this.spec;
    const n = rows.length / d / copies;
    return {
      resid_pre: floats(rows, variant === 'run' ? [copies, n, d] : [n, d]),
      ...this.positions(layer, n, promptLength),
    };
  }

  /** Gives all memory back. */
  release(): Promise<void> {
    return this.pool.release();
  }

  /** Only weights that are kept are worth a copy. */
  private load(load: GraphLoad, part: keyof KeptWeights): GraphLoad {
    return (load === 'hot' || load === 'warm') && !this.kept[part] ? 'heavy' : load;
  }

  /** A block that is seldom run is not worth one. */
  private blockLoad(layer: number, load: GraphLoad): GraphLoad {
    return load === 'hot' && this.marks.isOther(layer) ? 'heavy' : this.load(load, 'blocks');
  }

  private blockGraph(layer: number, variant: BlockVariant, edited: boolean): () => Uint8Array {
    const { blocks, contextLength } = this.spec;
    return () => buildBlockGraph(this.weights, blocks[layer], { variant, edited, contextLength });
  }
}
