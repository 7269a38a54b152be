/** The graphs of a model’s backward pass by what they compute; sessions are made when they are first needed. */
import type { ModelSpec } from '../../../model/architecture/model-spec';
import type { VariantMarks } from '../adapter-off';
import type { Work } from '../graph-work';
import type { SessionPool } from '../session-pool';
import type { Weights } from '../weights';
import { buildBlockGradientGraph, buildDifferentiatedBlockGraph, buildFeedForwardUpdateGraph } from './block-gradient-graph';
import type { BlockGradientOptions } from './block-gradient-graph';
import { buildDenseGradientGraph, buildLogitsGradientGraph } from './quantity-gradient-graph';
import type { DenseQuantity } from './quantity-gradient-graph';

type Edited = BlockGradientOptions['edited'];

/** See the head of this file. */
export class BackwardGraphs {
  constructor(
    private readonly spec: ModelSpec,
    private readonly weights: Weights,
    private readonly pool: SessionPool,
    private readonly marks: VariantMarks,
  ) {}

  /** See `buildBlockGradientGraph`. */
  blockGradient<T>(layer: number, edited: Edited, work: Work<T>): Promise<T> {
    const { blocks, contextLength } = this.spec;
    const build = () => buildBlockGradientGraph(this.weights, blocks[layer], { edited, contextLength });
    return this.pool.use({ key: this.keyOf('gradient', layer, edited), load: 'heavy', build, frugal: true }, work);
  }

  /** See `buildFeedForwardUpdateGraph`. */
  feedForwardUpdate<T>(layer: number, edited: Edited, work: Work<T>): Promise<T> {
    const { blocks, contextLength } = this.spec;
    const build = () => buildFeedForwardUpdateGraph(this.weights, blocks[layer], { edited, contextLength });
    return this.pool.use({ key: this.keyOf('feed-forward update', layer, edited), load: 'light', build, frugal: true }, work);
  }

  /** See `buildDifferentiatedBlockGraph`. */
  differentiatedBlock<T>(layer: number, edited: Edited, work: Work<T>): Promise<T> {
    const { blocks, contextLength } = this.spec;
    const build = () => buildDifferentiatedBlockGraph(this.weights, blocks[layer], { edited, contextLength });
    return this.pool.use({ key: this.keyOf('differentiated', layer, edited), load: 'heavy', build, frugal: true }, work);
  }

  /** See `buildLogitsGradientGraph`. */
  logitsGradient<T>(work: Work<T>): Promise<T> {
    const build = () => buildLogitsGradientGraph(this.weights, this.spec);
    return this.pool.use({ key: `gradient of logits${this.marks.ends}`, load: 'light', build }, work);
  }

  /** See `buildDenseGradientGraph`. */
  denseGradient<T>(quantity: DenseQuantity, work: Work<T>): Promise<T> {
    const build = () => buildDenseGradientGraph(this.weights, this.spec, quantity);
    return this.pool.use({ key: `gradient of a ${quantity}${this.marks.ends}`, load: 'heavy', build }, work);
  }

  private keyOf(what: string, layer: number, edited: Edited): string {
    return `${what} ${this.marks.at(layer)}, edited: ${edited}`;
  }
}
