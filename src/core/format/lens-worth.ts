/** How lenses are named and ranked; apart from their schema, which the page does not hold. */
import type { LensFigures } from './lens-info';

/** How the lens without maps is asked for. */
export const LOGIT_LENS = 'logit';

/** Of the lenses of a model, the one of this name is used where none is chosen, if it is better than the logit lens at every border. */
export const USUAL_LENS = 'fitted';

/** Whether a lens predicts the model better than another at every border before the last, where all lenses are one: at least as often right, and nearer. */
export function isBetterEverywhere(one: LensFigures, other: LensFigures): boolean {
  const borders = one.divergence.slice(0, -1);
  return borders.every(
    (bits, border) => bits < (other.divergence[border] ?? 0) && (one.agreement[border] ?? 0) >= (other.agreement[border] ?? 1),
  );
}
