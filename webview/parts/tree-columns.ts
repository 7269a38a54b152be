/** What the tree of text says of each node: the columns of its rows. */
import * as l10n from '@vscode/l10n';
import { nothing, type TemplateResult } from 'lit-html';
import type { FlowNode } from '#core/format/flow-graph';
import { measureMeaning, nodeName, shareOfInWords } from '#core/present/describe';
import { effectMeaning } from '#core/present/effect-words';
import { readableOn, toHex } from '../lib/colour/colour';
import { PALETTES, sample } from '../lib/colour/palettes';
import { scaleFor } from '../lib/colour/scales';
import { html } from '../lib/dom/html';
import { unseen } from '../lib/dom/unseen';
import { labelOf } from '../lib/format/label';
import { formatProbability, formatRank, formatSigned } from '../lib/format/number';
import { activeNeuronAt } from '../state/active-marks';
import { referenceOf, withEffect } from '../state/effects';
import type { PageState } from '../state/page-state';
import type { ShownGraph } from '../state/shown-graph';

/** What the rows of nodes say, and what stands above them. */
export interface TreeColumns {
  /** What the cells are made from besides graph and theme: when it changes they are redrawn. */
  readonly inputs: readonly ((state: PageState) => unknown)[];
  headings(state: PageState): TemplateResult;
  cells(node: FlowNode, state: PageState, shown: ShownGraph): TemplateResult | typeof nothing;
}

/** How the table tells estimates from measurements. */
const EFFECT_MARK = l10n.t('≈ is an estimate; without it, the effect has been measured.');

/** What a node reads as, what it is, and how near it is to the target. */
export const SINGLE: TreeColumns = {
  inputs: [({ view }) => view.colourBy, ({ insights }) => insights.activeNeurons, ({ insights }) => insights.measureEffects],
  headings: ({ shown }) => html`
    <span class="tree-token">${l10n.t('Reads as')}</span>
    <span class="tree-title">${l10n.t('Node')}</span>
    <span class="tree-figure">${l10n.t('Rank')}</span>
    <span class="tree-figure">${l10n.t('Probability')}</span>
    <span
      class="tree-figure tree-share"
      title=${shown ? `${shareOfInWords(shown.graph)}. ${measureMeaning(shown.graph.target.measure)}` : nothing}
      >${l10n.t('Share')}</span
    >
    ${
      shown?.graph.effects === undefined
        ? nothing
        : html`<span
            class="tree-figure tree-share tree-effect"
            data-testid="tree-effect"
            title=${`${effectMeaning(shown.graph, referenceOf(shown))} ${EFFECT_MARK}`}
            >${l10n.t('Effect')}</span
          >`
    }
  `,
  cells: nodeCells,
};

function nodeCells(plain: FlowNode, state: PageState, { graph, scale: scaleBy }: ShownGraph): TemplateResult {
  const node = withEffect(plain, state);
  const { view, theme } = state;
  const scale = scaleFor(node.kind, scaleBy(view.colourBy));
  const palette = PALETTES[theme.kind];
  const place = scale.place(node);
  const colour = place === null ? null : sample(scale.diverging ? palette.diverging : palette.sequential, place);
  const style = colour === null ? '' : `background-color: ${toHex(colour)}; color: ${readableOn(colour)}`;
  const figure = (text: string, spoken: string, kind = '') =>
    html`<span class="tree-figure ${kind}">${text === '' ? nothing : unseen(spoken)}${text}</span>`;
  const target = node.reading?.target;
  return html`<span class="tree-token" .style=${style}>${labelOf(node) || '–'}</span>
    <span class="tree-title"
      >${nodeName(node, graph)}${
        activeNeuronAt(node.id, state) === undefined ? nothing : html`<span class="always-badge">${l10n.t('always active')}</span>`
      }</span
    >
    ${figure(target ? formatRank(target.rank) : '', `, ${l10n.t('rank of the target')} `)}
    ${figure(target ? formatProbability(target.probability) : '', `, ${l10n.t('its probability')} `)}
    ${figure(node.share === undefined ? '' : formatSigned(node.share), `, ${shareOfInWords(graph)} `, 'tree-share')}
    ${graph.effects === undefined ? nothing : effectFigure(node.effect)}`;
}

/** An effect, and how it is known. */
function effectFigure(effect: FlowNode['effect']): TemplateResult {
  if (effect === undefined) return html`<span class="tree-figure tree-share tree-effect"></span>`;
  const spoken = effect.how === 'measured' ? l10n.t('measured effect') : l10n.t('estimated effect');
  const text = `${effect.how === 'measured' ? '' : '≈ '}${formatSigned(effect.value)}`;
  return html`<span class="tree-figure tree-share tree-effect">${unseen(`, ${spoken} `)}${text}</span>`;
}
