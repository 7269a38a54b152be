/** A whole pass at a glance: every layer at every position, and what every block does to the prediction at one. */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import { nodeId } from '#core/format/node-id';
import { GRID_STREAMS, NO_SHARES, type GridStream, type Overview } from '#core/insight/overview';
import { saturationInWords } from '#core/present/gradient-words';
import { html } from '../../lib/dom/html';
import { effectMeaning, measureMeaning, shareName } from '#core/present/describe';
import { PROBABILITY_AXIS, signedAxis, targetRankAxis } from '../../lib/colour/axes';
import { PALETTES } from '../../lib/colour/palettes';
import { createCellGrid } from '../../lib/controls/cell-grid';
import { dropdown } from '../../lib/controls/toolkit';
import { element } from '../../lib/dom/element';
import { createAnswered, createWaiting, waitingBox } from '../../parts/answer';
import { modeButtons } from '../../parts/drawing-controls';
import { insightScreen } from '../../parts/insight-screen';
import { createPromptHeader } from '../../parts/prompt-header';
import { scaleBar } from '../../parts/scale-bar';
import type { Screen } from '../../parts/screen';
import type { GridColour, GridView } from '../../state/grid-view';
import { insightOf } from '../../state/insight-state';
import type { Page } from '../../state/page';
import type { PageState } from '../../state/page-state';
import { blockEffects } from './block-effects';
import { headGrid, lensGrid, tokenAt, type HeadFigures } from './grids';

const STREAMS: Readonly<Record<GridStream, { readonly name: string; readonly node: (layer: number) => string }>> = {
  resid_post: { name: l10n.t('Residual stream'), node: nodeId.residPost },
  attn_out: { name: l10n.t('Attention output'), node: nodeId.attnOut },
  mlp_out: { name: l10n.t('Feed-forward output'), node: nodeId.mlpOut },
};

const COLOURS: readonly (readonly [GridColour, string])[] = [
  ['rank', l10n.t('Rank of target')],
  ['probability', l10n.t('Probability')],
];

const OVERVIEW = { of: 'overview' } as const;
const EFFECTS = { of: 'effects' } as const;

export function createOverviewScreen(page: Page): Screen {
  const header = createPromptHeader(page, l10n.t('Overview of a forward pass'));
  const waiting = createWaiting(page, OVERVIEW, l10n.t('Inspecting every layer'));

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
    cellWidth: 84,
    open: (layer, position) => open(layer, position, STREAMS[page.state().view.grid.stream].node(layer)),
  });
  const heads = createCellGrid({
    label: l10n.t('Share of each head. Arrow keys move, Enter opens the flow graph at the head.'),
    testId: 'heads-grid',
    cellWidth: 52,
    open: (layer, head) => {
      const { request, shown } = page.state();
      // The head is drawn for certain where all are.
      if (request !== null && shown !== null && request.counts.heads < shown.graph.model.nHeads)
        page.ask({ counts: { ...request.counts, heads: 0 } });
      open(layer, request?.position ?? 0, nodeId.headOut(layer, head));
    },
  });

  /** What each layer says. */
  const saidByLayers = (overview: Overview, { view, theme }: PageState): TemplateResult => {
    const axis = view.grid.colourBy === 'rank' ? targetRankAxis(overview) : PROBABILITY_AXIS;
    return html`<section>
      <h2>${l10n.t('What each layer says')}</h2>
      <p class="insight-note">
        ${l10n.t('Each cell reads one vector with the logit lens: its most likely next token, as if the model ended there. It does not show what later layers do with it, and it is least faithful in early layers, whose states are not yet in the form that the unembedding reads.')}
      </p>
      <div class="insight-controls">
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
    </section>`;
  };

  /** What each block does. */
  const doneByBlocks = (overview: Overview, state: PageState): TemplateResult => {
    const { theme, insights, view } = state;
    const { blocks, target, position, listed } = overview;
    const isEffect = view.grid.heads === 'effect';
    const figures = headFigures(overview, state);
    const asked = insightOf<'effects'>(insights, EFFECTS);
    const saturated = isEffect && asked.kind === 'here' ? asked.value.effects.saturated : undefined;
    if (blocks.length === 0) return html`<p class="insight-note" data-testid="no-shares">${NO_SHARES}</p>`;
    return html`<section>
      <h2>${l10n.t`What each block does to the prediction after ‘${tokenAt(overview, position)}’`}</h2>
      <p class="insight-note">
        ${l10n.t('What the attention and feed-forward layer of each block add to the final logits at the position under study, with the final norm’s scale held fixed. This is the direct effect only: it leaves out what later blocks do with it.')}
        ${
          listed === 'centred'
            ? l10n.t('Tokens are listed with what is added to their logits, less what is added to all logits on average (centred).')
            : l10n.t('Tokens are listed with what is added to their logits, even where it is added to all others too (raw).')
        }
      </p>
      <div class="insight-controls">
        <h3 title=${isEffect ? effectMeaning({ target }, 'estimated') : measureMeaning(target.measure)}>
          ${isEffect ? l10n.t('Estimated effect of each head') : l10n.t`${shareName(target.measure)} of each head`}
        </h3>
        ${
          !page.live
            ? nothing
            : modeButtons(l10n.t('What is shown of each head'), [
                { testId: 'heads-share', label: l10n.t('Share'), pressed: !isEffect, choose: () => changeGrid({ heads: 'share' }) },
                { testId: 'heads-effect', label: l10n.t('Effect'), pressed: isEffect, choose: () => changeGrid({ heads: 'effect' }) },
              ])
        }
        ${
          figures === null
            ? nothing
            : html`<div class="legend-scale" data-testid="heads-scale">${scaleBar(headAxis(figures, target), PALETTES[theme.kind])}</div>`
        }
      </div>
      ${isEffect ? waitingBox(page, EFFECTS, l10n.t('Estimating effects'), asked) : nothing}
      ${saturated === undefined ? nothing : html`<p class="insight-note" data-testid="heads-saturated">${saturationInWords(saturated, target)}</p>`}
      ${figures === null ? nothing : heads.element} ${blockEffects(blocks, target)}
    </section>`;
  };

  const found = element('div', { class: 'insight-found', attributes: { hidden: true } });
  const answered = createAnswered<Overview>(found, waiting);

  return insightScreen({
    label: l10n.t('Overview'),
    header: header.element,
    content: [waiting.element, found],
    update(state, before) {
      header.update(state, before);
      const overview = insightOf<'overview'>(state.insights, OVERVIEW);
      const value = answered.update(overview, state);
      if (value === null) return;
      const { heads: figure } = state.view.grid;
      if (figure === 'effect' && value.blocks.length > 0 && page.live && state.phase.kind !== 'working') {
        if (insightOf<'effects'>(state.insights, EFFECTS).kind === 'absent') page.requestInsight(EFFECTS);
      }
      const changed =
        state.insights.effects !== before?.insights.effects ||
        state.insights.overview !== before.insights.overview ||
        state.theme !== before.theme ||
        state.shown !== before.shown;
      if (!changed && state.view.grid === before.view.grid) return;
      render([saidByLayers(value, state), doneByBlocks(value, state)], found);
      colour.show(state.view.grid.colourBy);
      grid.show(lensGrid(value, state, state.view.grid.colourBy === 'rank' ? targetRankAxis(value) : PROBABILITY_AXIS));
      const figures = headFigures(value, state);
      const newFigures = changed || figure !== before.view.grid.heads;
      if (newFigures && value.blocks.length > 0 && figures !== null)
        heads.show(headGrid(value, figures, state, headAxis(figures, value.target)));
    },
  });
}

/** What the grid of heads shows; null: it is not known yet. */
function headFigures({ blocks, position }: Overview, { insights, view }: PageState): HeadFigures | null {
  if (view.grid.heads === 'share') return { of: 'share', values: blocks.map(({ heads }) => heads) };
  const asked = insightOf<'effects'>(insights, EFFECTS);
  if (asked.kind !== 'here') return null;
  return { of: 'effect', values: asked.value.heads.map((heads) => heads.map((positions) => positions[position] ?? null)) };
}

function headAxis({ values, of }: HeadFigures, target: Overview['target']): ReturnType<typeof signedAxis> {
  return signedAxis(target, Math.max(...values.flatMap((heads) => heads.map((value) => Math.abs(value ?? 0)))), of);
}
