/** What a search for a token has found so far. */
import { searchTokens, type FoundToken } from '#core/insight/token-search';
import type { TokenIndex } from '#core/insight/token-index';
import { insightOf, type Asked } from '../../state/insight-state';
import type { PageState } from '../../state/page-state';

/** Asked of the engine for the position that is searched. */
export function indexAsked({ insights, search }: PageState): Asked<TokenIndex> {
  return search === null ? { kind: 'absent' } : insightOf<'tokenIndex'>(insights, { of: 'tokenIndex', position: search.position });
}

/** Searches, and remembers the last answer: nothing is searched twice while other things change. */
export function createSearcher(): (state: PageState) => readonly FoundToken[] {
  let last: { readonly index: TokenIndex; readonly text: string; readonly whole: boolean; readonly found: readonly FoundToken[] } | null =
    null;
  return (state) => {
    const asked = indexAsked(state);
    if (state.search === null || asked.kind !== 'here') return [];
    const { text, whole } = state.search;
    if (last === null || last.index !== asked.value || last.text !== text || last.whole !== whole)
      last = { index: asked.value, text, whole, found: searchTokens(asked.value, { text, whole }) };
    return last.found;
  };
}
