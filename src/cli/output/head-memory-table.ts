/** A head as a memory, as two tables for a terminal. */
import type { HeadMemory, WrittenToken } from '../../core/insight/attention-memory';
import { showToken } from '../../core/text/token-text';
import { fixed, percent, signed } from './figures';
import { columns } from './table';
import { tokenAt } from './token-at';

/** Tokens named for one source, and of those that the head writes against. */
const NAMED = 6;

/** Sources with what is read there; then the tokens that the head writes and those it writes against, with what each source adds to their logits. */
export function headMemoryTable({ sources, written, suppressed, stems, tokens, layer, head, measure }: HeadMemory): string {
  const read = columns([
    ['source', 'attention', 'norm', 'reads'],
    ...sources.map(({ position, attention, norm, reading }) => [
      `${position} ${tokenAt(tokens, position)}`,
      percent(attention),
      fixed(norm),
      reading.top.slice(0, NAMED).map(showToken).join(' '),
    ]),
  ]);
  const traced = (title: string, list: readonly WrittenToken[]): string =>
    columns([
      [title, `${measure} effect`, 'from the source', 'from its neighbours', 'from others'],
      ...list.map(({ from, ...token }) => [
        showToken(token),
        signed(token.effect),
        ...[from.source, from.neighbours, from.others].map(signed),
      ]),
    ]);
  const strongest = sources[0] ? ` ${tokenAt(tokens, sources[0].position)}` : '';
  const owing = (share: number): number => Math.round(share * written.length);
  return (
    `${read}\n${traced('writes', written)}\n${traced('suppresses', suppressed.slice(0, NAMED))}\n` +
    `Of the ${written.length} tokens that head ${head} of layer ${layer} writes first, ${owing(stems.source)} come mainly from its strongest source${strongest}, ` +
    `${owing(stems.neighbours)} from the tokens next to it, ${owing(stems.others)} from others.\n`
  );
}
