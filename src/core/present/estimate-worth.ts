/** What estimated effects are worth, in words: as measured in the model, or as holds for most. */
import * as l10n from '@vscode/l10n';
import type { EffectsSummary } from '../format/effects';
import type { Calibration, CalibrationRow, Place } from '../insight/calibration';
import type { RankedKind } from '../insight/effects';
import { assertNever } from '../problem';

/** Below this correlation with what is measured, of the figures or of their ranks, an estimate is called poor. */
export const POOR_BELOW = 0.8;

/** What is estimated. */
export interface EstimatedComponent {
  readonly kind: RankedKind;
  readonly layer: number;
  readonly place: Place;
  /** what its effect is on */
  readonly of: EffectsSummary['of'];
}

/** What is said of an estimate. */
export interface EstimateWorth {
  readonly sentence: string;
  /** it had better be measured */
  readonly isPoor: boolean;
}

/** What sentences need to know of a calibration. */
export type JudgingCalibration = Pick<Calibration, 'rows' | 'prompts' | 'of'>;

/**
 * What to know of the estimate for a component; null: nothing is known of it in this model, and most models are good at it.
 *
 * @param calibration of the model; null: it has none
 */
export function estimateWorth(component: EstimatedComponent, calibration: JudgingCalibration | null): EstimateWorth | null {
  const row = calibration && rowOfComponent(component, calibration);
  const known = calibration && row && rowWorth(row, calibration);
  if (!known) return inGeneral(component);
  if (component.of === calibration.of) return known;
  const quantity =
    calibration.of === 'centred'
      ? l10n.t('That was for effects on the logit less the mean of all logits.')
      : l10n.t('That was for effects on the logit less that of the runner-up.');
  return { ...known, sentence: `${known.sentence} ${quantity}` };
}

/** The row of a calibration that a component belongs to: its kind and place in its third of the depth. */
function rowOfComponent({ kind, layer, place }: EstimatedComponent, { rows }: JudgingCalibration): CalibrationRow | null {
  const isIts = (row: CalibrationRow): boolean =>
    row.kind === kind && row.place === place && row.depth !== 'all' && row.layers.from <= layer && layer <= row.layers.to;
  return rows.find(isIts) ?? null;
}

/** What a row of a calibration says of estimates; null: it has no correlation. */
export function rowWorth(row: CalibrationRow, { prompts }: Pick<Calibration, 'prompts'>): EstimateWorth | null {
  const correlation = row.correlations.estimated;
  if (!correlation) return null;
  const worst = Math.min(correlation.pearson, correlation.spearman);
  const [what, where, figure] = [componentsInWords(row), placeInWords(row.place), worst.toFixed(2).replace('-', '−')];
  return worst < POOR_BELOW
    ? {
        isPoor: true,
        sentence: l10n.t(
          'In this model, estimates for {0} {1} are poor: correlation {2} with measurements on {3} prompts. Measure it.',
          what,
          where,
          figure,
          prompts,
        ),
      }
    : {
        isPoor: false,
        sentence: l10n.t(
          'In this model, estimates for {0} {1} are good: correlation {2} with measurements on {3} prompts.',
          what,
          where,
          figure,
          prompts,
        ),
      };
}

/** The rows in which estimates are poor, of all that some components belong to, each once. */
export function poorRows(components: readonly EstimatedComponent[], calibration: JudgingCalibration): CalibrationRow[] {
  const rows = new Set(components.flatMap((component) => rowOfComponent(component, calibration) ?? []));
  return calibration.rows.filter((row) => rows.has(row) && rowWorth(row, calibration)?.isPoor);
}

/** The position of a component as a calibration sorts it. @param studied the position under study */
export function placeOf(position: number, studied: number): Place {
  return position === studied ? 'last' : position === 0 ? 'first' : 'earlier';
}

/** Such as "heads of layers 0 to 2". */
function componentsInWords({ kind, layers: { from, to } }: CalibrationRow): string {
  const layers = from === to ? l10n.t('layer {0}', from) : l10n.t('layers {0} to {1}', from, to);
  switch (kind) {
    case 'head':
      return l10n.t('heads of {0}', layers);
    case 'neuron':
      return l10n.t('neurons of {0}', layers);
    case 'attention':
      return l10n.t('the attention output of {0}', layers);
    case 'mlp':
      return l10n.t('the feed-forward output of {0}', layers);
    default:
      return assertNever(kind);
  }
}

function placeInWords(place: Place): string {
  switch (place) {
    case 'last':
      return l10n.t('at the position under study');
    case 'earlier':
      return l10n.t('at earlier positions');
    case 'first':
      return l10n.t('at the first position');
    default:
      return assertNever(place);
  }
}

function inGeneral({ kind, place }: EstimatedComponent): EstimateWorth | null {
  switch (kind) {
    case 'attention':
    case 'mlp':
      return { isPoor: true, sentence: l10n.t('Estimates for a whole layer can be far off. Measure it.') };
    case 'head':
      return place === 'first'
        ? {
            isPoor: true,
            sentence: l10n.t('Many models attend to the first position whatever it says, and estimates there can be far off. Measure it.'),
          }
        : null;
    case 'neuron':
    case 'expert':
      return null;
    default:
      return assertNever(kind);
  }
}
