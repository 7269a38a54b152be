import type { ModelSpec } from './architecture/model-spec';
import { buildBlockGraph } from './onnx/block-graph';
import type { BlockVariant } from './onnx/block-graph';
import { buildEmbedGraph } from './onnx/embed-graph';
import { buildFrozenNormGraph, buildLensGraph, buildTargetGraph, buildUnembedGraph } from './onnx/lens-graph';
import type { LensThrough } from './onnx/lens-graph';
import { buildSelectGraph } from './onnx/select-graph';
import type { GraphLoad, RunGraph, SessionPool } from './onnx/session-pool';
import type { Weights } from './onnx/weights';

/** What is done with a graph while its session is there. */
type Work<T> = (run: RunGraph) => Promise<T>;

const LOAD: Readonly<Record<BlockVariant, GraphLoad>> = { run: 'hot', trace: 'heavy', probe: 'heavy', inspect: 'light' };

/** The graphs of one model by what they compute; sessions are made when they are first needed. */
export class ModelGraphs {
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
    const build = () => buildBlockGraph(this.weights, this.spec.blocks[layer], variant, false);
    return this.use(`${variant} ${layer}`, LOAD[variant], build, work);
  }

  /** The graph of a block that an intervention touches: run now and then, so never worth a private copy of its weights. */
  editedBlock<T>(layer: number, variant: BlockVariant, work: Work<T>): Promise<T> {
    const build = () => buildBlockGraph(this.weights, this.spec.blocks[layer], variant, true);
    return this.use(`edited ${variant} ${layer}`, variant === 'inspect' ? 'light' : 'heavy', build, work);
  }

  /** See `buildSelectGraph`. */
  select<T>(layer: number, work: Work<T>): Promise<T> {
    return this.use(`select ${layer}`, 'light', () => buildSelectGraph(this.weights, this.spec.blocks[layer]), work);
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
  frozenNorm<T>(work: Work<T>): Promise<T> {
    return this.use('frozen norm', 'light', () => buildFrozenNormGraph(this.weights, this.spec), work);
  }

  /** See `buildUnembedGraph`. */
  unembed<T>(work: Work<T>): Promise<T> {
    return this.use('unembed', 'heavy', () => buildUnembedGraph(this.weights, this.spec), work);
  }

  /** Gives all memory back. */
  release(): Promise<void> {
    return this.pool.release();
  }

  private use<T>(key: string, load: GraphLoad, build: () => Uint8Array, work: Work<T>): Promise<T> {
    return this.pool.use({ key, load, build }, work);
  }
}
