/** What the depth strip tells of two passes: how far they have parted after each layer, and what each then says. */
import { showToken } from '#core/text/token-text';
import { PALETTES, sample } from '../../lib/colour/palettes';
import { element, unseen } from '../../lib/dom/element';
import { formatNumber, formatProbability, formatSigned } from '../../lib/format/number';
import type { PageState } from '../../state/page-state';
import { layerName, type LayerCell } from '../../parts/depth-strip';
import { SIDES } from '../../state/shown-comparison';

/** One cell a layer, coloured by the divergence of the two lens distributions. */
export function partingCells({ compared, theme }: PageState): readonly LayerCell[] {
  if (compared === null) return [];
  const { comparison, words } = compared;
  return comparison.parting.map(({ layer, divergence, cosine, contrast }, i) => {
    const tops = SIDES.map((side) => comparison[side].stream[i]?.reading.top[0]);
    const said = tops
      .map((top, at) =>
        top === undefined ? '' : `${words[SIDES[at] ?? 'left'].name} ${showToken(top)} ${formatProbability(top.probability)}`,
      )
      .join(', ');
    return {
      layer,
      said: `${layerName(layer)}: the passes have parted by ${formatNumber(divergence)} bits (cosine ${formatNumber(cosine)}); ${said}; adds ${formatSigned(contrast)} to the contrast`,
      parts: [
        element('span', { class: 'depth-rank' }, unseen(', parted by '), formatNumber(Number(divergence.toFixed(2)))),
        ...tops.map((top, at) =>
          element(
            'span',
            { class: `depth-token ${SIDES[at]}` },
            unseen(`, ${words[SIDES[at] ?? 'left'].name} `),
            top ? showToken(top) : '',
          ),
        ),
      ],
      colour: sample(PALETTES[theme.kind].sequential, divergence),
    };
  });
}
