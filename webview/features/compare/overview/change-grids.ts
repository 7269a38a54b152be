/** What the grids show of two passes: what changes in every layer and at every pair of tokens, and in every head. */
import * as l10n from '@vscode/l10n';
import type { Side } from '#core/format/comparison';
import type { FlowGraph } from '#core/format/flow-graph';
import type { Overview, OverviewCell } from '#core/insight/overview';
import type { OverviewDifference } from '#core/insight/overview-difference';
import { logitInWords, shareName, targetInWords } from '#core/present/describe';
import { isFaint } from '#core/present/lens-words';
import type { SideWords } from '#core/present/side-words';
import { showToken, showTokenInFull } from '#core/text/token-text';
import { colourOf, signedAxis, type Axis } from '../../../lib/colour/axes';
import { PALETTES } from '../../../lib/colour/palettes';
import type { GridData, GridHeading } from '../../../lib/controls/grid-rows';
import { formatProbability, formatRank, formatSigned } from '../../../lib/format/number';
import { at, factsCard, isKnown, layerHeadings, layerOfRow, placeInWords, plainColour, tokenAt } from '../../../parts/overview/grids';
import { shortened } from '../../../parts/overview/head-grids';
import type { PageState } from '../../../state/page-state';
import { SIDES } from '../../../state/shown-comparison';

/** What the sides are called. */
type Words = Readonly<Record<Side, SideWords>>;

/** What is asked of both sides, once where it is the same: "·Tokyo", "·Tokyo | ·Paris". */
function ofBoth({ left, right }: OverviewDifference, name: (target: FlowGraph['target']) => string): string {
  return [...new Set([name(left.target), name(right.target)])].join(' | ');
}

/** The colours of changes of the target's probability; the square root tells small ones apart. */
export function probabilityChangeAxis(difference: OverviewDifference): Axis {
  return {
    title: l10n.t`Change of p(${ofBoth(difference, showToken)}), square-root`,
    diverging: true,
    place: (change) => 0.5 + (Math.sign(change) * Math.sqrt(Math.min(1, Math.abs(change)))) / 2,
    ticks: [
      { at: 0, label: formatSigned(-1) },
      { at: 0.5, label: '0' },
      { at: 1, label: formatSigned(1) },
    ],
  };
}

/** What each layer says on either side: one row a layer, the last on top; one column a pair of tokens. */
export function changeGrid(difference: OverviewDifference, words: Words, state: PageState, axis: Axis): GridData {
  const { model, tokens, position } = difference;
  const { stream } = state.view.grid;
  const palette = PALETTES[state.theme.kind];
  const plain = plainColour(state);
  const areKnown = (layer: number): boolean => SIDES.every((side) => isKnown(difference[side], layer));
  const cellAt = (side: Side, layer: number, pair: number): OverviewCell | null => {
    const p = tokens[pair]?.[side] ?? null;
    return p === null ? null : at(difference[side].grid[stream], layer, p);
  };
  const placeOf = (pair: number): string =>
    SIDES.flatMap((side) => {
      const p = tokens[pair]?.[side] ?? null;
      return p === null ? [] : [`${words[side].name}: ${placeInWords(difference[side], p)}`];
    }).join(' · ');
  return {
    corner: l10n.t('Layer'),
    rows: layerHeadings(difference, state.compared?.comparison.left.layers ?? []),
    columns: tokens.map((pair, column) => pairHeading(difference, pair, words, column === position)),
    cell(row, pair) {
      const layer = layerOfRow(difference, row);
      if (!areKnown(layer)) return { text: '', colour: plain, said: l10n.t`Layer ${layer}, ${placeOf(pair)}: on its way` };
      const [left, right] = [cellAt('left', layer, pair), cellAt('right', layer, pair)];
      return {
        text: saidByBoth(left, right),
        colour: colourOf(changeOf(left, right) ?? 0, axis, palette),
        doubtful: isFaint(model, layer + 1),
        said: [
          l10n.t`Layer ${layer}, ${placeOf(pair)}`,
          ...SIDES.flatMap((side) => {
            const cell = side === 'left' ? left : right;
            return cell === null
              ? []
              : [l10n.t`${words[side].name} ${showToken(cell.top)}, target ${formatProbability(cell.target.probability)}`];
          }),
        ].join('. '),
      };
    },
    card(row, pair) {
      const layer = layerOfRow(difference, row);
      if (!areKnown(layer)) return factsCard(l10n.t`Layer ${layer} · ${placeOf(pair)}`, l10n.t('On its way'), []);
      const [left, right] = [cellAt('left', layer, pair), cellAt('right', layer, pair)];
      const change = changeOf(left, right);
      return factsCard(l10n.t`Layer ${layer} · ${placeOf(pair)}`, saidByBoth(left, right), [
        ...SIDES.flatMap((side): [string, string][] => {
          const cell = side === 'left' ? left : right;
          if (cell === null) return [[words[side].name, l10n.t('no such token')]];
          const { top, target } = cell;
          return [
            [words[side].name, `${showToken(top)} ${formatProbability(top.probability)}`],
            [l10n.t`Target ${showToken(difference[side].target)}`, `${formatRank(target.rank)} · ${formatProbability(target.probability)}`],
          ];
        }),
        ...(change === null ? [] : [[l10n.t('Change'), l10n.t`${formatSigned(100 * change)} pp`] as const]),
      ]);
    },
  };
}

/** The change of the target's probability; null where one side has no such token. */
function changeOf(left: OverviewCell | null, right: OverviewCell | null): number | null {
  return left === null || right === null ? null : right.target.probability - left.target.probability;
}

/** The token of both; of two that differ the right one, with a sign that it is another. */
function saidByBoth(left: OverviewCell | null, right: OverviewCell | null): string {
  const one = right ?? left;
  if (one === null) return '';
  const differ = left !== null && right !== null && left.top.id !== right.top.id;
  return differ ? `→${showToken(one.top)}` : showToken(one.top);
}

function pairHeading(
  difference: OverviewDifference,
  pair: OverviewDifference['tokens'][number],
  words: Words,
  current: boolean,
): GridHeading {
  const there = SIDES.flatMap((side) => {
    const p = pair[side];
    const token = p === null ? undefined : difference[side].tokens[p];
    return p === null || token === undefined ? [] : [{ side, p, token }];
  });
  return {
    text: [...new Set(there.map(({ token }) => showToken(token)))].join('|'),
    said: there.map(({ side, p, token }) => l10n.t`${words[side].name}, position ${p}: ${showTokenInFull(token)}`).join('. '),
    current,
  };
}

/** `[layer][head]`: what each head’s share changes by. */
export function headChanges({ left, right }: OverviewDifference): readonly (readonly number[])[] {
  return right.blocks.map(({ heads }, layer) => heads.map((share, head) => share - (left.blocks[layer]?.heads[head] ?? 0)));
}

/** The colours of changes of shares. */
export function shareChangeAxis(difference: OverviewDifference, changes: readonly (readonly number[])[]): Axis {
  const most = Math.max(0, ...changes.flat().map(Math.abs));
  return {
    ...signedAxis(difference.right.target, most, 'share'),
    title: l10n.t`Change of share of ${ofBoth(difference, (target) => targetInWords({ target }))}, square-root`,
  };
}

/** All heads: one row a layer, the last on top; one column a head. */
export function headChangeGrid(
  difference: OverviewDifference,
  changes: readonly (readonly number[])[],
  words: Words,
  state: PageState,
  axis: Axis,
): GridData {
  const { model, left, right } = difference;
  const short = shortened(Math.max(0, ...changes.flat().map(Math.abs)));
  const shareOf = ({ blocks }: Overview, layer: number, head: number): number => blocks[layer]?.heads[head] ?? 0;
  return {
    corner: l10n.t('Layer'),
    rows: layerHeadings(difference, state.compared?.comparison.left.layers ?? []),
    columns: Array.from({ length: model.nHeads }, (_, head) => ({ text: `h${head}`, said: l10n.t`Head ${head}`, current: false })),
    cell(row, head) {
      const layer = layerOfRow(difference, row);
      const change = at(changes, layer, head);
      const figure = short(change);
      return {
        text: figure === '0' ? '' : figure,
        colour: colourOf(change, axis, PALETTES[state.theme.kind]),
        said: l10n.t`Layer ${layer}, head ${head}: share changes by ${figure}`,
      };
    },
    card(row, head) {
      const layer = layerOfRow(difference, row);
      return factsCard(l10n.t`Layer ${layer} · head ${head}`, formatSigned(at(changes, layer, head)), [
        [
          shareName(right.target.measure),
          `${words.left.name} ${formatSigned(shareOf(left, layer, head))} → ${words.right.name} ${formatSigned(shareOf(right, layer, head))}`,
        ],
        [l10n.t('of'), ofBoth(difference, (target) => logitInWords({ target }))],
      ]);
    },
  };
}

/** After which token both passes are looked at: "·of", "·of | ·in". */
export function afterWhich({ left, right }: OverviewDifference): string {
  return [...new Set([tokenAt(left, left.position), tokenAt(right, right.position)])].join(' | ');
}
