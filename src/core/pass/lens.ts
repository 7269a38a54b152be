/** What the lens is asked, and what it answers. d as in docs/method.md, N rows at once. */
import { DEFAULT_MEASURE } from '../format/default-measure';
import type { ShareMeasure, TokenMeasure } from '../format/share-measure';

/** The token under study, or the difference of two logits: what speaks for `id` rather than for `against`. */
export interface Target {
  readonly id: number;
  /** With it logits and shares are those of logit(id) − logit(against); rank and probability stay those of `id`. */
  readonly against?: number;
  /** what shares are of, if there is no `against`; absent: `centred` */
  readonly measure?: TokenMeasure;
}

/** The target that one of the rows predicts: learnt while they are read, which spares reading that row by itself before. */
export interface PredictedTarget extends Omit<Target, 'id'> {
  /** the row */
  readonly predictedBy: number;
}

/** What the shares of a target are shares of. */
export function measureOf({ against, measure = DEFAULT_MEASURE }: Pick<Target, 'against' | 'measure'>): ShareMeasure {
  return against === undefined ? measure : 'difference';
}

/** What the lens is asked. */
export interface LensRequest {
  readonly target: Target | PredictedTarget;
  /** tokens per list; capped at the size of the vocabulary */
  readonly k: number;
  /** position whose final-norm scale is frozen for the shares */
  readonly position: number;
  /** `unembedding`: rows are read without the final norm and without the unembedding's bias; absent: the logit lens */
  readonly through?: 'unembedding';
  /** where each row belongs, for lenses that have a map for every border; absent: at the end, where all lenses are one */
  readonly at?: readonly StreamPlace[];
}

/** Through the map of which border a vector is read. */
export interface StreamPlace {
  /** 0: the stream that enters the first block, L: the one that leaves the last */
  readonly border: number;
  /** `stream`: the stream itself; `part`: a summand of it or a row of a weight, read without the map’s offset */
  readonly as: 'stream' | 'part';
}

/** The same place for several rows. */
export function allAt(border: number, as: StreamPlace['as'], count: number): StreamPlace[] {
  return Array.from({ length: count }, () => ({ border, as }));
}

/** The stream at so many borders, from the first on. */
export function atBorders(count: number): StreamPlace[] {
  return Array.from({ length: count }, (_, border) => ({ border, as: 'stream' }));
}

/** What is written in layers, each a part of the stream that leaves its own. */
export function writtenIn(rows: readonly { readonly layer: number }[]): StreamPlace[] {
  return rows.map(({ layer }) => ({ border: layer + 1, as: 'part' }));
}

/** Answers of the lens for N rows, as flat arrays. */
export interface LensBatch {
  /** [N,k] */ readonly topIds: Int32Array;
  readonly topLogits: Float32Array;
  readonly topProbabilities: Float32Array;
  /** [N,k] least likely first */ readonly bottomIds: Int32Array;
  readonly bottomLogits: Float32Array;
  readonly bottomProbabilities: Float32Array;
  /** id of the target */ readonly target: number;
  /** [N] the target's logit, or the difference of two */ readonly targetLogits: Float32Array;
  readonly targetProbabilities: Float32Array;
  /** [N] 1 + number of strictly larger logits */ readonly targetRanks: Int32Array;
  /** [N] bits */ readonly entropies: Float32Array;
  /** [N] Euclidean norms of the rows themselves */ readonly norms: Float32Array;
  /**
   * [N] ⟨(x − mean x)·γ / σ_p, U⟩: the row's share, if it is a summand of the final stream, of what the target's measure names. U is
   * the target's unembedding less the mean of the vocabulary's (`centred`), or less that of `against`, or alone (`raw`).
   */
  readonly shares: Float32Array;
  /** actual k of the lists */ readonly k: number;
}
