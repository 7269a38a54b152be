/** Two whole passes at a glance: what changes in every layer, block and head, or the overview of one of them. */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import { nodeId } from '#core/format/node-id';
import type { Overview } from '#core/insight/overview';
import { NO_SHARES } from '#core/insight/overview';
import type { OfSides } from '#core/insight/story-difference';
import type { OverviewDifference } from '#core/insight/overview-difference';
import { lensInWords } from '#core/present/lens-words';
import { html } from '../../../lib/dom/html';
import type { Axis } from '../../../lib/colour/axes';
import { PALETTES } from '../../../lib/colour/palettes';
import { createCellGrid } from '../../../lib/controls/cell-grid';
import type { GridData } from '../../../lib/controls/grid-rows';
import { dropdown } from '../../../lib/controls/toolkit';
import { element } from '../../../lib/dom/element';
import { createAnswered, createWaiting } from '../../../parts/answer';
import { modeButtons } from '../../../parts/drawing-controls';
import { insightScreen } from '../../../parts/insight-screen';
import { blockEffects } from '../../../parts/overview/block-effects';
import { GRID_COLOUR_NAMES, lensAxis, streamButtons, STREAMS } from '../../../parts/overview/grid-choices';
import { figuresLine, layerOfRow, lensGrid, tokenAt } from '../../../parts/overview/grids';
import { headAxis, headGrid } from '../../../parts/overview/head-grids';
import { createPromptForm } from '../../../parts/prompt-form';
import { scaleBar } from '../../../parts/scale-bar';
import { passagesOf, withTables } from '../../../parts/view-picture';
import type { Screen } from '../../../parts/screen';
import { gridPicture, type GridSection } from '../../../picture/grid-picture';
import { GRID_SIDES, type GridView } from '../../../state/grid-view';
import { insightOf } from '../../../state/insight-state';
import type { Page } from '../../../state/page';
import type { PageState } from '../../../state/page-state';
import { panePage, paneState } from '../../../state/pane';
import { SIDES, wordsOf } from '../../../state/shown-comparison';
import { compareActions } from '../compare-toolbar';
import { createChips } from '../interventions';
import { createOutcome } from '../outcome';
import { createSideHeader } from '../side-header';
import { blockChanges } from './block-changes';
import { afterWhich, changeGrid, headChangeGrid, headChanges, probabilityChangeAxis, shareChangeAxis } from './change-grids';

const OVERVIEW = { of: 'overviewDifference' } as const;

/** A grid with the colours of its cells. */
interface Coloured {
  readonly data: GridData;
  readonly axis: Axis;
}

/** What is shown of both passes, or of one. */
interface Shown {
  readonly layers: Coloured;
  /** null: heads have no shares */
  readonly heads: (Coloured & { readonly title: string }) | null;
}

export function createDifferenceOverview(page: Page): Screen {
  const waiting = createWaiting(page, OVERVIEW, l10n.t('Inspecting every layer of both passes'));
  let drawn: OverviewDifference | null = null;

  /** Opens the flow graphs of a layer, with a node pinned. @param at positions under study */
  const open = (layer: number, pin: string, at: OfSides<number | null>): void => {
    const { compareRequest, compared, view } = page.state();
    if (compared === null || compareRequest === null) return;
    if (!page.live && !compared.comparison.left.layers.includes(layer)) return; // a file does not hold every layer
    page.dispatch({ type: 'view', change: { tab: 'graph', mode: 'graph' } });
    if (!view.pinned.includes(pin)) page.dispatch({ type: 'togglePin', id: pin });
    const { left, right } = compareRequest;
    page.askComparison({
      layers: { from: layer, to: layer },
      ...(at.left !== null && { left: { ...left, position: at.left } }),
      ...(at.right !== null && { right: { ...right, position: at.right } }),
    });
  };
  const changeGridView = (change: Partial<GridView>): void =>
    page.dispatch({ type: 'view', change: { grid: { ...page.state().view.grid, ...change } } });
  /** The positions of a column: a pair, or, of one pass, the pair that has its token. */
  const columnAt = (column: number): OfSides<number | null> | undefined => {
    const { side } = page.state().view.grid;
    return side === 'change' ? drawn?.tokens[column] : drawn?.tokens.find((pair) => pair[side] === column);
  };

  const colour = dropdown({
    label: l10n.t('Colour by'),
    testId: 'grid-colour-by',
    choices: GRID_COLOUR_NAMES,
    choose: (colourBy) => changeGridView({ colourBy }),
  });
  const layers = createCellGrid({
    label: l10n.t('What each layer says at each position. Arrow keys move, Enter opens the flow graphs.'),
    testId: 'difference-grid',
    cellWidth: [48, 110],
    headingWidth: 46,
    open(row, column) {
      const at = columnAt(column);
      if (drawn === null || at === undefined) return;
      const layer = layerOfRow(drawn, row);
      open(layer, STREAMS[page.state().view.grid.stream].node(layer), at);
    },
  });
  const heads = createCellGrid({
    label: l10n.t('Each head of each layer. Arrow keys move, Enter opens the flow graphs at the head.'),
    testId: 'difference-heads-grid',
    cellWidth: [34, 52],
    headingWidth: 46,
    open(row, head) {
      const { compareRequest } = page.state();
      if (drawn === null || compareRequest === null) return;
      // The head is drawn for certain where all are.
      if (compareRequest.counts.heads < drawn.model.nHeads) page.askComparison({ counts: { ...compareRequest.counts, heads: 0 } });
      const layer = layerOfRow(drawn, row);
      open(layer, nodeId.headOut(layer, head), { left: null, right: null });
    },
  });

  /** What is shown of the view's choice. */
  const shownOf = (difference: OverviewDifference, state: PageState): Shown => {
    const { side } = state.view.grid;
    if (side !== 'change') return ofSide(difference[side], paneState(state, side));
    const words = wordsOf(state);
    const axis = probabilityChangeAxis(difference);
    const changes = headChanges(difference);
    const headsAxis = shareChangeAxis(difference, changes);
    return {
      layers: { axis, data: changeGrid(difference, words, state, axis) },
      heads:
        changes.length === 0
          ? null
          : {
              axis: headsAxis,
              data: headChangeGrid(difference, changes, words, state, headsAxis),
              title: l10n.t`Change of each head’s share after ‘${afterWhich(difference)}’`,
            },
    };
  };

  /** @param whole whether heads and blocks have been looked into; they come last */
  const template = (difference: OverviewDifference, shown: Shown, state: PageState, whole: boolean): TemplateResult => {
    const { view, theme } = state;
    const { side, stream } = view.grid;
    const palette = PALETTES[theme.kind];
    const scale = ({ axis }: Coloured, testId: string): TemplateResult =>
      html`<div class="legend-scale" data-testid=${testId}>${scaleBar(axis, palette)}</div>`;
    const words = wordsOf(state);
    return html`<section>
        <div class="insight-controls">
          <h2>${l10n.t('What each layer says')}</h2>
          ${modeButtons(
            l10n.t('Which pass'),
            GRID_SIDES.map((id) => ({
              testId: `grid-side-${id}`,
              label: id === 'change' ? l10n.t('Change') : words[id].name,
              pressed: id === side,
              choose: () => changeGridView({ side: id }),
            })),
          )}
          ${streamButtons(stream, (chosen) => changeGridView({ stream: chosen }))}
          <div class="control" ?hidden=${side === 'change'}><span class="control-label">${l10n.t('Colour by')}</span>${colour.element}</div>
          ${scale(shown.layers, 'grid-scale')}
        </div>
        ${layers.element}
        <p class="insight-note">
          ${
            side === 'change'
              ? l10n.t`Each cell has the token that both passes say there, or → and what ${words.right.name} says instead; its colour is the change of the target’s probability.`
              : nothing
          }
          ${' '}${l10n.t('Each cell reads one vector through {0}: its most likely next token. It does not show what later layers do with it, and a lens is least faithful in early layers.', lensInWords(difference.model.lens))}
        </p>
      </section>
      <section ?hidden=${!whole}>
        ${
          shown.heads === null
            ? html`<p class="insight-note" data-testid="no-shares">${NO_SHARES}</p>`
            : html`<div class="insight-controls">
                  <h2>${shown.heads.title}</h2>
                  ${scale(shown.heads, 'heads-scale')}
                </div>
                ${heads.element}`
        }
      </section>
      <section ?hidden=${shown.heads === null}>
        ${
          side === 'change'
            ? html`<h2>${l10n.t`What changes in each block after ‘${afterWhich(difference)}’`}</h2>
                <p class="insight-note">
                  ${l10n.t`What the attention and feed-forward layer of each block add to the final logits: the change, then ${words.left.name} → ${words.right.name}.`}
                </p>
                ${blockChanges(difference)}`
            : html`<h2>
                  ${l10n.t`What each block does to the prediction after ‘${tokenAt(difference[side], difference[side].position)}’`}
                </h2>
                ${blockEffects(difference[side].blocks, difference[side].target)}`
        }
      </section>`;
  };

  const found = element('div', { class: 'insight-found', attributes: { hidden: true } });
  const answered = createAnswered<OverviewDifference>(found, waiting);
  const actions = element('div', { class: 'difference-actions' });
  const [outcome, chips, form] = [createOutcome(), createChips(page), createPromptForm(page)];
  const sides = SIDES.map((side) => ({ side, part: createSideHeader(panePage(page, side), side) }));

  return insightScreen({
    label: l10n.t('Overview of the difference'),
    header: element(
      'header',
      { class: 'header difference-header' },
      element('h1', { text: l10n.t('Overview of the difference') }),
      actions,
      outcome.element,
      chips.element,
      element('div', { class: 'sides' }, ...sides.map(({ part }) => part.element)),
      form.element,
    ),
    content: [waiting.element, found],
    picture(theme, measure) {
      if (drawn === null || insightOf<'overviewDifference'>(page.state().insights, OVERVIEW).kind !== 'here') return null;
      const state = { ...page.state(), theme };
      const { side, stream } = state.view.grid;
      const shown = shownOf(drawn, state);
      const words = wordsOf(state);
      const sections: GridSection[] = [
        { title: `${l10n.t('What each layer says')}: ${STREAMS[stream].name}`, ...shown.layers, cellWidth: 84, headingWidth: 46 },
        ...(shown.heads === null ? [] : [{ ...shown.heads, cellWidth: 44, headingWidth: 46 }]),
      ];
      const seen = side === 'change' ? SIDES : [side];
      const difference = drawn;
      return gridPicture(
        {
          title: l10n.t('Overview of the difference'),
          head: seen.flatMap((each) => [`${words[each].name}: ${difference[each].prompt}`, figuresLine(difference[each])]),
          sections,
          below: passagesOf(withTables(found), theme, page.state(), () => undefined),
        },
        theme,
        measure,
      );
    },
    update(state, before) {
      for (const part of [outcome, chips, form]) part.update(state, before);
      for (const { side, part } of sides) part.update(paneState(state, side), before && paneState(before, side));
      render(page.live && state.compared !== null ? compareActions(page, state.compared.whatIf) : nothing, actions);
      const overview = insightOf<'overviewDifference'>(state.insights, OVERVIEW);
      const value = answered.update(overview, state);
      if (value === null) return;
      const same =
        value === drawn && state.theme === before?.theme && state.compared === before.compared && state.view.grid === before.view.grid;
      if (same) return;
      drawn = value;
      const shown = shownOf(value, state);
      render(template(value, shown, state, overview.kind === 'here'), found);
      colour.show(state.view.grid.colourBy);
      layers.show(shown.layers.data);
      if (shown.heads !== null) heads.show(shown.heads.data);
    },
  });
}

/** The overview of one pass. @param state as its pane sees it */
function ofSide(overview: Overview, state: PageState): Shown {
  const axis = lensAxis(overview, state.view.grid);
  const figures = { of: 'share' as const, values: overview.blocks.map((block) => block.heads) };
  const headsAxis = headAxis(figures, overview.target);
  return {
    layers: { axis, data: lensGrid(overview, state, axis) },
    heads:
      overview.blocks.length === 0
        ? null
        : {
            axis: headsAxis,
            data: headGrid(overview, figures, state, headsAxis),
            title: l10n.t`Share of each head after ‘${tokenAt(overview, overview.position)}’`,
          },
  };
}
