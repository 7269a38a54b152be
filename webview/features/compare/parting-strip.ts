/** What the depth strip tells of two passes: how far they have parted after each layer, and what each then says. */
import * as l10n from '@vscode/l10n';
import { showToken } from '#core/text/token-text';
import { html } from '../../lib/dom/html';
import { PALETTES, sample } from '../../lib/colour/palettes';
import { unseen } from '../../lib/dom/unseen';
import { formatNumber, formatProbability, formatSigned } from '../../lib/format/number';
import { layerName, type LayerCell } from '../../parts/depth-strip';
import type { PageState } from '../../state/page-state';
import { SIDES } from '../../state/shown-comparison';

/** One cell a layer, coloured by the divergence of the two lens distributions. */
export function partingCells({ compared, theme }: PageState): readonly LayerCell[] {
  if (compared === null) return [];
  const { comparison, words } = compared;
  return comparison.parting.map(({ layer, divergence, cosine, contrast }, i) => {
    const tops = SIDES.map((side) => ({ side, name: words[side].name, top: comparison[side].stream[i]?.reading.top[0] }));
    const said = tops
      .map(({ name, top }) => (top === undefined ? '' : `${name} ${showToken(top)} ${formatProbability(top.probability)}`))
      .join(', ');
    return {
      layer,
      said: l10n.t`${layerName(layer)}: the passes differ by ${formatNumber(divergence)} bits (cosine ${formatNumber(cosine)}); ${said}; adds ${formatSigned(contrast)} to the contrast`,
      content: html`<span class="depth-rank">${unseen(`, ${l10n.t('divergence')} `)}${formatNumber(Number(divergence.toFixed(2)))}</span>
        ${tops.map(
          ({ side, name, top }) => html`<span class="depth-token ${side}">${unseen(`, ${name} `)}${top ? showToken(top) : ''}</span>`,
        )}`,
      colour: sample(PALETTES[theme.kind].sequential, divergence),
    };
  });
}
