/** Norms as filters, as tables for a terminal. */
import type { NormFilters, NormPlace, NormSummaries } from '../../core/insight/norm-filters';
import { showToken, type TokenText } from '../../core/text/token-text';
import { counted, percent, signed, threeDigits } from './figures';
import { columns } from './table';

const NONE = 'The model has no norms.\n';

/** Tokens named in one cell. */
const NAMED = 5;

/** One line a norm: overlap, the vector's length and the target's rank before and after, what came in and what went. */
export function normTable({ norms, target }: NormFilters): string {
  if (norms.length === 0) return NONE;
  const head = ['norm', 'kept', 'cosine', 'length', `rank of ${showToken(target)}`, 'gained', 'lost'];
  return columns([
    head,
    ...norms.map(({ overlap, cosine, length, targetRank: { before, after }, gained, lost, ...place }) => [
      placeName(place),
      percent(overlap),
      cosine.toFixed(2),
      `${threeDigits(length.before)} → ${threeDigits(length.after)}`,
      `${before} → ${after}`,
      names(gained),
      names(lost),
    ]),
  ]);
}

/** One line a norm: means over all prompts, and what was most often suppressed and brought in. */
export function normSummaryTable({ norms, prompts }: Omit<NormSummaries, 'skipped'>): string {
  if (norms.length === 0) return NONE;
  const head = ['norm', 'kept', 'cosine', 'log2 rank', 'most often suppressed', 'most often brought in'];
  const often = (tokens: readonly (TokenText & { readonly frequency: number })[]): string =>
    tokens
      .slice(0, NAMED)
      .map((token) => `${showToken(token)} ${percent(token.frequency)}`)
      .join('  ');
  const rows = norms.map(({ overlap, cosine, logRankChange, suppressed, promoted, ...place }) => [
    placeName(place),
    percent(overlap),
    cosine.toFixed(2),
    signed(logRankChange),
    often(suppressed),
    often(promoted),
  ]);
  return `${columns([head, ...rows])}${counted(prompts, 'prompt')}\n`;
}

function placeName({ kind, layer }: NormPlace): string {
  return layer === undefined ? kind : `${layer}.${kind}`;
}

function names(tokens: readonly TokenText[]): string {
  const more = tokens.length > NAMED ? ` +${tokens.length - NAMED}` : '';
  return tokens.slice(0, NAMED).map(showToken).join(' ') + more;
}
