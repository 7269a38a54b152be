/** What one should know of effects before one trusts them, a sentence each. */
import * as l10n from '@vscode/l10n';
import type { EffectsSummary } from '../format/effects';

/** What an answer's estimates are worth, where that is little; null: nothing needs to be said. */
export function saturationNote({ saturated }: Pick<EffectsSummary, 'saturated'>): string | null {
  switch (saturated) {
    case undefined:
      return null;
    case 'softmax':
      return l10n.t('The probability of the target is all but 1, so its gradient vanishes: these estimates say nothing.');
    case 'soft-cap':
      return l10n.t('The target’s logit is at the model’s soft-cap, so its gradient vanishes: these estimates say nothing.');
  }
}

/** Which positions have no effects because the other prompts are too short; null: all have. */
export function unalignedNote({ first, baseline }: Pick<EffectsSummary, 'first' | 'baseline'>): string | null {
  if (first === 0) return null;
  const last = first - 1;
  if (baseline === 'twin') {
    return first === 1
      ? l10n.t('The twin prompt is shorter: aligned from the end, position 0 has no partner and no effect.')
      : l10n.t`The twin prompt is shorter: aligned from the end, positions 0 to ${last} have no partner and no effect.`;
  }
  return first === 1
    ? l10n.t('The prompts of the mean are shorter: aligned from the end, position 0 has no partner and no effect.')
    : l10n.t`The prompts of the mean are shorter: aligned from the end, positions 0 to ${last} have no partner and no effect.`;
}
