/** What colours, shapes and lines mean, with the numbers of this graph. */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import { guard } from 'lit-html/directives/guard.js';
import type { EdgeKind } from '#core/format/flow-graph';
import { edgeMeaning } from '#core/present/describe';
import { EDGE_NAMES, FAMILY_NAMES } from '#core/present/legend-names';
import { effectsOfSummands } from '#core/analyse/attribution';
import { cancellingNote } from '#core/present/cancelling-effects';
import { unalignedNote } from '#core/present/effect-notes';
import { saturationInWords } from '#core/present/gradient-words';
import { html } from '../lib/dom/html';
import { SHAPE_NAMES } from '../graph/shapes';
import { EDGE_WIDTH } from '../lib/colour/edge-style';
import { PALETTES } from '../lib/colour/palettes';
import { element } from '../lib/dom/element';
import { icon } from '../lib/dom/icon';
import { formatNumber, formatProbability } from '../lib/format/number';
import { foundOfShown } from '../state/active-marks';
import { edgeKinds } from '../state/edge-kinds';
import type { Page, Part } from '../state/page';
import type { PageState } from '../state/page-state';
import type { ShownGraph } from '../state/shown-graph';
import { toggled } from '../state/view-state';
import { alwaysPicture, edgePicture, shapePicture } from './legend-pictures';
import { scaleBar } from './scale-bar';

/** Where a closed legend opens by itself. */
const ROOM = '(min-width: 1000px)';

/** What the legend is made from; while none of it changes it stands as it is. */
const INPUTS: readonly ((state: PageState) => unknown)[] = [
  ({ shown }) => shown,
  ({ theme }) => theme,
  ({ insights }) => insights.activeNeurons,
  ({ view }) => view.colourBy,
  ({ view }) => view.hiddenEdges,
  ({ view }) => view.legendOpen,
];

/** @param roomy where a legend that has not been opened or closed yet is open, as a media query */
export function createLegend(page: Page, roomy = ROOM): Part {
  const room = matchMedia(roomy);
  const isOpen = ({ view }: PageState): boolean => view.legendOpen ?? room.matches;
  const legend = element('footer', { class: 'legend', testId: 'legend', attributes: { 'aria-label': l10n.t('Legend') } });

  const legendOf = (shown: ShownGraph, state: PageState): TemplateResult => html`
    <div class="legend-bar">
      <div class="legend-scale" data-testid="legend-scale">${scaleBar(shown.scale(state.view.colourBy), PALETTES[state.theme.kind])}</div>
      <button
        class="disclosure legend-toggle"
        data-testid="legend-toggle"
        type="button"
        aria-controls="visit-legend-more"
        aria-expanded=${isOpen(state)}
        @click=${() => page.dispatch({ type: 'view', change: { legendOpen: !isOpen(page.state()) } })}
      >
        ${icon('chevron')}${l10n.t('Legend')}
      </button>
    </div>
    ${worthLittle(shown, state)}
    <div class="legend-more" id="visit-legend-more" ?hidden=${!isOpen(state)}>
      ${streamScale(shown, state)}
      <div class="legend-group" role="group" aria-label=${l10n.t('Edges shown')}>
        ${edgeKinds.filter((kind) => shown.heaviest.has(kind)).map((kind) => edgeSwitch(kind, shown.heaviest.get(kind) ?? 0, state))}
      </div>
      <div class="legend-group legend-nodes">${guard([state.theme, foundOfShown(state) === null], () => nodesOf(state))}</div>
    </div>
  `;

  const edgeSwitch = (kind: EdgeKind, most: number, { view, theme }: PageState): TemplateResult => {
    const figure = kind === 'attention' ? formatProbability(most) : formatNumber(most);
    const visible = !view.hiddenEdges.includes(kind);
    const meaning = l10n.t`Width: ${edgeMeaning(kind)}, square-root scale, ${EDGE_WIDTH.most} px at ${figure}.`;
    return html`<button
      class="legend-edge"
      data-testid="edge-kind-${kind}"
      type="button"
      aria-pressed=${visible}
      title=${`${meaning} ${visible ? l10n.t('Click to hide.') : l10n.t('Click to show.')}`}
      @click=${() => page.dispatch({ type: 'view', change: { hiddenEdges: toggled(page.state().view.hiddenEdges, kind) } })}
    >
      ${guard([kind, theme.kind], () => edgePicture(kind, PALETTES[theme.kind].edges))}<span>${EDGE_NAMES[kind]}</span
      ><span class="legend-figure">≤ ${figure}</span>
    </button>`;
  };

  const draw = (state: PageState): void => {
    if (state.shown !== null) render(legendOf(state.shown, state), legend);
  };
  room.addEventListener('change', () => draw(page.state()));

  return {
    element: legend,
    update(state, before) {
      legend.hidden = state.shown === null;
      if (before === null || INPUTS.some((input) => input(state) !== input(before))) draw(state);
    },
  };
}

/** The scale of the stream, where it has one of its own. */
function streamScale({ scale }: ShownGraph, { view, theme }: PageState): TemplateResult | typeof nothing {
  const { stream } = scale(view.colourBy);
  if (stream === undefined) return nothing;
  return html`<div class="legend-scale" data-testid="legend-stream">
    ${scaleBar({ ...stream, title: l10n.t`Stream: ${stream.title}` }, PALETTES[theme.kind])}
  </div>`;
}

/** What to know of effects by which nodes are coloured: why they say nothing, which tokens have none, that they cancel; nothing where all is well. */
function worthLittle({ graph: { effects, target, nodes } }: ShownGraph, { view }: PageState): TemplateResult | typeof nothing {
  if (view.colourBy !== 'effect' || effects === undefined) return nothing;
  const { saturated } = effects;
  const note = (testId: string, text: string | null) =>
    text === null ? nothing : html`<p class="legend-note" data-testid=${testId}>${text}</p>`;
  return html`${note('legend-saturated', saturated === undefined ? null : saturationInWords(saturated, target))}
  ${note('legend-unaligned', unalignedNote(effects))} ${note('legend-cancel', cancellingNote(effectsOfSummands(nodes)))}`;
}

/** What the colours and shapes of nodes mean. */
function nodesOf(state: PageState): TemplateResult {
  const palette = PALETTES[state.theme.kind];
  const { foreground } = state.theme;
  const item = (picture: Node | TemplateResult, name: string) => html`<span class="legend-item">${picture}${name}</span>`;
  return html`${FAMILY_NAMES.map(([family, name]) =>
      item(html`<span class="legend-family" .style=${`background-color: ${palette.families[family]}`}></span>`, name),
    )}
    <span class="legend-rule"></span>
    ${SHAPE_NAMES.map(([shape, name]) => item(shapePicture(shape, foreground, false), name))}
    ${item(shapePicture('box', foreground, true), l10n.t('all other nodes'))}
    ${
      foundOfShown(state) === null
        ? nothing
        : html`<span class="legend-item" data-testid="legend-always">${alwaysPicture(foreground)}${l10n.t('always active')}</span>`
    }`;
}
