/** A calibration for a terminal. */
import type { Calibration, CalibrationRow, Place, Predictor } from '../../core/insight/calibration';
import type { CalibratedKind } from '../../core/insight/calibration';
import { counted, fixed } from './figures';
import { columns } from './table';

const KINDS: Readonly<Record<CalibratedKind, string>> = { head: 'heads', neuron: 'neurons', attention: 'attention', mlp: 'feed-forward' };

const PLACES: Readonly<Record<Place, string>> = { last: 'last', earlier: 'between', first: 'first' };

const PREDICTORS: Readonly<Record<Predictor, string>> = {
  raw: 'raw share',
  centred: 'centred share',
  difference: 'share',
  estimated: 'estimate',
};

/** All layers first, then thirds of the depth: each figure Pearson’s correlation, then Spearman’s. */
export function calibrationTable({ rows, of, prompts, measured, perKind, seed, saturated }: Calibration): string {
  const predictors: readonly Predictor[] = of === 'difference' ? ['difference', 'estimated'] : ['raw', 'centred', 'estimated'];
  const head = ['component', 'position', 'layers', 'measured', ...predictors.map((predictor) => PREDICTORS[predictor])];
  const line = ({ kind, place, depth, layers: { from, to }, measured: count, correlations }: CalibrationRow): string[] => [
    KINDS[kind],
    PLACES[place],
    depth === 'all' ? 'all' : from === to ? `${from}` : `${from}–${to}`,
    `${count}`,
    ...predictors.map((predictor) => pair(correlations[predictor])),
  ];
  const whole = rows.filter(({ depth }) => depth === 'all').map(line);
  const byDepth = rows.filter(({ depth }) => depth !== 'all').map(line);
  const quantity = of === 'difference' ? 'less that of the runner-up' : 'less the mean of all logits';
  const notes = [
    'Each figure: Pearson’s correlation, then Spearman’s rank correlation. none: components before the last position have no share. –: too few, or all alike.',
    `${counted(prompts, 'prompt')}, ${measured} components switched off one by one: per prompt and position up to ${perKind} of each kind, at random (seed ${seed}).`,
  ];
  if (saturated > 0) {
    notes.push(`In ${counted(saturated, 'prompt')} the logit is at the model’s soft-cap, where estimates are next to nothing.`);
  }
  return `What predicts by how much the logit of the prediction, ${quantity}, falls when a component is switched off\n${columns([
    head,
    ...whole,
  ])}\n${columns([head, ...byDepth])}${notes.map((note) => `${note}\n`).join('')}`;
}

function pair(correlation: CalibrationRow['correlations'][Predictor]): string {
  if (correlation === undefined) return 'none';
  return correlation === null ? '–' : `${fixed(correlation.pearson)} ${fixed(correlation.spearman)}`;
}
