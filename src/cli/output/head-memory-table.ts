/** A head as a memory, as two tables for a terminal. */
import type { HeadMemory } from '../../core/insight/attention-memory';
import { showToken } from '../../core/text/token-text';
import { fixed, percent, signed } from './figures';
import { columns } from './table';

/** Tokens named for one source. */
const NAMED = 6;

/** Sources with what is read there; then the written tokens with what each source adds to their logits. */
export function headMemoryTable({ sources, written, stems, tokens, layer, head }: HeadMemory): string {
  const read = columns([
    ['source', 'attention', 'norm', 'reads'],
    ...sources.map(({ position, attention, norm, reading }) => [
      `${position} ${showToken(tokens[position])}`, percent(attention), fixed(norm), reading.top.slice(0, NAMED).map(showToken).join(' '),
    ]),
  ]);
  const wrote = columns([
    ['writes', 'effect', 'of the source', 'of its neighbours', 'of others'],
    ...written.map((token) => [
      showToken(token), signed(token.effect), ...[token.from.source, token.from.neighbours, token.from.others].map(signed),
    ]),
  ]);
  const strongest = sources[0] ? ` ${showToken(tokens[sources[0].position])}` : '';
  return `${read}\n${wrote}\nOf what head ${head} of layer ${layer} writes, ${percent(stems.source)} stems from its strongest source${strongest}, ${percent(stems.neighbours)} from the tokens beside it, ${percent(stems.others)} from others.\n`;
}
