/** What a legend calls the families of nodes and the kinds of edges, on the page and in pictures. */
import * as l10n from '@vscode/l10n';
import type { EdgeKind } from '../format/flow-graph';
import type { NodeFamily } from '../format/node-kinds';

/** In the order in which they are listed. */
export const FAMILY_NAMES: readonly (readonly [NodeFamily, string])[] = [
  ['stream', l10n.t('stream')],
  ['norm', l10n.t('norm')],
  ['attention', l10n.t('attention')],
  ['feedForward', l10n.t('feed-forward')],
];

/** In the order in which they are listed. */
export const EDGE_NAMES: Readonly<Record<EdgeKind, string>> = {
  residual: l10n.t('residual'),
  norm: l10n.t('norm'),
  attention: l10n.t('attention'),
  contribution: l10n.t('contribution'),
  coefficient: l10n.t('coefficient'),
};
