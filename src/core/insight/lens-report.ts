/** What is said of a lens that has been fitted. */
import type { LensFigures } from '../format/lens-info';
import type { ModelInfo } from '../format/flow-graph';

/** Figures are of text that the maps were not fitted on. */
export interface LensReport {
  readonly schema: 'visit.lens-report/1';
  readonly model: ModelInfo;
  readonly name: string;
  /** fingerprint of the weights that it was made for */
  readonly weights: string;
  readonly file: string;
  readonly ridge: number;
  /** tokens that were fitted on, that the ridge strength was chosen on, and that the figures are of */
  readonly tokens: { readonly fitted: number; readonly chosen: number; readonly judged: number };
  readonly logit: LensFigures;
  readonly fitted: LensFigures;
  /** what a guess reaches that knows only how likely each token is on average */
  readonly baseline: { readonly agreement: number; readonly divergence: number };
  /** parts of texts that could not be run, and why */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  /** why the ridge strength is not what was asked for; absent: it is */
  readonly note?: string;
}
