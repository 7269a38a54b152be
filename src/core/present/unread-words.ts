/** What is said in the place of a node’s tokens until its vector has been read. */
import * as l10n from '@vscode/l10n';
import type { FlowNode } from '../format/flow-graph';
import { isUnread } from '../format/unread';

/** Undefined: it has been read, or has nothing to read. */
export function unreadNote(node: Pick<FlowNode, 'kind' | 'reading'>): string | undefined {
  return isUnread(node) ? l10n.t('Being read as tokens …') : undefined;
}
