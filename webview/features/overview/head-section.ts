/** What each head does to the prediction: its share or effect at the position under study, or its effect from every position. */
import * as l10n from '@vscode/l10n';
import { nothing, type TemplateResult } from 'lit-html';
import { nodeId } from '#core/format/node-id';
import type { Effects } from '#core/insight/effects';
import { NO_SHARES, type Overview } from '#core/insight/overview';
import { measureMeaning, shareName } from '#core/present/describe';
import { cancellingNote } from '#core/present/cancelling-effects';
import { unalignedNote } from '#core/present/effect-notes';
import { effectMeaning, referenceInWords, SWITCHED_OFF } from '#core/present/effect-words';
import { saturationInWords } from '#core/present/gradient-words';
import { assertNever } from '#core/problem';
import type { Axis } from '../../lib/colour/axes';
import { PALETTES } from '../../lib/colour/palettes';
import { button } from '../../lib/controls/button';
import { createCellGrid } from '../../lib/controls/cell-grid';
import { html } from '../../lib/dom/html';
import { waitingBox } from '../../parts/answer';
import { modeButtons } from '../../parts/drawing-controls';
import { scaleBar } from '../../parts/scale-bar';
import { referenceOf } from '../../state/effects';
import type { HeadFigure } from '../../state/grid-view';
import { insightOf } from '../../state/insight-state';
import type { GridSection } from '../../picture/grid-picture';
import type { Page } from '../../state/page';
import type { PageState } from '../../state/page-state';
import { layerOfRow, tokenAt } from '../../parts/overview/grids';
import {
  headAxis,
  headGrid,
  positionAxis,
  positionGrid,
  strongestHeads,
  type HeadFigures,
  type HeadPlace,
} from '../../parts/overview/head-grids';

/** Heads whose positions are shown at first, and that are added on demand. */
const HEADS = 20;

const EFFECTS = { of: 'effects' } as const;

const FIGURES: readonly (readonly [HeadFigure, string])[] = [
  ['share', l10n.t('Share')],
  ['effect', l10n.t('Effect')],
  ['positions', l10n.t('Effect by position')],
];

/** What is drawn now; null: it is not known yet, or there is none. */
type Drawn =
  | { readonly kind: 'heads'; readonly figures: HeadFigures; readonly axis: Axis }
  | { readonly kind: 'positions'; readonly effects: Effects; readonly heads: readonly HeadPlace[]; readonly axis: Axis };

/** A section of the overview that is rendered with it. */
export interface HeadSection {
  /** Asks for what it needs and is not known. */
  ask(state: PageState): void;
  template(overview: Overview, state: PageState): TemplateResult;
  /** Fills the grids. */
  show(overview: Overview, state: PageState): void;
  /** What is shown, for a picture; null: it is not there yet, or there is nothing to show. @param state in the theme of the picture */
  section(overview: Overview, state: PageState): GridSection | null;
}

/**
 * @param open leads to a node of a layer at a position
 * @param choose changes what is shown
 */
export function createHeadSection(
  page: Page,
  open: (layer: number, position: number, pin: string) => void,
  choose: (heads: HeadFigure) => void,
): HeadSection {
  let last: Overview | null = null;
  let heads: readonly HeadPlace[] = [];
  let listed = HEADS;
  const openHead = (layer: number, head: number, position: number): void => {
    const { request, shown } = page.state();
    // The head is drawn for certain where all are.
    if (request !== null && shown !== null && request.counts.heads < shown.graph.model.nHeads)
      page.ask({ counts: { ...request.counts, heads: 0 } });
    open(layer, position, nodeId.headOut(layer, head));
  };
  const layers = createCellGrid({
    label: l10n.t('Each head of each layer. Arrow keys move, Enter opens the flow graph at the head.'),
    testId: 'heads-grid',
    cellWidth: [34, 52],
    headingWidth: 46,
    open(row, head) {
      if (last !== null) openHead(layerOfRow(last, row), head, page.state().request?.position ?? 0);
    },
  });
  const positions = createCellGrid({
    label: l10n.t('Effect of the strongest heads from each position. Arrow keys move, Enter opens the flow graph at the head there.'),
    testId: 'positions-grid',
    cellWidth: [40, 84],
    headingWidth: 60,
    open(row, position) {
      const place = heads[row];
      if (place !== undefined) openHead(place.layer, place.head, position);
    },
  });

  const drawn = (overview: Overview, { insights, view }: PageState): Drawn | null => {
    const figure = view.grid.heads;
    if (figure === 'share') {
      if (overview.blocks.length === 0) return null;
      const figures: HeadFigures = { of: 'share', values: overview.blocks.map((block) => block.heads) };
      return { kind: 'heads', figures, axis: headAxis(figures, overview.target) };
    }
    const asked = insightOf<'effects'>(insights, EFFECTS);
    if (asked.kind !== 'here') return null;
    const effects = asked.value;
    switch (figure) {
      case 'effect': {
        const values = effects.heads.map((ofLayer) => ofLayer.map((at) => at[overview.position] ?? null));
        const figures: HeadFigures = { of: effects.effects, values };
        return { kind: 'heads', figures, axis: headAxis(figures, overview.target) };
      }
      case 'positions': {
        const strongest = strongestHeads(effects);
        return { kind: 'positions', effects, heads: strongest, axis: positionAxis(effects, strongest) };
      }
      default:
        return assertNever(figure);
    }
  };
  const showMore = (): void => {
    listed += HEADS;
    const state = page.state();
    if (last !== null) show(last, state);
  };
  const show = (overview: Overview, state: PageState): void => {
    const now = drawn(overview, state);
    if (overview !== last) listed = HEADS;
    last = overview;
    if (now === null) return;
    if (now.kind === 'heads') return layers.show(headGrid(overview, now.figures, state, now.axis));
    heads = now.heads.slice(0, listed);
    positions.show(positionGrid(now.effects, heads, state, now.axis));
  };

  return {
    ask({ insights, view, phase }) {
      if (view.grid.heads === 'share' || !page.live || phase.kind === 'working') return;
      if (insightOf<'effects'>(insights, EFFECTS).kind === 'absent') page.requestInsight(EFFECTS);
    },
    template(overview, state) {
      const { view, insights, theme } = state;
      const { target, position, blocks } = overview;
      const figure = view.grid.heads;
      const isShare = figure === 'share';
      const now = drawn(overview, state);
      const asked = insightOf<'effects'>(insights, EFFECTS);
      const summary = !isShare && asked.kind === 'here' ? asked.value.effects : null;
      const saturated = summary?.saturated;
      const reference = summary ?? (state.shown === null ? SWITCHED_OFF : referenceOf(state.shown));
      const unaligned = summary && unalignedNote(summary);
      const cancel =
        now === null || isShare ? null : cancellingNote(now.kind === 'heads' ? now.figures.values.flat() : now.effects.heads.flat(2));
      return html`<section>
        <div class="insight-controls">
          <h2 title=${isShare ? measureMeaning(target.measure) : effectMeaning({ target }, reference, 'estimated')}>
            ${titleOf(figure, overview, tokenAt(overview, position))}
          </h2>
          ${
            // A page of its own has no engine that could estimate effects.
            !page.live
              ? nothing
              : modeButtons(
                  l10n.t('What is shown of each head'),
                  FIGURES.map(([id, label]) => ({ testId: `heads-${id}`, label, pressed: id === figure, choose: () => choose(id) })),
                )
          }
          ${
            now === null
              ? nothing
              : html`<div class="legend-scale" data-testid="heads-scale">${scaleBar(now.axis, PALETTES[theme.kind])}</div>`
          }
        </div>
        ${isShare && blocks.length === 0 ? html`<p class="insight-note" data-testid="no-shares">${NO_SHARES}</p>` : nothing}
        ${isShare ? nothing : waitingBox(page, EFFECTS, l10n.t('Estimating effects'), asked)}
        ${saturated === undefined ? nothing : html`<p class="insight-note" data-testid="heads-saturated">${saturationInWords(saturated, target)}</p>`}
        ${reference.baseline === 'zero' || isShare ? nothing : html`<p class="insight-note" data-testid="heads-reference">${l10n.t`Each component ${referenceInWords(reference)}. Choose in the flow graph, under Detail.`} ${unaligned}</p>`}
        ${now === null ? nothing : now.kind === 'heads' ? layers.element : positions.element}
        ${cancel === null ? nothing : html`<p class="insight-note" data-testid="heads-cancel">${cancel}</p>`}
        ${
          now?.kind !== 'positions'
            ? nothing
            : html`${button({
                  label: l10n.t('Show more heads'),
                  testId: 'more-heads',
                  hidden: now.heads.length <= HEADS,
                  press: showMore,
                })}
                <p class="insight-note">
                  ${l10n.t('Each cell estimates what the prediction would lose without what this head writes at this position, later blocks included. Click a cell to open the head there.')}
                </p>`
        }
      </section>`;
    },
    show,
    section(overview, state) {
      const now = drawn(overview, state);
      if (now === null) return null;
      const { axis } = now;
      const title = titleOf(state.view.grid.heads, overview, tokenAt(overview, overview.position));
      return now.kind === 'heads'
        ? { title, axis, data: headGrid(overview, now.figures, state, axis), cellWidth: 44, headingWidth: 46 }
        : { title, axis, data: positionGrid(now.effects, now.heads.slice(0, listed), state, axis), cellWidth: 66, headingWidth: 60 };
    },
  };
}

function titleOf(figure: HeadFigure, { target }: Overview, token: string): string {
  switch (figure) {
    case 'share':
      return l10n.t`${shareName(target.measure)} of each head at ‘${token}’`;
    case 'effect':
      return l10n.t`Estimated effect of each head at ‘${token}’`;
    case 'positions':
      return l10n.t`Heads by position: effect on the prediction after ‘${token}’`;
    default:
      return assertNever(figure);
  }
}
