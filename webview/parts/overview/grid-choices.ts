/** What the grid of layers and positions can show, and how its cells are coloured. */
import * as l10n from '@vscode/l10n';
import type { TemplateResult } from 'lit-html';
import { nodeId } from '#core/format/node-id';
import { GRID_STREAMS, type GridStream, type Overview } from '#core/insight/overview';
import { PROBABILITY_AXIS, targetRankAxis, type Axis } from '../../lib/colour/axes';
import type { GridColour, GridView } from '../../state/grid-view';
import { modeButtons } from '../drawing-controls';

/** Each stream's name, and the node of a layer that has it. */
export const STREAMS: Readonly<Record<GridStream, { readonly name: string; readonly node: (layer: number) => string }>> = {
  resid_post: { name: l10n.t('Stream'), node: nodeId.residPost },
  attn_out: { name: l10n.t('Attention'), node: nodeId.attnOut },
  mlp_out: { name: l10n.t('Feed-forward'), node: nodeId.mlpOut },
};

export const GRID_COLOUR_NAMES: readonly (readonly [GridColour, string])[] = [
  ['rank', l10n.t('Rank of target')],
  ['probability', l10n.t('Probability')],
];

/** The colours of one pass. */
export function lensAxis(overview: Overview, { colourBy }: GridView): Axis {
  return colourBy === 'rank' ? targetRankAxis(overview) : PROBABILITY_AXIS;
}

/** Chooses what is read. */
export function streamButtons(shown: GridStream, choose: (stream: GridStream) => void): TemplateResult {
  return modeButtons(
    l10n.t('What is read'),
    GRID_STREAMS.map((stream) => ({
      testId: `stream-${stream}`,
      label: STREAMS[stream].name,
      pressed: stream === shown,
      choose: () => choose(stream),
    })),
  );
}
