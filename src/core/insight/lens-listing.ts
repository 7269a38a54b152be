/** The lenses that a model can be read through, besides the logit lens. */
import type { LensReport } from './lens-report';

/** One of them, with what is known of it. */
export interface LensEntry extends Pick<LensReport, 'kind' | 'name' | 'file' | 'ridge' | 'tokens' | 'logit' | 'fitted' | 'baseline'> {
  /** `kept`: by the user, who can delete it; `published`: with the model */
  readonly source: 'kept' | 'published';
}

/** See the head of this file. */
export interface LensListing {
  readonly schema: 'visit.lenses/1';
  /** fingerprint of the weights */
  readonly weights: string;
  /** what is used where none is chosen: a lens's name, or `logit` */
  readonly unchosen: string;
  readonly lenses: readonly LensEntry[];
  /** files that should be lenses of this model and are not used, a sentence each */
  readonly refused: readonly string[];
}
