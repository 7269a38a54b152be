/** By what caches know the model that has answered, and the lens that it was read through. */
import type { LensInfo } from '../format/lens-info';

/** @param files names the model's files, in hex digits; with the logit lens it is all */
export function readThrough(files: string, lens: LensInfo | undefined): string {
  return lens?.id === undefined ? files : `${files}-${lens.id}`;
}

/** The same model, whatever it is read through. */
export function whateverLens(fingerprint: string): string {
  return fingerprint.split('-')[0] ?? fingerprint;
}
