/** What an intervention does to the prediction, in one line: `·Tokyo 97% → ·Paris 41%`; under it what becomes of the target. */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import type { Comparison, Side } from '#core/format/comparison';
import { logitInWords } from '#core/present/describe';
import type { FlowGraph, TokenScore } from '#core/format/flow-graph';
import { showToken } from '#core/text/token-text';
import { html } from '../../lib/dom/html';
import { element } from '../../lib/dom/element';
import { unseen } from '../../lib/dom/unseen';
import { formatNumber, formatProbability, formatRank, formatSigned } from '../../lib/format/number';
import type { Part } from '../../state/page';
import { SIDES, type ShownComparison } from '../../state/shown-comparison';

/** The likeliest next token. */
function predicted({ stream }: FlowGraph): TokenScore | undefined {
  return stream.at(-1)?.reading.top[0];
}

/** One line of the target: what is measured, before, after, and the change. */
interface Line {
  readonly of: 'rank' | 'percent' | 'logit';
  readonly name: string;
  readonly values: Readonly<Record<Side, string>>;
  readonly change: string;
}

/** What becomes of the target, which is that of both. */
export function targetLines({ left, right }: Pick<Comparison, Side>): readonly Line[] {
  const [one, other] = [left.target, right.target];
  // The difference of the figures that are shown: 85% → 66% is −19 points, whatever the last digits are.
  const points = shownPercent(other.probability) - shownPercent(one.probability);
  const places = one.rank - other.rank;
  return [
    {
      of: 'rank',
      name: l10n.t`rank of ${showToken(one)}`,
      values: { left: formatRank(one.rank), right: formatRank(other.rank) },
      change: places === 0 ? '' : `${places > 0 ? '↑' : '↓'}${formatNumber(Math.abs(places))}`,
    },
    {
      of: 'percent',
      name: l10n.t('probability'),
      values: { left: formatProbability(one.probability), right: formatProbability(other.probability) },
      change: l10n.t`${formatSigned(points)} pp`,
    },
    {
      of: 'logit',
      name: one.against === undefined ? l10n.t('logit') : logitInWords(left),
      values: { left: formatNumber(one.logit), right: formatNumber(other.logit) },
      change: formatSigned(other.logit - one.logit),
    },
  ];
}

/** A probability in percent as `formatProbability` shows it. */
function shownPercent(probability: number): number {
  const percent = 100 * probability;
  return percent >= 10 ? Math.round(percent) : Number(percent.toPrecision(2));
}

/** The prediction of one side. */
function prediction(compared: ShownComparison, side: Side): TemplateResult {
  const token = predicted(compared.comparison[side]);
  return html`<span class="outcome-side of-${side}"
    ><span class="outcome-name">${compared.words[side].name}</span>${unseen(': ')}<b class="outcome-token"
      >${token ? showToken(token) : '–'}</b
    ><span class="outcome-probability">${token && formatProbability(token.probability)}</span></span
  >`;
}

function outcomeOf(compared: ShownComparison, same: boolean): TemplateResult {
  return html`<p class="outcome-verdict" data-testid="outcome">
      ${prediction(compared, 'left')}<span class="outcome-arrow" aria-hidden="true">→</span>${prediction(compared, 'right')}<span
        class="outcome-word"
        >${same ? l10n.t('same prediction') : l10n.t('different prediction')}</span
      >
    </p>
    <dl class="outcome-target" data-testid="outcome-target">
      ${targetLines(compared.comparison).map(
        ({ of, name, values, change }) =>
          html`<div class=${`outcome-${of}`}>
            <dt>${name}</dt>
            <dd>
              ${values.left}<span aria-hidden="true"> → </span>${unseen(` ${l10n.t('to')} `)}${values.right}${
                change === '' ? nothing : html`<span class="outcome-change">${` ${change}`}</span>`
              }
            </dd>
          </div>`,
      )}
    </dl>`;
}

/** Shown where one prompt is before and after an intervention. */
export function createOutcome(): Part {
  const box = element('section', {
    class: 'outcome',
    attributes: { 'aria-label': l10n.t('Change of the prediction'), role: 'status', hidden: true },
  });
  return {
    element: box,
    update({ compared }, before) {
      if (compared === (before?.compared ?? null)) return;
      box.hidden = compared === null || !compared.whatIf;
      if (compared === null || box.hidden) return void render(nothing, box);
      const [left, right] = SIDES.map((side) => predicted(compared.comparison[side]));
      const same = left?.id === right?.id;
      box.classList.toggle('same', same);
      render(outcomeOf(compared, same), box);
      if (before !== null) box.scrollIntoView({ block: 'nearest' }); // a narrow page may have been scrolled down to the card
    },
  };
}
