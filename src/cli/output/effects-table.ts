/** Effects for a terminal, or as comma-separated values: estimated, and measured beside them where they were. */
import { csvLine } from '../../core/insight/active-neurons-csv';
import type { EffectsSummary } from '../../core/format/effects';
import { placeOf, poorRows, rowWorth, type EstimatedComponent, type JudgingCalibration } from '../../core/present/estimate-worth';
import { cancellingNote, isWrongSign } from '../../core/present/cancelling-effects';
import { promptsInWords } from '../../core/present/effect-words';
import { saturationNote, unalignedNote } from '../../core/present/effect-notes';
import type { ComponentEffect, Effects } from '../../core/insight/effects';
import type { MeasuredEffect } from '../../core/insight/measured-effects';
import { showToken } from '../../core/text/token-text';
import { percent, signed } from './figures';
import { columns } from './table';
import { tokenAt } from './token-at';

/** What is known of a component. */
export interface ListedEffect extends ComponentEffect {
  readonly measured?: MeasuredEffect;
}

/** One line a component, the strongest first; above them what the effects are of, below them what to know of them. */
/** @param calibration of the model; null: it has none */
export function effectsTable(
  { tokens, position, target, effects, heads, mlp }: Effects,
  listed: readonly ListedEffect[],
  calibration: JudgingCalibration | null,
): string {
  const isMeasured = listed.some(({ measured }) => measured);
  const head = ['component', 'at', 'reads', 'estimated', ...(isMeasured ? ['measured', `then ${showToken(target)}`, 'then predicts'] : [])];
  const rows = listed.map((each) => [
    inShort(each),
    `${each.position} ${tokenAt(tokens, each.position)}`,
    each.reads ? `${each.reads.source} ${tokenAt(tokens, each.reads.source)} ${percent(each.reads.attention)}` : '',
    signed(each.estimated),
    ...measuredCells(each, isMeasured),
  ]);
  const estimated = listed.filter(({ measured }) => measured === undefined);
  const poor = calibration === null ? [] : poorRows(estimated.map(judged(position, effects)), calibration);
  const notes = [
    saturationNote(effects),
    unalignedNote(effects),
    cancellingNote([...heads.flat(2), ...mlp.flat()]),
    wrongSigns(listed),
    ...poor.map((row) => (calibration && rowWorth(row, calibration)?.sentence) ?? null),
  ].flatMap((note) => (note === null ? [] : [`${note}\n`]));
  return `${headline(effects, target)} at ${position} ${tokenAt(tokens, position)}\n${columns([head, ...rows])}${notes.join('')}`;
}

/** Which estimates have the wrong sign, of those that were measured; null: none. */
function wrongSigns(listed: readonly ListedEffect[]): string | null {
  const measured = listed.flatMap((each) => (each.measured ? [{ ...each, measured: each.measured.measured }] : []));
  const wrong = measured.filter(isWrongSign);
  if (wrong.length === 0) return null;
  const names = wrong.map((each) => `${inShort(each)} at ${each.position}`).join(', ');
  return `${wrong.length} of ${measured.length} estimates that were measured ${wrong.length === 1 ? 'has' : 'have'} the wrong sign: ${names}.`;
}

/** A component as a calibration sorts it. */
function judged(studied: number, { of }: EffectsSummary): (component: ComponentEffect) => EstimatedComponent {
  return ({ kind, layer, position }) => ({ kind, layer, place: placeOf(position, studied), of });
}

function measuredCells({ measured }: ListedEffect, isMeasured: boolean): string[] {
  if (!isMeasured) return [];
  if (measured === undefined) return ['', '', ''];
  return [signed(measured.measured), percent(measured.probability), showToken(measured.predicts)];
}

function headline({ of, value, baseline, twin, prompts, over }: EffectsSummary, target: Effects['target']): string {
  const token = `‘${showToken(target)}’`;
  const quantity = {
    centred: `logit of ${token} less the mean of all logits`,
    raw: `logit of ${token}`,
    difference: `logit of ${token} less that of ${target.against ? `‘${showToken(target.against)}’` : 'another token'}`,
  }[of];
  const without = {
    zero: 'each component off',
    twin: `each component as on “${showToken({ text: twin ?? '' })}”`,
    mean: `each component at its mean over ${promptsInWords(prompts ?? 0, over)}`,
  }[baseline];
  return `${quantity}, ${signed(value)}: how much it falls with ${without},`;
}

/** `3.7`, `5.mlp`, `5.mlp.311`; of a mixture of experts `5.expert.3`, `5.expert.3.311` */
function inShort({ kind, layer, head, neuron, expert }: ComponentEffect): string {
  switch (kind) {
    case 'head':
      return `${layer}.${head}`;
    case 'neuron':
      return expert === undefined ? `${layer}.mlp.${neuron}` : `${layer}.expert.${expert}.${neuron}`;
    case 'expert':
      return `${layer}.expert.${expert}`;
    case 'attention':
      return `${layer}.attn`;
    case 'mlp':
      return `${layer}.mlp`;
  }
}

const HEAD = [
  'component',
  'layer',
  'kind',
  'head',
  'expert',
  'neuron',
  'position',
  'token',
  'estimated',
  'measured',
  'probability',
  'predicts',
];

/** One line a component; what was not measured is empty. */
export function effectsCsv({ tokens }: Effects, listed: readonly ListedEffect[]): string {
  const rows = listed.map(({ component, layer, kind, head, expert, neuron, position, estimated, measured }) => [
    component,
    layer,
    kind,
    head ?? '',
    expert ?? '',
    neuron ?? '',
    position,
    tokenAt(tokens, position),
    estimated,
    measured?.measured ?? '',
    measured?.probability ?? '',
    measured ? showToken(measured.predicts) : '',
  ]);
  return [HEAD, ...rows].map(csvLine).join('');
}
