/** Where estimated effects are poor, in words. */
import * as l10n from '@vscode/l10n';
import type { Calibration, Place } from '../insight/calibration';
import type { RankedKind } from '../insight/effects';
import { assertNever } from '../problem';

/** Below this correlation with what is measured, of the figures or of their ranks, an estimate is called poor. */
export const POOR_BELOW = 0.8;

/** What is estimated. */
export interface EstimatedComponent {
  readonly kind: RankedKind;
  readonly layer: number;
  readonly place: Place;
}

/**
 * What to know of the estimate for a component; null: nothing needs to be said.
 *
 * @param calibration of the model; null: it has none, and what holds for most models is said
 */
export function estimateCaveat(
  { kind, layer, place }: EstimatedComponent,
  calibration: Pick<Calibration, 'rows' | 'prompts'> | null,
): string | null {
  const row = calibration?.rows.find(
    (each) => each.kind === kind && each.place === place && each.depth !== 'all' && each.layers.from <= layer && layer <= each.layers.to,
  );
  const correlation = row?.correlations.estimated;
  if (!calibration || !row || !correlation) return inGeneral(kind, place);
  const worst = Math.min(correlation.pearson, correlation.spearman);
  if (worst >= POOR_BELOW) return null;
  const { from, to } = row.layers;
  return l10n.t(
    'In this model, estimates like this one are poor (layers {0} to {1}: correlation {2} with what was measured on {3} prompts). Measure it.',
    from,
    to,
    worst.toFixed(2).replace('-', '−'),
    calibration.prompts,
  );
}

function inGeneral(kind: RankedKind, place: Place): string | null {
  switch (kind) {
    case 'attention':
    case 'mlp':
      return l10n.t('Estimates for a whole layer can be far off. Measure it.');
    case 'head':
      return place === 'first'
        ? l10n.t('Many models attend to the first position whatever it says, and estimates there can be far off. Measure it.')
        : null;
    case 'neuron':
      return null;
    default:
      return assertNever(kind);
  }
}
