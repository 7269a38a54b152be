/** Which prompt token the editor should light up. */
import type { PageMessage } from '#core/protocol/page-messages';
import { SIDES } from './shown-comparison';
import { paneState } from './pane';
import type { PageState } from './page-state';
import { sourcesOf } from './shown-graph';

type Highlight = Omit<Extract<PageMessage, { type: 'highlight' }>, 'type'>;

/** The token under the pointer, or the one token that the hovered node reads. */
function lit({ shown, hovered, hoveredToken }: PageState): number | null {
  if (hoveredToken !== null) return hoveredToken;
  if (shown === null || hovered === null) return null;
  const sources = sourcesOf(shown, hovered);
  return sources.length === 1 ? (sources[0] ?? null) : null;
}

/** What to tell the editor after a change: nothing where nothing changed for it; in a comparison each side on its own. */
export function highlightsFor(state: PageState, before: PageState): readonly Highlight[] {
  if (state.compared === null) return highlightOf(state, before);
  return SIDES.flatMap((side) => highlightOf(paneState(state, side), paneState(before, side)).map((highlight) => ({ ...highlight, side })));
}

/** A node that is pinned is also scrolled to. */
function highlightOf(state: PageState, before: PageState): readonly Highlight[] {
  const pinned = state.view.pinned.find((id) => !before.view.pinned.includes(id));
  const source = pinned === undefined ? undefined : state.shown?.nodes.get(pinned)?.source;
  if (source !== undefined) return [{ token: source, focus: true }];
  const token = lit(state);
  return token === lit(before) ? [] : [{ token, focus: false }];
}
