/** What the grid of layers and positions shows, and what all grids of the overview have in common. */
import * as l10n from '@vscode/l10n';
import type { TemplateResult } from 'lit-html';
import type { Overview, OverviewCell } from '#core/insight/overview';
import { agreementInWords, isFaint, lensFact } from '#core/present/lens-words';
import { showToken, showTokenInFull } from '#core/text/token-text';
import { html } from '../../lib/dom/html';
import { colourOf, type Axis } from '../../lib/colour/axes';
import { parseColour, type Rgb } from '../../lib/colour/colour';
import { PALETTES } from '../../lib/colour/palettes';
import type { GridData, GridHeading } from '../../lib/controls/grid-rows';
import { formatNumber, formatProbability, formatRank, formatSigned } from '../../lib/format/number';
import { termText } from '../term';
import type { PageState } from '../../state/page-state';

/** What each layer says: one row a layer, the last on top; one column a position. */
export function lensGrid(overview: Overview, state: PageState, axis: Axis): GridData {
  const { tokens, position, target } = overview;
  const { stream, colourBy } = state.view.grid;
  const palette = PALETTES[state.theme.kind];
  const plain = plainColour(state);
  const cellAt = (layer: number, p: number): OverviewCell => at(overview.grid[stream], layer, p);
  return {
    corner: l10n.t('Layer'),
    rows: layerHeadings(overview, state.shown?.graph.layers ?? []),
    columns: positionHeadings(tokens, position),
    cell(row, p) {
      const layer = layerOfRow(overview, row);
      if (!isKnown(overview, layer))
        return { text: '', colour: plain, said: l10n.t`Layer ${layer}, ${placeInWords(overview, p)}: on its way` };
      const { top, target: figures } = cellAt(layer, p);
      const figure = colourBy === 'rank' ? l10n.t`target ${formatRank(figures.rank)}` : formatProbability(top.probability);
      return {
        text: showToken(top),
        colour: colourOf(colourBy === 'rank' ? figures.rank : top.probability, axis, palette),
        doubtful: isFaint(overview.model, layer + 1),
        said: l10n.t`Layer ${layer}, ${placeInWords(overview, p)}: ${showToken(top)}, ${figure}`,
      };
    },
    card(row, p) {
      const layer = layerOfRow(overview, row);
      if (!isKnown(overview, layer)) return factsCard(l10n.t`Layer ${layer} · ${placeInWords(overview, p)}`, l10n.t('On its way'), []);
      const { top, target: figures, entropy } = cellAt(layer, p);
      return factsCard(l10n.t`Layer ${layer} · ${placeInWords(overview, p)}`, showToken(top), [
        [l10n.t('Its probability'), formatProbability(top.probability)],
        [l10n.t`Target ${showToken(target)}`, `${formatRank(figures.rank)} · ${formatProbability(figures.probability)}`],
        [l10n.t('Logit'), formatSigned(figures.logit)],
        [termText('entropy', l10n.t('Entropy')), l10n.t`${formatNumber(entropy)} bits`],
        [l10n.t('Lens'), lensFact(overview.model, layer + 1)],
      ]);
    },
  };
}

/** The colour of a cell that nothing is known of yet. */
export function plainColour({ theme }: Pick<PageState, 'theme'>): Rgb {
  return parseColour(theme.background) ?? { r: 0.5, g: 0.5, b: 0.5 };
}

/** Whether a layer is looked into already: an overview that is on its way has the last layers first. */
export function isKnown({ grid }: Pick<Overview, 'grid'>, layer: number): boolean {
  return (grid.resid_post[layer]?.length ?? 0) > 0;
}

/** The token at a position, as it is shown. */
export function tokenAt({ tokens }: Pick<Overview, 'tokens'>, position: number): string {
  const token = tokens[position];
  return token === undefined ? '' : showToken(token);
}

/** A position in words: "position 4, ‘·Japan’". */
export function placeInWords(of: Pick<Overview, 'tokens'>, position: number): string {
  return l10n.t`position ${position}, ‘${tokenAt(of, position)}’`;
}

/** The layer that a row shows: the last one is on top, where the answer arises. */
export function layerOfRow({ model }: Pick<Overview, 'model'>, row: number): number {
  return model.nLayers - 1 - row;
}

/** @throws RangeError for a place that the overview does not have */
export function at<T>(table: readonly (readonly T[])[], row: number, column: number): T {
  const found = table[row]?.[column];
  if (found === undefined) throw new RangeError(`The overview has no row ${row} with a column ${column}.`);
  return found;
}

/** The headings of rows that are layers. @param shown layers that the flow graph shows */
export function layerHeadings(of: Pick<Overview, 'model'>, shown: readonly number[]): readonly GridHeading[] {
  return Array.from({ length: of.model.nLayers }, (_, row) => {
    const layer = layerOfRow(of, row);
    return {
      text: String(layer),
      said: [l10n.t`Layer ${layer}`, agreementInWords(of.model, layer + 1)].filter((part) => part !== undefined).join('. '),
      current: shown.includes(layer),
    };
  });
}

/** The headings of columns that are positions. */
export function positionHeadings(tokens: Overview['tokens'], current: number): readonly GridHeading[] {
  return tokens.map((token, p) => ({
    text: showToken(token),
    said: l10n.t`Position ${p}: ${showTokenInFull(token)}`,
    current: p === current,
  }));
}

/** A small card: title, what stands out, figures. */
export function factsCard(
  title: string,
  label: string,
  facts: readonly (readonly [name: string | TemplateResult, value: string])[],
): TemplateResult {
  return html`<div class="facts-card">
    <div class="card-title">${title}</div>
    <div class="card-label">${label}</div>
    <dl class="facts">
      ${facts.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
  </div>`;
}

/** Which model says what, and after which token: "visit-small · after ‘·of’ · target ·Tokyo, 97%, #1". */
export function figuresLine({ model, target, tokens, position }: Overview): string {
  return [
    model.name,
    l10n.t`after ‘${tokenAt({ tokens }, position)}’`,
    l10n.t`target ${showToken(target)}, ${formatProbability(target.probability)}, ${formatRank(target.rank)}`,
  ].join(' · ');
}
