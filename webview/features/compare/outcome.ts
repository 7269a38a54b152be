/** What an intervention does to the prediction, in one line: `·Tokyo 97% → ·Paris 41%`; under it what becomes of the target. */
import type { Comparison, Side } from '#core/format/comparison';
import { logitInWords } from '#core/present/describe';
import type { FlowGraph, TokenScore } from '#core/format/flow-graph';
import { showToken } from '#core/text/token-text';
import { element, fill, unseen } from '../../lib/dom/element';
import { formatNumber, formatProbability, formatRank, formatSigned } from '../../lib/format/number';
import type { Part } from '../../state/page';
import { SIDES, type ShownComparison } from '../../state/shown-comparison';

/** The likeliest next token. */
function predicted({ stream }: FlowGraph): TokenScore | undefined {
  return stream.at(-1)?.reading.top[0];
}

/** One line of the target: what is measured, before, after, and the change. */
interface Line {
  readonly name: string;
  readonly values: Readonly<Record<Side, string>>;
  readonly change: string;
}

/** What becomes of the target, which is that of both. */
function targetLines({ left, right }: Pick<Comparison, Side>): readonly Line[] {
  const [one, other] = [left.target, right.target];
  const points = Number((100 * (other.probability - one.probability)).toPrecision(2));
  const places = one.rank - other.rank;
  return [
    {
      name: `rank of ${showToken(one)}`,
      values: { left: formatRank(one.rank), right: formatRank(other.rank) },
      change: places === 0 ? '' : `${places > 0 ? '↑' : '↓'}${formatNumber(Math.abs(places))}`,
    },
    {
      name: 'probability',
      values: { left: formatProbability(one.probability), right: formatProbability(other.probability) },
      change: `${formatSigned(points)} pp`,
    },
    {
      name: one.against === undefined ? 'logit' : logitInWords(left),
      values: { left: formatNumber(one.logit), right: formatNumber(other.logit) },
      change: formatSigned(other.logit - one.logit),
    },
  ];
}

/** Shown where one prompt is before and after an intervention. */
export function createOutcome(): Part {
  const verdict = element('p', { class: 'outcome-verdict', testId: 'outcome' });
  const target = element('dl', { class: 'outcome-target', testId: 'outcome-target' });
  const box = element(
    'section',
    { class: 'outcome', attributes: { 'aria-label': 'Change of the prediction', role: 'status', hidden: true } },
    verdict,
    target,
  );

  const prediction = (compared: ShownComparison, side: Side): HTMLElement => {
    const token = predicted(compared.comparison[side]);
    return element(
      'span',
      { class: `outcome-side of-${side}` },
      element('span', { class: 'outcome-name', text: compared.words[side].name }),
      unseen(': '),
      element('b', { class: 'outcome-token', text: token ? showToken(token) : '–' }),
      element('span', { class: 'outcome-probability', text: token ? formatProbability(token.probability) : '' }),
    );
  };

  return {
    element: box,
    update({ compared }, before) {
      if (compared === (before?.compared ?? null)) return;
      box.hidden = compared === null || !compared.whatIf;
      if (compared === null || box.hidden) return fill(verdict);
      const [left, right] = SIDES.map((side) => predicted(compared.comparison[side]));
      const same = left?.id === right?.id;
      box.classList.toggle('same', same);
      fill(
        verdict,
        prediction(compared, 'left'),
        element('span', { class: 'outcome-arrow', text: '→', attributes: { 'aria-hidden': 'true' } }),
        prediction(compared, 'right'),
        element('span', { class: 'outcome-word', text: same ? 'the prediction stays' : 'the prediction changes' }),
      );
      fill(
        target,
        ...targetLines(compared.comparison).map(({ name, values, change }) =>
          element(
            'div',
            {},
            element('dt', { text: name }),
            element(
              'dd',
              {},
              values.left,
              element('span', { text: ' → ', attributes: { 'aria-hidden': 'true' } }),
              unseen(' to '),
              values.right,
              change === '' ? null : element('span', { class: 'outcome-change', text: ` ${change}` }),
            ),
          ),
        ),
      );
      if (before !== null) box.scrollIntoView({ block: 'nearest' }); // a narrow page may have been scrolled down to the card
    },
  };
}
