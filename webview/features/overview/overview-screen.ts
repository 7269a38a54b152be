/** A whole pass at a glance: every layer at every position, and what every block does to the prediction at one. */
import * as l10n from '@vscode/l10n';
import { render, type TemplateResult } from 'lit-html';
import type { Overview } from '#core/insight/overview';
import { agreementByDepth, lensInWords } from '#core/present/lens-words';
import { html } from '../../lib/dom/html';
import { PALETTES } from '../../lib/colour/palettes';
import { createCellGrid } from '../../lib/controls/cell-grid';
import { dropdown } from '../../lib/controls/toolkit';
import { element } from '../../lib/dom/element';
import { createAnswered, createWaiting } from '../../parts/answer';
import { gridPicture, type GridSection } from '../../picture/grid-picture';
import { insightScreen } from '../../parts/insight-screen';
import { createPromptHeader } from '../../parts/prompt-header';
import { scaleBar } from '../../parts/scale-bar';
import type { Screen } from '../../parts/screen';
import { passagesOf, withTables } from '../../parts/view-picture';
import type { GridView } from '../../state/grid-view';
import { insightOf } from '../../state/insight-state';
import type { Page } from '../../state/page';
import type { PageState } from '../../state/page-state';
import { blockEffects } from '../../parts/overview/block-effects';
import { figuresLine, layerOfRow, lensGrid, tokenAt } from '../../parts/overview/grids';
import { GRID_COLOUR_NAMES, lensAxis, streamButtons, STREAMS } from '../../parts/overview/grid-choices';
import { createHeadSection } from './head-section';
import { createLensSection } from './lens-section';

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
    choices: GRID_COLOUR_NAMES,
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
    const axis = lensAxis(overview, view.grid);
    return html`<section>
      <div class="insight-controls">
        <h2>${l10n.t('What each layer says')}</h2>
        ${streamButtons(view.grid.stream, (stream) => changeGrid({ stream }))}
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
        ${' '}${
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
    if (drawn === null || insightOf<'overview'>(page.state().insights, OVERVIEW).kind !== 'here') return null;
    const overview = drawn;
    const state = { ...page.state(), theme };
    const { stream } = state.view.grid;
    const axis = lensAxis(overview, state.view.grid);
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
        below: passagesOf(withTables(found), theme, page.state(), () => undefined),
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
      const whole = overview.kind === 'here';
      if (whole) heads.ask(state);
      if (whole) lenses.ask(value, state);
      const changed =
        state.insights.effects !== before?.insights.effects ||
        state.insights.overview !== before.insights.overview ||
        state.insights.lensDifference !== before.insights.lensDifference ||
        state.lenses !== before.lenses ||
        state.theme !== before.theme ||
        state.shown !== before.shown;
      if (!changed && state.view.grid === before.view.grid) return;
      drawn = value;
      // What follows from all layers comes with the last of them.
      const rest = whole ? [lenses.template(value, state), heads.template(value, state), doneByBlocks(value)] : [];
      render([saidByLayers(value, state), ...rest], found);
      colour.show(state.view.grid.colourBy);
      grid.show(lensGrid(value, state, lensAxis(value, state.view.grid)));
      if (!whole) return;
      lenses.show(value, state);
      if (changed || state.view.grid.heads !== before.view.grid.heads) heads.show(value, state);
    },
  });
}
