/** Finds a token in an index of a pass; needs no model. */
import { showToken, VISIBLE_SPACE, type TokenText } from '../text/token-text';
import type { IndexedPlace, TokenIndex } from './token-index';

/** A token that a place lists. */
export interface FoundToken {
  readonly place: IndexedPlace;
  readonly token: TokenText;
  /** 1: the place’s most likely token */
  readonly rank: number;
  readonly probability: number;
}

/** What is searched for. */
export interface TokenQuery {
  /** as typed; a space may be written as ·, as tokens are shown */
  readonly text: string;
  /** the text is a token as a whole, but for a space before it; absent: a part of one */
  readonly whole?: boolean;
}

/**
 * Everywhere that a text is listed, the most probable first; where two are level, the lower rank and then the later layer. Capital and
 * small letters are the same. Of the tokens that fit, each place counts with the most likely one.
 */
export function searchTokens(index: TokenIndex, query: TokenQuery): readonly FoundToken[] {
  const fits = fitting(query);
  if (fits === null) return [];
  const wanted = index.vocabulary.map(fits);
  return index.places
    .flatMap((place): FoundToken[] => {
      const at = place.listed.findIndex((token) => wanted[token]);
      return at < 0 ? [] : [{ place, token: index.vocabulary[place.listed[at]], rank: at + 1, probability: place.probabilities[at] }];
    })
    .sort((a, b) => b.probability - a.probability || a.rank - b.rank || b.place.layer - a.place.layer);
}

/** Whether a token fits a query; null: the query is empty. */
function fitting({ text, whole = false }: TokenQuery): ((token: TokenText) => boolean) | null {
  const wanted = text.replace(/ +$/, '').replaceAll(VISIBLE_SPACE, ' ').toLowerCase();
  if (wanted === '') return null;
  const texts = (token: TokenText): readonly string[] => [token.text.toLowerCase(), showToken(token).toLowerCase()];
  if (!whole) return (token) => texts(token).some((each) => each.includes(wanted));
  return (token) => texts(token).some((each) => each === wanted || each.replace(/^[ ·]/, '') === wanted);
}
