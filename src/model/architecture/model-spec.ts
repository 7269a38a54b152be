/**
 * What a model is, apart from its family: dimensions, the parts of each block, and for every weight the name of the
 * tensor that holds it. A family's file turns config.json into a `ModelSpec`; the graph builders read nothing else.
 */

import type { AttentionSpec } from './attention-spec';
import type { FeedForwardSpec } from './feed-forward-spec';
import type { LinearSpec, NormSpec, TableSpec } from './weight-spec';

export * from './attention-spec';
export * from './feed-forward-spec';
export type * from './weight-spec';

/** From token ids to the first block's input: norm(projection(table[id] · scale)) + positions. */
export interface EmbeddingSpec {
  readonly tokens: TableSpec;
  /** what the table's rows are multiplied with; absent: 1 */
  readonly scale?: number;
  /** maps the table's width to the model's; absent where they are the same */
  readonly projection?: LinearSpec;
  /** absent: none */
  readonly norm?: NormSpec;
  /** what is added for positions; absent: nothing */
  readonly positions?: PositionsSpec | SinusoidSpec;
}

/** A table of learned positions, which starts with `offset` rows that no position uses. */
export interface PositionsSpec extends TableSpec {
  readonly offset: number;
}

/**
 * Positions that are computed (Vaswani et al. 2017, arXiv 1706.03762): sines in the first half of the features, cosines in the second,
 * of position + offset at wavelengths from 2π to 2π · base.
 */
export interface SinusoidSpec {
  /** features; even */
  readonly width: number;
  readonly offset: number;
  readonly base: number;
}

/**
 * One block. With the norms that it has not left out:
 *
 * - `sequential`: mid = pre + post1(attention(ln1(pre))), post = mid + post2(mlp(ln2(mid)))
 * - `parallel`: post = pre + post1(attention(ln1(pre))) + post2(mlp(ln2(pre))); without ln2 both branches read ln1(pre)
 * - `post-norm`: mid = pre + attention(pre), post = ln2(ln1(mid) + mlp(ln1(mid)))
 */
export interface BlockSpec {
  readonly wiring: 'sequential' | 'parallel' | 'post-norm';
  readonly ln1?: NormSpec;
  readonly attention: AttentionSpec;
  /** norm of what attention writes, before it is added */
  readonly ln1Post?: NormSpec;
  readonly ln2?: NormSpec;
  readonly mlp: FeedForwardSpec;
  /** norm of what the feed-forward layer writes, before it is added */
  readonly ln2Post?: NormSpec;
  /** what attention and feed-forward layer write is multiplied with this before it is added; absent: 1 */
  readonly branchScale?: number;
}

/** From the last block's output to logits: cap(unembed(projection(norm(x))) · scale). */
export interface UnembeddingSpec {
  /** absent: none */
  readonly norm?: NormSpec;
  /** maps the model's width to the table's; absent where they are the same */
  readonly projection?: LinearSpec;
  /** [outputs = vocabSize]; names the token table where the two are tied */
  readonly table: LinearSpec;
  /** what logits are multiplied with; absent: 1 */
  readonly scale?: number;
  /** c in c·tanh(logit / c), after the scale; absent: none */
  readonly softCap?: number;
}

/** A whole decoder-only transformer. */
export interface ModelSpec {
  /** `model_type` of config.json */
  readonly family: string;
  readonly dModel: number;
  readonly vocabSize: number;
  readonly contextLength: number;
  readonly embedding: EmbeddingSpec;
  /** at least one; all with the same dimensions and wiring */
  readonly blocks: readonly BlockSpec[];
  readonly unembedding: UnembeddingSpec;
}
