/** The card of a node and its twin, next to each other, with what changed between them. */
import type { Side } from '#core/format/comparison';
import { isSilent, spokenTokens } from '#core/format/spoken-tokens';
import { nodeSentence, nodeTitle, targetInWords } from '#core/present/describe';
import type { Measure } from '#core/compare/what-changed';
import type { FlowGraph, FlowNode, Reading } from '#core/format/flow-graph';
import { showToken } from '#core/text/token-text';
import { familyOf } from '../../lib/colour/palettes';
import { element, unseen } from '../../lib/dom/element';
import { formatNumber, formatProbability, formatRank, formatSigned } from '../../lib/format/number';
import { labelOf } from '../../lib/format/label';
import type { CardOf } from '../../parts/cards/node-card';
import { otherSide, SIDES, type ShownComparison } from '../../state/shown-comparison';
import { formatChange } from '../../state/measures';

/** A node as each side has it. */
export type Twins = Readonly<Record<Side, FlowNode | undefined>>;

export function twinsOf(compared: ShownComparison, id: string): Twins {
  return { left: compared.left.nodes.get(id), right: compared.right.nodes.get(id) };
}

export const compareCard: CardOf = (id, { compared }, { palette, rows, testId, corner }) => {
  const node = compared?.merged.nodes.get(id);
  if (compared === null || node === undefined) return null;
  const twins = twinsOf(compared, id);
  const title = nodeTitle(node, compared.merged.graph);
  const present = SIDES.filter((side) => twins[side] !== undefined);
  const [only] = present;
  const own = only === undefined ? undefined : twins[only];
  const made = element(
    'article',
    { class: 'card compare-card', testId, attributes: { 'aria-label': title } },
    element(
      'header',
      { class: 'card-header' },
      element('h2', { class: 'card-title', testId: 'card-title', text: title }),
      corner ?? null,
      element('div', {
        class: 'card-label',
        text: present
          .map((side) => labelOf(twins[side] ?? node))
          .filter((label, i, all) => all.indexOf(label) === i)
          .join(' → '),
      }),
    ),
    element('p', {
      class: 'card-sentence',
      text:
        present.length === 1 && only !== undefined && own !== undefined
          ? `Only ${compared.words[only].there}: ${nodeSentence(own, compared[only].graph)}`
          : nodeSentence(node, compared.merged.graph),
    }),
    ...SIDES.map((side) => interventionNote(compared.words[side].name, twins[side])),
    figures(twins, compared, id),
    element('div', { class: 'card-lists twin-lists' }, ...SIDES.map((side) => tokenList(side, twins, compared, rows.first))),
  );
  made.style.setProperty('--family', palette.families[familyOf(node.kind)]);
  return made;
};

/** What was done to the node in the pass of a side. */
function interventionNote(name: string, node: FlowNode | undefined): HTMLElement | null {
  if (node?.intervention === undefined) return null;
  return element('p', {
    class: 'card-always',
    testId: 'card-intervention',
    text: `${name}: ${node.intervention === 'zero' ? 'switched off' : 'replaced by what it was on another prompt'}.`,
  });
}

/** A reading that says something: a vector of zeros has none. */
function readingOf({ reading, norm }: FlowNode): FlowNode['reading'] {
  return norm === 0 ? null : reading;
}

/** One line of the figures: what is measured, left, right, and the change where there is one. */
interface Figure {
  readonly name: string;
  readonly of: (node: FlowNode) => string | null;
  readonly change: string | null;
}

function figures(twins: Twins, compared: ShownComparison, id: string): HTMLElement {
  const change = compared.changes.get(id)?.change ?? {};
  const said = (measure: Measure): string | null => {
    const value = change[measure];
    return value === undefined ? null : formatChange(measure, value);
  };
  const read = SIDES.every((side) => twins[side] === undefined || readingOf(twins[side]) !== null);
  const lines: readonly Figure[] = [
    { name: 'Rank', of: ofReading(({ target: { rank } }) => formatRank(rank)), change: read ? rankChange(twins) : null },
    {
      name: 'Probability',
      of: ofReading((reading) => formatProbability(reading.target.probability)),
      change: read ? said('probability') : null,
    },
    { name: 'Logit', of: ofReading((reading) => formatNumber(reading.target.logit)), change: read ? said('logit') : null },
    { name: 'Share', of: ({ share }) => (share === undefined ? null : formatSigned(share)), change: said('share') },
    {
      name: 'Attention',
      of: ({ attention }) => (attention === undefined ? null : formatProbability(attention)),
      change: said('attention'),
    },
    {
      name: 'Coefficient',
      of: ({ coefficient }) => (coefficient === undefined ? null : formatSigned(coefficient)),
      change: said('coefficient'),
    },
    { name: 'Norm', of: ({ norm }) => formatNumber(norm), change: said('norm') },
  ];
  function ofReading(figure: (reading: Reading) => string): Figure['of'] {
    return (node) => {
      const reading = readingOf(node);
      return reading && figure(reading);
    };
  }
  const target = (side: Side): string => targetInWords(compared.comparison[side]);
  return element(
    'table',
    { class: 'card-figures', testId: 'card-figures' },
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        element('th', { text: compared.whatIf ? `Target ${target('left')}` : 'Target' }),
        ...SIDES.map((side) =>
          element(
            'th',
            { class: `of-${side}`, attributes: { scope: 'col' } },
            ...(compared.whatIf ? [compared.words[side].name] : [unseen(`${compared.words[side].name}, `), target(side)]),
          ),
        ),
        element('th', { attributes: { scope: 'col' } }, unseen('Change')),
      ),
    ),
    element(
      'tbody',
      {},
      ...lines.flatMap(({ name, of, change: by }) => {
        const values = SIDES.map((side) => (twins[side] === undefined ? null : of(twins[side])));
        if (values.every((value) => value === null)) return [];
        return [
          element(
            'tr',
            {},
            element('th', { text: name, attributes: { scope: 'row' } }),
            ...values.map((value) => element('td', { text: value ?? '–' })),
            element('td', { class: 'card-change', text: by ?? '' }),
          ),
        ];
      }),
    ),
  );
}

/** Ranks in places rather than in powers of ten. */
function rankChange({ left, right }: Twins): string | null {
  if (!left?.reading || !right?.reading) return null;
  const by = left.reading.target.rank - right.reading.target.rank;
  return by === 0 ? '=' : `${by > 0 ? '↑' : '↓'}${formatNumber(Math.abs(by))}`;
}

function tokenList(side: Side, twins: Twins, compared: ShownComparison, count: number): HTMLElement {
  const node = twins[side];
  const other = twins[otherSide(side)];
  const heading = element('h3', { class: `card-list-title of-${side}` }, element('span', { text: compared.words[side].name }));
  if (node === undefined)
    return element(
      'section',
      { class: 'card-list' },
      heading,
      element('p', { class: 'card-absent', text: compared.whatIf ? 'not in this pass' : 'not in this prompt' }),
    );
  if (isSilent(node))
    return element(
      'section',
      { class: 'card-list' },
      heading,
      element('p', { class: 'card-absent', text: `nothing: its ${node.norm === 0 ? 'vector' : 'coefficient'} is 0` }),
    );
  const tokens = spokenTokens(node);
  const others = other === undefined ? null : spokenTokens(other).map(({ id }) => id);
  const graph: FlowGraph = compared[side].graph;
  return element(
    'section',
    { class: 'card-list' },
    heading,
    element(
      'ol',
      { testId: `card-list-${side}` },
      ...tokens.slice(0, count).map((token, i) =>
        element(
          'li',
          { class: token.id === graph.target.id ? 'is-target' : '' },
          element('span', { class: 'list-token', text: showToken(token) }),
          element('span', {
            class: 'list-figure',
            text: (node.coefficient ?? 0) < 0 ? formatSigned(token.logit) : formatProbability(token.probability),
          }),
          moved(side, others, token.id, i),
        ),
      ),
    ),
  );
}

/** How the right list differs from the left: what rose, what fell, what is new; on the left, what is gone. */
function moved(side: Side, others: readonly number[] | null, id: number, place: number): HTMLElement | null {
  const there = others === null ? place : others.indexOf(id);
  if (there < 0) return element('span', { class: 'moved only', text: side === 'left' ? 'gone' : 'new' });
  const by = there - place;
  return element('span', { class: 'moved', text: side === 'left' || by === 0 ? '' : by > 0 ? `↑${by}` : `↓${-by}` });
}
