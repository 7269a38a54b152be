/** What is in a calibration, in the words of its view. */
import * as l10n from '@vscode/l10n';
import type { Calibration, Place, Predictor } from '#core/insight/calibration';
import type { CalibratedKind } from '#core/insight/calibration';
import { formatNumber } from '../../lib/format/number';

export const KIND_NAMES: Readonly<Record<CalibratedKind, string>> = {
  head: l10n.t('Heads'),
  neuron: l10n.t('Neurons'),
  attention: l10n.t('Attention outputs'),
  mlp: l10n.t('Feed-forward outputs'),
};

export const PLACE_NAMES: Readonly<Record<Place, string>> = {
  last: l10n.t('last'),
  earlier: l10n.t('between'),
  first: l10n.t('first'),
};

export const PREDICTOR_NAMES: Readonly<Record<Predictor, string>> = {
  estimated: l10n.t('Estimate'),
  centred: l10n.t('Centred share'),
  raw: l10n.t('Raw share'),
  difference: l10n.t('Share of the difference'),
};

/** What predicts in a calibration, the estimate first. */
export function predictorsOf({ of }: Pick<Calibration, 'of'>): readonly Predictor[] {
  return of === 'difference' ? ['estimated', 'difference'] : ['estimated', 'centred', 'raw'];
}

/** What every effect of it is on. */
export function quantityInWords({ of }: Pick<Calibration, 'of'>): string {
  return of === 'difference'
    ? l10n.t('the prediction’s logit less that of the runner-up')
    : l10n.t('the prediction’s logit less the mean of all logits');
}

/** How much was measured, in a line. */
export function calibrationInShort({ model, measured, prompts, skipped, saturated }: Calibration): string {
  const all = l10n.t('{0}: {1} components switched off one by one, on {2} prompts', model.name, measured.toLocaleString('en'), prompts);
  const notes = [
    ...(skipped.length > 0 ? [l10n.t('{0} prompts left out', formatNumber(skipped.length))] : []),
    ...(saturated > 0 ? [l10n.t('{0} prompts at the soft-cap, where estimates say nothing', formatNumber(saturated))] : []),
  ];
  return [all, ...notes].join('; ');
}
