/** What the two grids of the overview show: what each layer says at each position, and what each head adds. */
import * as l10n from '@vscode/l10n';
import type { TemplateResult } from 'lit-html';
import type { Overview, OverviewCell } from '#core/insight/overview';
import { showToken } from '#core/text/token-text';
import { html } from '../../lib/dom/html';
import { logitInWords, shareName } from '#core/present/describe';
import { colourOf, type Axis } from '../../lib/colour/axes';
import { PALETTES } from '../../lib/colour/palettes';
import type { GridData, GridHeading } from '../../lib/controls/cell-grid';
import { formatNumber, formatProbability, formatRank, formatSigned } from '../../lib/format/number';
import { termText } from '../../parts/term';
import type { PageState } from '../../state/page-state';

/** What each layer says: one row a layer, one column a position. */
export function lensGrid(overview: Overview, state: PageState, axis: Axis): GridData {
  const { tokens, position, target } = overview;
  const { stream, colourBy } = state.view.grid;
  const palette = PALETTES[state.theme.kind];
  const place = (p: number): string => l10n.t`position ${p}, ‘${tokenAt(overview, p)}’`;
  const cellAt = (layer: number, p: number): OverviewCell => at(overview.grid[stream], layer, p);
  return {
    rows: layerHeadings(overview, state.shown?.graph.layers ?? []),
    columns: tokens.map((token, p) => ({
      text: showToken(token),
      said: l10n.t`Position ${p}: ${showToken(token)}`,
      current: p === position,
    })),
    cell(layer, p) {
      const { top, target: figures } = cellAt(layer, p);
      const figure = colourBy === 'rank' ? l10n.t`target ${formatRank(figures.rank)}` : formatProbability(top.probability);
      return {
        text: showToken(top),
        colour: colourOf(colourBy === 'rank' ? figures.rank : top.probability, axis, palette),
        said: l10n.t`Layer ${layer}, ${place(p)}: ${showToken(top)}, ${figure}`,
      };
    },
    card(layer, p) {
      const { top, target: figures, entropy } = cellAt(layer, p);
      return factsCard(l10n.t`Layer ${layer} · ${place(p)}`, showToken(top), [
        [l10n.t('Its probability'), formatProbability(top.probability)],
        [l10n.t`Target ${showToken(target)}`, `${formatRank(figures.rank)} · ${formatProbability(figures.probability)}`],
        [l10n.t('Logit'), formatSigned(figures.logit)],
        [termText('entropy', l10n.t('Entropy')), l10n.t`${formatNumber(entropy)} bits`],
      ]);
    },
  };
}

/** Figures of heads: one row a layer, one column a head. */
export interface HeadFigures {
  /** `[layer][head]`: what each adds to the target's logit, or does to it at the position under study; null: it has none */
  readonly values: readonly (readonly (number | null)[])[];
  readonly of: 'share' | 'effect';
}

/** Figures of all heads. */
export function headGrid(overview: Overview, { values, of }: HeadFigures, state: PageState, axis: Axis): GridData {
  const { model, target } = overview;
  const palette = PALETTES[state.theme.kind];
  const valueOf = (layer: number, head: number): number => at(values, layer, head) ?? 0;
  const name = of === 'share' ? shareName(target.measure) : l10n.t('Effect, estimated');
  return {
    rows: layerHeadings(overview, state.shown?.graph.layers ?? []),
    columns: Array.from({ length: model.nHeads }, (_, head) => ({ text: `h${head}`, said: l10n.t`Head ${head}`, current: false })),
    cell(layer, head) {
      const value = valueOf(layer, head);
      const text = formatSigned(Number(value.toFixed(1)));
      const said =
        of === 'share'
          ? l10n.t`Layer ${layer}, head ${head}: share ${text}`
          : l10n.t`Layer ${layer}, head ${head}: estimated effect ${text}`;
      return { text, colour: colourOf(value, axis, palette), said };
    },
    card: (layer, head) =>
      factsCard(l10n.t`Layer ${layer} · head ${head}`, formatSigned(valueOf(layer, head)), [[name, logitInWords({ target })]]),
  };
}

/** The token at a position, as it is shown. */
export function tokenAt({ tokens }: Pick<Overview, 'tokens'>, position: number): string {
  const token = tokens[position];
  return token === undefined ? '' : showToken(token);
}

/** @throws RangeError for a place that the overview does not have */
function at<T>(table: readonly (readonly T[])[], row: number, column: number): T {
  const found = table[row]?.[column];
  if (found === undefined) throw new RangeError(`The overview has no row ${row} with a column ${column}.`);
  return found;
}

function layerHeadings({ model }: Overview, shown: readonly number[]): readonly GridHeading[] {
  return Array.from({ length: model.nLayers }, (_, layer) => ({
    text: String(layer),
    said: l10n.t`Layer ${layer}`,
    current: shown.includes(layer),
  }));
}

/** A small card: title, what stands out, figures. */
function factsCard(
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
