/** What is looked at and has not been read as tokens yet is asked for: the node under the pointer, and pinned ones. */
import { isUnread, MOST_NODES_ASKED } from '#core/format/unread';
import type { Page } from '../state/page';
import type { PageState } from '../state/page-state';
import type { ShownGraph } from '../state/shown-graph';

/** Ids of the nodes that are looked at. */
function lookedAt({ hovered, view }: PageState): readonly string[] {
  return [...(hovered === null ? [] : [hovered]), ...view.pinned];
}

/** Asks once for each node of a graph. To be told of every state. */
export function createAskForUnread(page: Page): (state: PageState) => void {
  let layout: ShownGraph['layout'] | undefined;
  let asked = new Set<string>();
  return (state) => {
    const { shown } = state;
    if (!page.live || shown?.graph.unread === undefined) return;
    if (shown.layout !== layout) asked = new Set();
    ({ layout } = shown);
    const ids = lookedAt(state).filter((id) => {
      const node = shown.nodes.get(id);
      return node !== undefined && isUnread(node) && !asked.has(id);
    });
    if (ids.length === 0) return;
    const now = ids.slice(0, MOST_NODES_ASKED);
    for (const id of now) asked.add(id);
    page.post({ type: 'readNodes', ids: now });
  };
}
