/** A whole pass at a glance: every layer at every position, and what every block does to the prediction at one. */
import * as l10n from '@vscode/l10n';
import { render, type TemplateResult } from 'lit-html';
import { nodeId } from '#core/format/node-id';
import { showToken } from '#core/text/token-text';
import { GRID_STREAMS, type GridStream, type Overview } from '#core/insight/overview';
import { agreementByDepth, lensInWords } from '#core/present/lens-words';
import { html } from '../../lib/dom/html';
import { PROBABILITY_AXIS, targetRankAxis } from '../../lib/colour/axes';
import { PALETTES } from '../../lib/colour/palettes';
import { createCellGrid } from '../../lib/controls/cell-grid';
import { dropdown } from '../../lib/controls/toolkit';
import { element } from '../../lib/dom/element';
import { formatProbability, formatRank } from '../../lib/format/number';
import { createAnswered, createWaiting } from '../../parts/answer';
import { modeButtons } from '../../parts/drawing-controls';
import { gridPicture, type GridSection } from '../../picture/grid-picture';
import { insightScreen } from '../../parts/insight-screen';
import { createPromptHeader } from '../../parts/prompt-header';
import { scaleBar } from '../../parts/scale-bar';
import type { Screen } from '../../parts/screen';
import type { GridColour, GridView } from '../../state/grid-view';
import { insightOf } from '../../state/insight-state';
import type { Page } from '../../state/page';
import type { PageState } from '../../state/page-state';
import { blockEffects } from './block-effects';
import { layerOfRow, lensGrid, tokenAt } from './grids';
import { createHeadSection } from './head-section';
import { createLensSection } from './lens-section';

const STREAMS: Readonly<Record<GridStream, { readonly name: string; readonly node: (layer: number) => string }>> = {
  resid_post: { name: l10n.t('Stream'), node: nodeId.residPost },
  attn_out: { name: l10n.t('Attention'), node: nodeId.attnOut },
  mlp_out: { name: l10n.t('Feed-forward'), node: nodeId.mlpOut },
};

const COLOURS: readonly (readonly [GridColour, string])[] = [
  ['rank', l10n.t('Rank of target')],
  ['probability', l10n.t('Probability')],
];

const OVERVIEW = { of: 'overview' } as const;

export function createOverviewScreen(page: Page): Screen {
  const header = createPromptHeader(page, l10n.t('Overview of a forward pass'));
  const waiting = createWaiting(page, OVERVIEW, l10n.t('Inspecting every layer'));
  let drawn: Overview | null = null;

  /** Opens the flow graph of a layer at a position, with a node pinned. */
  const open = (layer: number, position: number, pin: string): void => {
    const { shown } = page.state();
    // A file does not hold every layer, and one position alone.
    if (!page.live && (shown?.graph.position !== position || !shown.graph.layers.includes(layer))) return;
    page.dispatch({ type: 'view', change: { tab: 'graph', mode: 'graph' } });
    if (!page.state().view.pinned.includes(pin)) page.dispatch({ type: 'togglePin', id: pin });
    page.ask({ layers: { from: layer, to: layer }, position });
  };
  const changeGrid = (change: Partial<GridView>): void =>
    page.dispatch({ type: 'view', change: { grid: { ...page.state().view.grid, ...change } } });

  const colour = dropdown({
    label: l10n.t('Colour by'),
    testId: 'grid-colour-by',
    choices: COLOURS,
    choose: (colourBy) => changeGrid({ colourBy }),
  });
  const grid = createCellGrid({
    label: l10n.t('What each layer says at each position. Arrow keys move, Enter opens the flow graph.'),
    testId: 'overview-grid',
    cellWidth: [48, 84],
    headingWidth: 46,
    open(row, position) {
      if (drawn === null) return;
      const layer = layerOfRow(drawn, row);
      open(layer, position, STREAMS[page.state().view.grid.stream].node(layer));
    },
  });
  const heads = createHeadSection(page, open, (figure) => changeGrid({ heads: figure }));

  const lenses = createLensSection(page, open, changeGrid);

  /** What each layer says. */
  const saidByLayers = (overview: Overview, { view, theme }: PageState): TemplateResult => {
    const axis = view.grid.colourBy === 'rank' ? targetRankAxis(overview) : PROBABILITY_AXIS;
    return html`<section>
      <div class="insight-controls">
        <h2>${l10n.t('What each layer says')}</h2>
        ${modeButtons(
          l10n.t('What is read'),
          GRID_STREAMS.map((stream) => ({
            testId: `stream-${stream}`,
            label: STREAMS[stream].name,
            pressed: stream === view.grid.stream,
            choose: () => changeGrid({ stream }),
          })),
        )}
        <div class="control"><span class="control-label">${l10n.t('Colour by')}</span>${colour.element}</div>
        <div class="legend-scale" data-testid="grid-scale">${scaleBar(axis, PALETTES[theme.kind])}</div>
      </div>
      ${grid.element}
      <p class="insight-note">
        ${l10n.t('Each cell reads one vector through {0}: its most likely next token. It does not show what later layers do with it, and a lens is least faithful in early layers.', lensInWords(overview.model.lens))}
        ${' '}${agreementByDepth(overview.model)}
      </p>
    </section>`;
  };

  /** What each block does. */
  const doneByBlocks = ({ blocks, target, position, listed, tokens }: Overview): TemplateResult =>
    html`<section ?hidden=${blocks.length === 0}>
      <h2>${l10n.t`What each block does to the prediction after ‘${tokenAt({ tokens }, position)}’`}</h2>
      <p class="insight-note">
        ${l10n.t('What the attention and feed-forward layer of each block add to the final logits at the position under study, with the final norm’s scale held fixed. This is the direct effect only: it leaves out what later blocks do with it.')}
        ${
          listed === 'centred'
            ? l10n.t('Tokens are listed with what is added to their logits, less what is added to all logits on average (centred).')
            : l10n.t('Tokens are listed with what is added to their logits, even where it is added to all others too (raw).')
        }
      </p>
      ${blockEffects(blocks, target)}
    </section>`;

  const found = element('div', { class: 'insight-found', attributes: { hidden: true } });
  const answered = createAnswered<Overview>(found, waiting);

  const picture: Screen['picture'] = (theme, measure) => {
    if (drawn === null) return null;
    const overview = drawn;
    const state = { ...page.state(), theme };
    const { stream, colourBy } = state.view.grid;
    const axis = colourBy === 'rank' ? targetRankAxis(overview) : PROBABILITY_AXIS;
    const said: GridSection = {
      title: `${l10n.t('What each layer says')}: ${STREAMS[stream].name}`,
      axis,
      data: lensGrid(overview, state, axis),
      cellWidth: 72,
      headingWidth: 46,
    };
    const parts = [said, lenses.section(overview, state), heads.section(overview, state)];
    return gridPicture(
      {
        title: l10n.t`Overview: ${overview.prompt}`,
        head: [overview.prompt, figuresLine(overview)],
        sections: parts.filter((part) => part !== null),
      },
      theme,
      measure,
    );
  };

  return insightScreen({
    picture,
    label: l10n.t('Overview'),
    header: header.element,
    content: [waiting.element, found],
    update(state, before) {
      header.update(state, before);
      const overview = insightOf<'overview'>(state.insights, OVERVIEW);
      const value = answered.update(overview, state);
      if (value === null) return;
      heads.ask(state);
      lenses.ask(value, state);
      const changed =
        state.insights.effects !== before?.insights.effects ||
        state.insights.overview !== before.insights.overview ||
        state.insights.lensDifference !== before.insights.lensDifference ||
        state.lenses !== before.lenses ||
        state.theme !== before.theme ||
        state.shown !== before.shown;
      if (!changed && state.view.grid === before.view.grid) return;
      drawn = value;
      render([saidByLayers(value, state), lenses.template(value, state), heads.template(value, state), doneByBlocks(value)], found);
      colour.show(state.view.grid.colourBy);
      grid.show(lensGrid(value, state, state.view.grid.colourBy === 'rank' ? targetRankAxis(value) : PROBABILITY_AXIS));
      lenses.show(value, state);
      if (changed || state.view.grid.heads !== before.view.grid.heads) heads.show(value, state);
    },
  });
}

/** Which model says what, and after which token: "visit-small · after ‘·of’ · target ·Tokyo, 97%, #1". */
function figuresLine({ model, target, tokens, position }: Overview): string {
  return [
    model.name,
    l10n.t`after ‘${tokenAt({ tokens }, position)}’`,
    l10n.t`target ${showToken(target)}, ${formatProbability(target.probability)}, ${formatRank(target.rank)}`,
  ].join(' · ');
}
