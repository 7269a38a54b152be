import * as l10n from '@vscode/l10n';
import { isSilent, spokenTokens } from '#core/format/spoken-tokens';
import type { FlowNode } from '#core/format/flow-graph';
import { isUnread } from '#core/format/unread';
import { showToken } from '#core/text/token-text';

/** What stands for a node whose vector is still being read. */
const UNREAD = '…';

/**
 * The token that stands for a node, as it is drawn: its most likely one, or its least likely one where a negative
 * coefficient turns the vector around. Empty for a junction. What is switched off, or is 0 because of that, has no token.
 */
export function labelOf(node: Pick<FlowNode, 'kind' | 'reading' | 'coefficient' | 'intervention' | 'norm'>): string {
  if (node.intervention === 'zero') return l10n.t('off');
  if (node.reading !== null && isSilent(node)) return '–';
  if (isUnread(node)) return UNREAD;
  const [token] = spokenTokens(node);
  return token === undefined ? '' : showToken(token);
}
