/** What the depth strip tells of two passes: how far they have parted after each layer, and what each then says. */
import * as l10n from '@vscode/l10n';
import { showToken } from '#core/text/token-text';
import { PALETTES, sample } from '../../lib/colour/palettes';
import { formatNumber, formatProbability, formatSigned } from '../../lib/format/number';
import { layerName, type LayerCell } from '../../parts/depth-strip';
import type { PageState } from '../../state/page-state';
import { SIDES } from '../../state/shown-comparison';

/** One bar a layer, as high as, and coloured by, the divergence of the two lens distributions. */
export function partingCells({ compared, theme }: PageState): readonly LayerCell[] {
  if (compared === null) return [];
  const { comparison, words } = compared;
  return comparison.parting.map(({ layer, divergence, cosine, contrast }, i) => {
    const tops = SIDES.map((side) => ({ name: words[side].name, top: comparison[side].stream[i]?.reading.top[0] }));
    const said = tops
      .map(({ name, top }) => (top === undefined ? '' : `${name} ${showToken(top)} ${formatProbability(top.probability)}`))
      .join(', ');
    return {
      layer,
      said: l10n.t`${layerName(layer)}: the passes differ by ${formatNumber(divergence)} bits (cosine ${formatNumber(cosine)}); ${said}; adds ${formatSigned(contrast)} to the contrast`,
      inShort: l10n.t`${divergence.toFixed(2)} bits`,
      tokens: tops.flatMap(({ top }) => (top === undefined ? [] : [showToken(top)])),
      // Two distributions are at most one bit apart.
      height: divergence,
      colour: sample(PALETTES[theme.kind].sequential, divergence),
    };
  });
}
