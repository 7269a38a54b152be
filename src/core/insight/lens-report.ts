/** What is said of a lens that has been fitted. */
import type { LensFigures, LensInfo } from '../format/lens-info';
import type { ModelInfo } from '../format/flow-graph';

/** Figures are of text that the maps were not fitted on. */
export interface LensReport {
  readonly schema: 'visit.lens-report/1';
  readonly model: ModelInfo;
  readonly kind: Exclude<LensInfo['kind'], 'logit'>;
  readonly name: string;
  /** fingerprint of the weights that it was made for */
  readonly weights: string;
  readonly file: string;
  /** absent: it has no ridge */
  readonly ridge?: number;
  /** of a fitted lens: what part of each border’s map is the ridge solution’s, the rest being the logit lens’s */
  readonly parts?: readonly number[];
  /** tokens that were fitted on, that the ridge strength was chosen on, and that the figures are of */
  readonly tokens: { readonly fitted: number; readonly chosen: number; readonly judged: number };
  readonly logit: LensFigures;
  /** of the lens itself, however it was made */
  readonly fitted: LensFigures;
  /** what a guess reaches that knows only how likely each token is on average */
  readonly baseline: { readonly agreement: number; readonly divergence: number };
  /** parts of texts that could not be run, and why */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  /** what else is to be known of it, in a sentence */
  readonly note?: string;
  /** parts of the texts that an earlier run or shards had summed up */
  readonly known?: { readonly parts: number; readonly of: number };
}

/** What is said of sums that one shard has left for a fit. */
export interface LensSumsReport {
  readonly schema: 'visit.lens-sums-report/1';
  readonly file: string;
  /** parts of the texts that are in the file, and those that all shards make together */
  readonly parts: number;
  readonly of: number;
  /** tokens that are in the file */
  readonly tokens: number;
  readonly skipped: LensReport['skipped'];
}
