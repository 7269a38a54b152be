import { alibiBiases } from '../../model/architecture/parts/alibi';
import type { ModelSpec, NormSpec } from '../../model/architecture/model-spec';
import { rotaryTables } from '../../model/architecture/parts/rotary';
import { buildBlockGradientGraph } from '../onnx/backward/block-gradient-graph';
import type { GradientVariant } from '../onnx/backward/block-gradient-graph';
import { buildDenseGradientGraph, buildLogitsGradientGraph } from '../onnx/backward/quantity-gradient-graph';
import type { DenseQuantity } from '../onnx/backward/quantity-gradient-graph';
import { buildBlockGraph } from '../onnx/block-graph';
import type { BlockVariant } from '../onnx/block-graph';
import { buildEmbedGraph } from '../onnx/embed-graph';
import { buildFinalNormGraph, buildFrozenNormGraph, buildLensGraph, buildTargetGraph, buildUnembedGraph } from '../onnx/lens-graph';
import type { LensThrough } from '../onnx/lens-graph';
import { buildSelectGraph } from '../onnx/select-graph';
import { floats } from '../onnx/session-pool';
import type { Feed, GraphLoad, RunGraph, SessionPool } from '../onnx/session-pool';
import type { Weights } from '../onnx/weights';

/** What is done with a graph while its session is there. */
type Work<T> = (run: RunGraph) => Promise<T>;

const LOAD: Readonly<Record<BlockVariant, GraphLoad>> = { run: 'hot', trace: 'heavy', probe: 'heavy', inspect: 'light' };

/** The graphs of one model by what they compute; sessions are made when they are first needed. */
export class ModelGraphs {
  private readonly positionTables = new WeakMap<object, { readonly length: number; readonly tables: unknown }>();

  constructor(
    readonly spec: ModelSpec,
    private readonly weights: Weights,
    private readonly pool: SessionPool,
  ) {}

  /** See `buildEmbedGraph`. */
  embed<T>(work: Work<T>): Promise<T> {
    return this.use('embed', 'light', () => buildEmbedGraph(this.weights, this.spec), work);
  }

  /** See `buildBlockGraph`. */
  block<T>(layer: number, variant: BlockVariant, work: Work<T>): Promise<T> {
    const build = () => buildBlockGraph(this.weights, this.spec.blocks[layer], variant, false, this.spec.contextLength);
    return this.use(`${variant} ${layer}`, LOAD[variant], build, work, true);
  }

  /** The `probe` of a block for many passes in a row: as fast as a mere run, at the price of a copy of its weights until `endSurvey`. */
  surveyBlock<T>(layer: number, work: Work<T>): Promise<T> {
    const build = () => buildBlockGraph(this.weights, this.spec.blocks[layer], 'probe', false, this.spec.contextLength);
    return this.use(`survey ${layer}`, 'hot', build, work, true);
  }

  /** Gives the memory of all `surveyBlock`s back. */
  endSurvey(): Promise<void> {
    return this.pool.drop(this.spec.blocks.map((_, layer) => `survey ${layer}`));
  }

  /** The graph of a block that an intervention touches: run now and then, so never worth a private copy of its weights. */
  editedBlock<T>(layer: number, variant: BlockVariant, work: Work<T>): Promise<T> {
    const build = () => buildBlockGraph(this.weights, this.spec.blocks[layer], variant, true, this.spec.contextLength);
    return this.use(`edited ${variant} ${layer}`, variant === 'inspect' ? 'light' : 'heavy', build, work, true);
  }

  /** See `buildBlockGradientGraph`. */
  blockGradient<T>(layer: number, variant: GradientVariant, work: Work<T>): Promise<T> {
    const build = () => buildBlockGradientGraph(this.weights, this.spec.blocks[layer], variant, this.spec.contextLength);
    return this.use(`gradient ${variant} ${layer}`, 'heavy', build, work, true);
  }

  /** See `buildLogitsGradientGraph`. */
  logitsGradient<T>(work: Work<T>): Promise<T> {
    return this.use('gradient of logits', 'light', () => buildLogitsGradientGraph(this.weights, this.spec), work);
  }

  /** See `buildDenseGradientGraph`. */
  denseGradient<T>(quantity: DenseQuantity, work: Work<T>): Promise<T> {
    return this.use(`gradient of a ${quantity}`, 'heavy', () => buildDenseGradientGraph(this.weights, this.spec, quantity), work);
  }

  /** See `buildSelectGraph`. */
  select<T>(layer: number, work: Work<T>): Promise<T> {
    return this.use(`select ${layer}`, 'light', () => buildSelectGraph(this.weights, this.spec.blocks[layer]), work, true);
  }

  /** See `buildLensGraph`. */
  lens<T>(through: LensThrough, work: Work<T>): Promise<T> {
    const load = through === 'final norm' ? 'hot' : 'heavy';
    return this.use(`lens through ${through}`, load, () => buildLensGraph(this.weights, this.spec, through), work);
  }

  /** See `buildTargetGraph`. */
  target<T>(work: Work<T>): Promise<T> {
    return this.use('target', 'light', () => buildTargetGraph(this.weights, this.spec), work);
  }

  /** See `buildFrozenNormGraph`. */
  frozenNorm<T>(norm: NormSpec, work: Work<T>): Promise<T> {
    return this.use('frozen norm', 'light', () => buildFrozenNormGraph(this.weights, this.spec.dModel, norm), work);
  }

  /** See `buildFinalNormGraph`. */
  finalNorm<T>(norm: NormSpec, work: Work<T>): Promise<T> {
    return this.use('final norm', 'light', () => buildFinalNormGraph(this.weights, this.spec.dModel, norm), work);
  }

  /** See `buildUnembedGraph`. */
  unembed<T>(work: Work<T>): Promise<T> {
    return this.use('unembed', 'heavy', () => buildUnembedGraph(this.weights, this.spec), work);
  }

  /**
   * What a block's graph is told of positions 0 … length − 1 of a prompt; see `positionalInputs`. Rotation may depend on
   * how long the whole prompt is.
   */
  positions(layer: number, length: number, promptLength: number): Readonly<Record<string, Feed>> {
    const { rotary, alibi, heads } = this.spec.blocks[layer].attention;
    const rows = (table: Float32Array, width: number) => floats(table.subarray(0, length * width), [length, width]);
    const feeds: Record<string, Feed> = {};
    if (rotary) {
      const { cos, sin } = this.tables(rotary, promptLength, rotaryTables);
      feeds['rotary_cos'] = rows(cos, rotary.width / 2);
      feeds['rotary_sin'] = rows(sin, rotary.width / 2);
    }
    if (alibi) feeds['alibi'] = rows(this.tables(alibi, promptLength, alibiBiases), heads);
    return feeds;
  }

  /** Gives all memory back. */
  release(): Promise<void> {
    return this.pool.release();
  }

  /** Tables of positions are made once for each prompt length, and shared by the blocks whose specifications are the same object. */
  private tables<S extends object, T>(spec: S, length: number, make: (spec: S, length: number) => T): T {
    const known = this.positionTables.get(spec);
    if (known?.length === length) return known.tables as T;
    const tables = make(spec, length);
    this.positionTables.set(spec, { length, tables });
    return tables;
  }

  private use<T>(key: string, load: GraphLoad, build: () => Uint8Array, work: Work<T>, frugal = false): Promise<T> {
    return this.pool.use({ key, load, build, frugal }, work);
  }
}
