/** Gradients in words. */
import * as l10n from '@vscode/l10n';
import type { BackwardLens } from '../insight/backward-lens';
import { assertNever } from '../problem';
import { showToken, type TokenText } from '../text/token-text';

/** What gradients are read through, whichever lens is chosen. */
export const GRADIENT_LENS = l10n.t('Gradients are read through the logit lens, whichever lens is chosen.');

/** Why a gradient says nothing, as one sentence. */
export function saturationInWords(saturated: NonNullable<BackwardLens['saturated']>, target: Pick<TokenText, 'text' | 'fragment'>): string {
  switch (saturated) {
    case 'softmax':
      return l10n.t('The model is all but certain of {0}, so the gradient vanishes. Choose another target.', showToken(target));
    case 'soft-cap':
      return l10n.t('The logits are at their soft-cap, so the gradient vanishes.');
    default:
      return assertNever(saturated);
  }
}
