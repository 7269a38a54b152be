/** Which prompt token the editor should light up. */
import type { PageMessage } from '../../src/core/protocol/inspector';
import { sourcesOf, type PageState } from './page-state';

type Highlight = Pick<Extract<PageMessage, { type: 'highlight' }>, 'token' | 'focus'>;

/** The token under the pointer, or the one token that the hovered node reads. */
function lit({ shown, hovered, hoveredToken }: PageState): number | null {
  if (hoveredToken !== null) return hoveredToken;
  if (shown === null || hovered === null) return null;
  const sources = sourcesOf(shown, hovered);
  return sources.length === 1 ? (sources[0] ?? null) : null;
}

/** What to tell the editor after a change; null when nothing changed for it. A node that is pinned is also scrolled to. */
export function highlightFor(state: PageState, before: PageState): Highlight | null {
  const pinned = state.view.pinned.find((id) => !before.view.pinned.includes(id));
  const source = pinned === undefined ? undefined : state.shown?.nodes.get(pinned)?.source;
  if (source !== undefined) return { token: source, focus: true };
  const token = lit(state);
  return token === lit(before) ? null : { token, focus: false };
}
