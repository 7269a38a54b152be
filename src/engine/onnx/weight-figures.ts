/** What follows from a model's weights alone: computed once, when it is first needed, and kept; a few numbers for each row, and a few rows. */
import type { ModelSpec } from '../../model/architecture/model-spec';
import type { VariantMarks } from './adapter-off';
import { buildBlockFiguresGraph } from './block-figures-graph';
import { keptOr } from './kept-or';
import { floats, type Results, type SessionPool } from './session-pool';
import { buildMeanTokenGraph, equalParts } from './target-graph';
import type { Weights } from './weights';

/** What reads the mean of all logits, before the final norm's gain and scale; see `buildMeanTokenGraph`. */
export interface MeanToken {
  /** [w] */ readonly row: Float32Array;
  readonly bias: number;
}

/** What `buildBlockFiguresGraph` answers, by the mark of each block: variants of a model share what is alike. */
export type KeptFigures = Map<string, Promise<Results>>;

/** See the head of this file. */
export class WeightFigures {
  private mean: Promise<MeanToken> | undefined;

  constructor(
    private readonly spec: ModelSpec,
    private readonly weights: Weights,
    private readonly pool: SessionPool,
    private readonly marks: VariantMarks,
    readonly ofBlocks: KeptFigures = new Map(),
  ) {}

  /** See `buildBlockFiguresGraph`. */
  ofBlock(layer: number): Promise<Results> {
    const mark = this.marks.at(layer);
    return keptOr(this.ofBlocks, mark, () => this.computeOfBlock(layer, mark));
  }

  /** The mean of the whole vocabulary's unembeddings. */
  meanToken(): Promise<MeanToken> {
    this.mean ??= this.computeMeanToken();
    // A failure is not kept, so that the next call tries again.
    this.mean.catch(() => (this.mean = undefined));
    return this.mean;
  }

  /** Whether the mean token is yet to be computed. */
  get wantsMeanToken(): boolean {
    return this.mean === undefined;
  }

  /** Keeps the mean token of a vocabulary without a bias, which was computed on the way. */
  learnMeanToken(row: Float32Array): void {
    this.mean = Promise.resolve({ row, bias: 0 });
  }

  private async computeOfBlock(layer: number, mark: string): Promise<Results> {
    const build = () => buildBlockFiguresGraph(this.weights, this.spec.blocks[layer]);
    const graph = { key: `figures ${mark}`, load: 'light', build, frugal: true } as const;
    const results = await this.pool.use(graph, (run) => run({}));
    await this.pool.drop([graph.key]);
    return results;
  }

  private async computeMeanToken(): Promise<MeanToken> {
    const { vocabSize } = this.spec;
    const build = () => buildMeanTokenGraph(this.weights, this.spec);
    const graph = { key: `mean token${this.marks.ends}`, load: 'heavy', build } as const;
    const results = await this.pool.use(graph, (run) => run({ parts: floats(equalParts(vocabSize), [1, vocabSize]) }));
    await this.pool.drop([graph.key]);
    return { row: results.floats('row'), bias: results.floats('bias')[0] };
  }
}
