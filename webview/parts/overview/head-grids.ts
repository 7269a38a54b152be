/** What the grids of heads show: layers and heads at one position, or the strongest heads at every position. */
import * as l10n from '@vscode/l10n';
import type { EffectsSummary } from '#core/format/effects';
import type { Effects } from '#core/insight/effects';
import type { Overview } from '#core/insight/overview';
import { logitInWords, shareName } from '#core/present/describe';
import { effectName } from '#core/present/effect-words';
import { colourOf, signedAxis, type Axis } from '../../lib/colour/axes';
import { PALETTES } from '../../lib/colour/palettes';
import type { GridCell, GridData } from '../../lib/controls/grid-rows';
import { formatSigned } from '../../lib/format/number';
import type { PageState } from '../../state/page-state';
import { at, factsCard, layerHeadings, layerOfRow, placeInWords, positionHeadings, tokenAt } from './grids';

/** Figures of heads at the position under study. */
export interface HeadFigures {
  /** `[layer][head]`: what each adds to the target's logit, or does to it; null: it has none */
  readonly values: readonly (readonly (number | null)[])[];
  readonly of: 'share' | EffectsSummary;
}

/** The colours of figures of heads. */
export function headAxis(figures: HeadFigures, target: Overview['target']): Axis {
  return signedAxis(target, largestOf(figures), figures.of);
}

function largestOf({ values }: HeadFigures): number {
  return Math.max(...values.flatMap((heads) => heads.map((value) => Math.abs(value ?? 0))));
}

/** All heads: one row a layer, the last on top; one column a head. */
export function headGrid(overview: Overview, figures: HeadFigures, state: PageState, axis: Axis): GridData {
  const { values, of } = figures;
  const { model, target } = overview;
  const short = shortened(largestOf(figures));
  const name = of === 'share' ? shareName(target.measure) : effectName('estimated', of);
  const valueOf = (layer: number, head: number): number => at(values, layer, head) ?? 0;
  return {
    corner: l10n.t('Layer'),
    rows: layerHeadings(overview, state.shown?.graph.layers ?? []),
    columns: Array.from({ length: model.nHeads }, (_, head) => ({ text: `h${head}`, said: l10n.t`Head ${head}`, current: false })),
    cell(row, head) {
      const layer = layerOfRow(overview, row);
      const value = valueOf(layer, head);
      const figure = short(value);
      return {
        ...signedCell(value, figure, axis, state),
        said:
          of === 'share'
            ? l10n.t`Layer ${layer}, head ${head}: share ${figure}`
            : l10n.t`Layer ${layer}, head ${head}: estimated effect ${figure}`,
      };
    },
    card(row, head) {
      const layer = layerOfRow(overview, row);
      return factsCard(l10n.t`Layer ${layer} · head ${head}`, formatSigned(valueOf(layer, head)), [[name, logitInWords({ target })]]);
    },
  };
}

/** A head with its effects. */
export interface HeadPlace {
  readonly layer: number;
  readonly head: number;
  /** its largest |effect| at any position */
  readonly most: number;
}

/** All heads, that with the largest |effect| at any position first. */
export function strongestHeads({ heads }: Pick<Effects, 'heads'>): readonly HeadPlace[] {
  return heads
    .flatMap((ofLayer, layer) =>
      ofLayer.map((effects, head): HeadPlace => ({ layer, head, most: Math.max(0, ...effects.map((effect) => Math.abs(effect ?? 0))) })),
    )
    .sort((a, b) => b.most - a.most || b.layer - a.layer || a.head - b.head);
}

/** The colours of effects of heads at all positions. @param strongest heads, the strongest first */
export function positionAxis({ target, effects }: Pick<Effects, 'target' | 'effects'>, strongest: readonly HeadPlace[]): Axis {
  return signedAxis(target, strongest[0]?.most ?? 0, effects);
}

/** Which head matters from which position: one row a head, one column a position up to that under study. */
export function positionGrid(effects: Effects, rows: readonly HeadPlace[], state: PageState, axis: Axis): GridData {
  const { target, tokens, position } = effects;
  const headOf = (row: number): HeadPlace => at([rows], 0, row);
  const short = shortened(rows[0]?.most ?? 0);
  const valueOf = ({ layer, head }: HeadPlace, p: number): number => effects.heads[layer]?.[head]?.[p] ?? 0;
  return {
    corner: l10n.t('Head'),
    rows: rows.map(({ layer, head }) => ({ text: `L${layer} h${head}`, said: l10n.t`Layer ${layer}, head ${head}`, current: false })),
    columns: positionHeadings(tokens.slice(0, position + 1), position),
    cell(row, p) {
      const { layer, head } = headOf(row);
      const value = valueOf(headOf(row), p);
      const figure = short(value);
      return {
        ...signedCell(value, figure, axis, state),
        said: l10n.t`Layer ${layer}, head ${head}, ${placeInWords(effects, p)}: estimated effect ${figure}`,
      };
    },
    card(row, p) {
      const { layer, head } = headOf(row);
      const read = p === position ? strongestRead(effects, headOf(row)) : null;
      return factsCard(l10n.t`Layer ${layer} · head ${head} · ${placeInWords(effects, p)}`, formatSigned(valueOf(headOf(row), p)), [
        [effectName('estimated', effects.effects), logitInWords({ target })],
        ...(read === null
          ? []
          : [[l10n.t('Most of it by reading'), `${tokenAt(effects, read.source)} ${formatSigned(read.effect)}`] as const]),
      ]);
    },
  };
}

/** The source through which a head at the position under study has most of its effect. */
function strongestRead({ sources }: Effects, { layer, head }: HeadPlace): { readonly source: number; readonly effect: number } | null {
  const all = (sources[layer]?.[head] ?? []).map((effect, source) => ({ source, effect: effect ?? 0 }));
  return all.reduce<(typeof all)[number] | null>(
    (best, one) => (best === null || Math.abs(one.effect) > Math.abs(best.effect) ? one : best),
    null,
  );
}

/** A figure's colour, and the figure where it is not next to nothing: a grid of zeros says nothing. */
function signedCell(value: number, figure: string, axis: Axis, { theme }: PageState): Pick<GridCell, 'text' | 'colour'> {
  return { text: figure === '0' ? '' : figure, colour: colourOf(value, axis, PALETTES[theme.kind]) };
}

/** Writes figures as short as the largest of them allows: tenths, or two digits of it where it is smaller than 1. */
export function shortened(largest: number): (value: number) => string {
  const decimals = largest > 0 ? Math.min(6, Math.max(1, 1 - Math.floor(Math.log10(largest)))) : 1;
  return (value) => formatSigned(Number(value.toFixed(decimals)));
}
