/** Gradients in words. */
import type { BackwardLens } from '../insight/backward-lens';
import { assertNever } from '../problem';
import { showToken, type TokenText } from '../text/token-text';

/** Why a gradient says nothing, as one sentence. */
export function saturationInWords(saturated: NonNullable<BackwardLens['saturated']>, target: Pick<TokenText, 'text' | 'fragment'>): string {
  switch (saturated) {
    case 'softmax':
      return `The model is all but certain of ${showToken(target)}, so the gradient vanishes: choose another target.`;
    case 'soft-cap':
      return 'The logits are at their soft-cap, so the gradient vanishes.';
    default:
      return assertNever(saturated);
  }
}
