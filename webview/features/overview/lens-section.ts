/** What two lenses read differently: the one that is chosen for all views, and one that it is compared with here. */
import * as l10n from '@vscode/l10n';
import { nothing, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { LOGIT_LENS } from '#core/format/lens-worth';
import { nodeId } from '#core/format/node-id';
import type { LensDifference } from '#core/insight/lens-difference';
import type { Overview } from '#core/insight/overview';
import { lensTitleAmong, lensTitlesApart, twoLensesInWords } from '#core/present/lens-words';
import type { InsightRequest } from '#core/protocol/insight';
import { PALETTES } from '../../lib/colour/palettes';
import { createCellGrid } from '../../lib/controls/cell-grid';
import { html } from '../../lib/dom/html';
import { waitingBox } from '../../parts/answer';
import { modeButtons } from '../../parts/drawing-controls';
import { lensNames } from '../../parts/lens-select';
import { scaleBar } from '../../parts/scale-bar';
import type { GridSection } from '../../picture/grid-picture';
import type { GridView } from '../../state/grid-view';
import { insightOf } from '../../state/insight-state';
import type { Page } from '../../state/page';
import type { PageState } from '../../state/page-state';
import { borderOfRow, differenceAxis, differenceGrid } from './lens-difference-grid';

/** A part of the overview, which the overview draws and then shows. */
export interface LensSection {
  /** Asks for the difference where it is seen and not there. */
  ask(overview: Overview, state: PageState): void;
  template(overview: Overview, state: PageState): TemplateResult;
  show(overview: Overview, state: PageState): void;
  /** It as a part of a picture; null: no lens is compared with. */
  section(overview: Overview, state: PageState): GridSection | null;
}

/**
 * @param open opens the flow graph of a layer at a position, with a node pinned
 * @param change changes what is shown of the grids
 */
export function createLensSection(
  page: Page,
  open: (layer: number, position: number, pin: string) => void,
  change: (change: Partial<GridView>) => void,
): LensSection {
  let drawn: LensDifference | null = null;
  const grid = createCellGrid({
    label: l10n.t('What one lens reads and another does not. Arrow keys move, Enter opens the flow graph.'),
    testId: 'lens-difference-grid',
    cellWidth: [48, 84],
    headingWidth: 46,
    open(row, position) {
      if (drawn === null) return;
      const border = borderOfRow(drawn, row);
      if (border === 0) open(0, position, nodeId.residPre(0));
      else open(border - 1, position, nodeId.residPost(border - 1));
    },
  });

  const choose = (event: Event): void => {
    const { value } = event.target as HTMLSelectElement;
    change({ otherLens: value === '' ? null : value });
  };

  return {
    ask(overview, state) {
      const other = otherLens(overview, state, page.live);
      if (other === null || !page.live || state.phase.kind === 'working') return;
      if (insightOf<'lensDifference'>(state.insights, requestFor(other)).kind === 'absent') page.requestInsight(requestFor(other));
    },
    template(overview, state) {
      const names = offered(overview, state, page.live);
      if (names.length === 0) return html`${nothing}`;
      const other = otherLens(overview, state, page.live);
      const asked = other === null ? null : insightOf<'lensDifference'>(state.insights, requestFor(other));
      const difference = asked?.kind === 'here' ? asked.value : null;
      const { readBy } = state.view.grid;
      const side = (of: GridView['readBy'], title: string) => ({
        testId: `only-${of}`,
        label: l10n.t('Only {0}', title),
        pressed: readBy === of,
        choose: () => change({ readBy: of }),
      });
      const sides = ({ model, other: compared }: LensDifference) => {
        const [one, two] = lensTitlesApart([model.lens, compared]);
        return [side('one', one), side('other', two)];
      };
      return html`<section data-testid="lens-difference">
        <div class="insight-controls">
          <h2>${l10n.t('What two lenses read differently')}</h2>
          <div class="lens-select">
            <label
              ><span>${l10n.t('Compare with')}</span>
              <select data-testid="other-lens" .value=${live(other ?? '')} @change=${choose}>
                <option value="" ?selected=${other === null}>${l10n.t('no other lens')}</option>
                ${names.map((name) => html`<option value=${name} ?selected=${name === other}>${lensTitleAmong(name, [...names, nameOf(overview.model)])}</option>`)}
              </select></label
            >
          </div>
          ${
            difference === null
              ? nothing
              : html`${modeButtons(l10n.t('Whose tokens are shown'), sides(difference))}
                  <div class="legend-scale" data-testid="lens-difference-scale">
                    ${scaleBar(differenceAxis(difference), PALETTES[state.theme.kind])}
                  </div>`
          }
        </div>
        ${other === null || asked === null ? nothing : waitingBox(page, requestFor(other), l10n.t('Reading through both lenses'), asked)}
        ${
          difference === null
            ? nothing
            : html`${grid.element}
                <p class="insight-note" data-testid="lens-difference-note">
                  ${l10n.t('Of the stream after each layer, {0} and {1} each list their {2} most likely tokens. A cell shows the first that only one of them lists, and is empty where both list the same. A token that one lens reads and another does not is a matter of the lens: look at how far each can be trusted there.', ...twoLensesInWords([difference.model.lens, difference.other]), String(difference.listed))}
                </p>`
        }
      </section>`;
    },
    show(overview, state) {
      drawn = differenceIn(overview, state, page.live);
      if (drawn !== null) grid.show(differenceGrid(drawn, state));
    },
    section(overview, state) {
      const difference = differenceIn(overview, state, page.live);
      if (difference === null) return null;
      const { readBy } = state.view.grid;
      const [oneInWords, otherInWords] = twoLensesInWords([difference.model.lens, difference.other]);
      const title =
        readBy === 'one'
          ? l10n.t('What {0} reads and {1} does not', oneInWords, otherInWords)
          : l10n.t('What {0} reads and {1} does not', otherInWords, oneInWords);
      return { title, axis: differenceAxis(difference), data: differenceGrid(difference, state), cellWidth: 72, headingWidth: 46 };
    },
  };
}

function requestFor(lens: string): InsightRequest<'lensDifference'> {
  return { of: 'lensDifference', lens };
}

function nameOf({ lens }: Pick<Overview['model'], 'lens'>): string {
  return lens?.name ?? LOGIT_LENS;
}

/** Lenses that the overview can be compared with: a file knows those that it holds. */
function offered({ model }: Overview, state: PageState, isLive: boolean): readonly string[] {
  const all = isLive ? lensNames(state) : [...state.insights.lensDifference.keys()].map((key) => key.slice('lensDifference '.length));
  return all.filter((name) => name !== nameOf(model));
}

function otherLens(overview: Overview, state: PageState, isLive: boolean): string | null {
  return offered(overview, state, isLive).find((name) => name === state.view.grid.otherLens) ?? null;
}

function differenceIn(overview: Overview, state: PageState, isLive: boolean): LensDifference | null {
  const other = otherLens(overview, state, isLive);
  const asked = other === null ? null : insightOf<'lensDifference'>(state.insights, requestFor(other));
  return asked?.kind === 'here' ? asked.value : null;
}
