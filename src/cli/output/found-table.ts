/** Where a token is listed, as a table for a terminal. */
import type { FoundToken } from '../../core/insight/token-search';
import type { TokenIndex } from '../../core/insight/token-index';
import { placeInWords } from '../../core/present/place-words';
import { showToken } from '../../core/text/token-text';
import { percent } from './figures';
import { columns } from './table';
import { tokenAt } from './token-at';

/** One row per place, the most probable first. @param shown how many rows; the last line says how many are left */
export function foundTable({ tokens }: Pick<TokenIndex, 'tokens'>, found: readonly FoundToken[], shown: number): string {
  const rows = found
    .slice(0, shown)
    .map(({ place, token, rank, probability }) => [
      `layer ${place.layer}`,
      placeInWords(place, tokens),
      `${place.position} ${tokenAt(tokens, place.position)}`,
      showToken(token),
      `#${rank}`,
      percent(probability),
      place.node,
    ]);
  const more = found.length > shown ? `… and ${found.length - shown} more (--most)\n` : '';
  return columns([['layer', 'where', 'position', 'token', 'rank', 'probability', 'node'], ...rows]) + more;
}
