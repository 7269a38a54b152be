/** A node's card: what it is, the figures, and its token lists. The same card hovers, is pinned and serves the table. */
import { nodeSentence, nodeTitle, targetInWords } from '#core/present/describe';
import type { FlowGraph, FlowNode, Reading, TokenScore } from '#core/format/flow-graph';
import { showToken } from '#core/text/token-text';
import { labelOf } from '../../lib/format/label';
import { familyOf, type Palette } from '../../lib/colour/palettes';
import { element } from '../../lib/dom/element';
import { activeNote } from '../../state/active-marks';
import type { PageState } from '../../state/page-state';
import { formatNumber, formatProbability, formatRank, formatSigned } from '../../lib/format/number';

export interface CardOptions {
  readonly palette: Palette;
  /** Rows of the first list and of the second; everything else is cut. */
  readonly rows: { readonly first: number; readonly second: number };
  readonly testId: string;
  /** Made into the card's corner: a close button, a hint. */
  readonly corner?: HTMLElement;
  /** said of the node beside what it is */
  readonly note?: string | undefined;
}

/** Makes the card of what stands at an id; null where there is nothing. */
export type CardOf = (id: string, state: PageState, options: CardOptions) => HTMLElement | null;

/** The card of a node of the graph that is shown. */
export const nodeCard: CardOf = (id, state, options) => {
  const { shown } = state;
  const node = shown?.nodes.get(id);
  return shown === null || node === undefined ? null : card(node, shown.graph, { note: activeNote(id, state), ...options });
};

/** Builds the card of a node. */
function card(node: FlowNode, graph: FlowGraph, options: CardOptions): HTMLElement {
  const title = element('h2', { class: 'card-title', testId: 'card-title', text: nodeTitle(node, graph) });
  const made = element(
    'article',
    { class: 'card', testId: options.testId, attributes: { 'aria-label': nodeTitle(node, graph) } },
    element(
      'header',
      { class: 'card-header' },
      title,
      options.corner ?? null,
      node.reading === null ? null : element('div', { class: 'card-label', text: labelOf(node) }),
    ),
    element('p', { class: 'card-sentence', text: nodeSentence(node, graph) }),
    options.note === undefined ? null : element('p', { class: 'card-always', testId: 'card-note', text: options.note }),
    facts(node, graph),
    node.reading === null ? null : lists(node.reading, graph, options.rows, (node.coefficient ?? 0) < 0),
    ...(node.also ?? []).map(({ title: heading, norm, reading }) =>
      element(
        'section',
        { class: 'card-also', testId: 'card-also' },
        element('h3', { class: 'card-also-title', text: `${heading} · norm ${formatNumber(norm)}` }),
        lists(reading, graph, { first: options.rows.second, second: 0 }, false),
      ),
    ),
  );
  made.style.setProperty('--family', options.palette.families[familyOf(node.kind)]);
  return made;
}

function facts(node: FlowNode, graph: FlowGraph): HTMLElement {
  const { target } = graph;
  const difference = target.against === undefined ? null : targetInWords(graph);
  const fact = (name: string, value: string, wide = false) =>
    element('div', wide ? { class: 'wide' } : {}, element('dt', { text: name }), element('dd', { text: value }));
  const { reading, share, coefficient, attention, norm } = node;
  const found = [
    share === undefined ? null : fact(difference === null ? 'Share' : `Share of ${difference}`, formatSigned(share), difference !== null),
    coefficient === undefined ? null : fact('Coefficient', formatSigned(coefficient)),
    attention === undefined ? null : fact('Attention', formatProbability(attention)),
    reading === null ? null : fact('Entropy', `${formatNumber(reading.entropy)} bits`),
    fact('Norm', formatNumber(norm)),
  ];
  const ofTarget =
    reading === null
      ? null
      : fact(`Target ${showToken(target)}`, `${formatRank(reading.target.rank)} · ${formatProbability(reading.target.probability)}`, true);
  const ofDifference =
    reading === null || difference === null ? null : fact(`Logit ${difference}`, formatSigned(reading.target.logit), true);
  return element('dl', { class: 'card-facts' }, ofTarget, ofDifference, ...found);
}

function lists(reading: Reading, graph: FlowGraph, rows: CardOptions['rows'], bottomFirst: boolean): HTMLElement {
  const top = (count: number) => probabilityList(reading.top.slice(0, count), graph.target.id);
  const bottom = (count: number) => logitList(reading.bottom.slice(0, count), graph.target.id);
  const both = bottomFirst ? [bottom(rows.first), top(rows.second)] : [top(rows.first), bottom(rows.second)];
  return element('div', { class: 'card-lists' }, ...both);
}

/** Likely tokens: bars are probabilities, in proportion to the first. */
function probabilityList(tokens: readonly TokenScore[], target: number): HTMLElement | null {
  const most = tokens[0]?.probability ?? 0;
  return tokenList('Most likely', 'probability', 'card-top-list', tokens, target, ({ probability }) => [
    most > 0 ? probability / most : 0,
    formatProbability(probability),
  ]);
}

/** Unlikely tokens: their probabilities are all next to nothing, so bars are logits, in proportion to the lowest. */
function logitList(tokens: readonly TokenScore[], target: number): HTMLElement | null {
  const most = Math.max(...tokens.map(({ logit }) => Math.abs(logit)), 1e-9);
  return tokenList('Least likely', 'logit', 'card-bottom-list', tokens, target, ({ logit }) => [
    Math.abs(logit) / most,
    formatSigned(logit),
  ]);
}

function tokenList(
  title: string,
  unit: string,
  testId: string,
  tokens: readonly TokenScore[],
  target: number,
  measure: (token: TokenScore) => readonly [part: number, figure: string],
): HTMLElement | null {
  if (tokens.length === 0) return null;
  return element(
    'section',
    { class: `card-list ${testId}` },
    element('h3', { class: 'card-list-title' }, element('span', { text: title }), element('span', { text: unit })),
    element(
      'ol',
      { testId },
      ...tokens.map((token) => {
        const [part, figure] = measure(token);
        const bar = element('span', { class: 'bar' });
        bar.style.setProperty('--part', part.toFixed(3));
        return element(
          'li',
          { class: token.id === target ? 'is-target' : '', attributes: { title: `id ${token.id}, logit ${formatNumber(token.logit)}` } },
          element('span', { class: 'list-token', text: showToken(token) }),
          bar,
          element('span', { class: 'list-figure', text: figure }),
        );
      }),
    ),
  );
}
