/** Columns → the value. */
import { assertNever, Problem } from '../../problem';
import { JOINT, NUMBER_ARRAYS, type Column, type NumberType, type Packed } from './columns';
import { deferred, objectMaker, type Rows } from './rows';
import { scoreLists } from './score-lists';

/** Items of a list that is made when it is first read, such as the nodes of a graph of many layers. */
const LONG = 500;

/**
 * The value that was packed. Long lists in it, lists of scores, and readings that hold such are made when they are first read, and are
 * the same ones from then on.
 *
 * @throws Problem `internal` where it is cut off
 */
export function unpack<T>(packed: Packed<T>): T {
  const unpacker = new Unpacker(packed);
  unpacker.tokens = unpacker.rows(packed.tokens, packed.tokenCount);
  return unpacker.rows(packed.column, 1).at(0) as T;
}

class Unpacker {
  /** what scores name; without any until they have been read */
  tokens: Rows = { at: () => undefined };
  readonly #bytes: Uint8Array;
  readonly #texts: Rows;
  #at = 0;

  constructor({ bytes, text, textCount, lengths }: Packed<unknown>) {
    this.#bytes = bytes;
    this.#texts = partsOf(text, this.#numbers(lengths, textCount));
  }

  /** Reads the numbers of a column; its values are made by the row. */
  rows(column: Column, count: number): Rows {
    switch (column.of) {
      case 'undefined':
        return { at: () => undefined };
      case 'null':
        return { at: () => null };
      case 'false':
      case 'true': {
        const value = column.of === 'true';
        return { at: () => value };
      }
      case 'numbers': {
        const numbers = this.#numbers(column.as, count);
        return { at: (row) => numbers[row] };
      }
      case 'texts': {
        const texts = this.#texts;
        const places = this.#numbers(column.as, count);
        return { at: (row) => texts.at(places[row]) };
      }
      case 'joined': {
        const before = this.rows(column.before, count);
        const after = this.rows(column.after, count);
        return { at: (row) => `${before.at(row) as string}${JOINT}${after.at(row) as string}` };
      }
      case 'lists':
        return this.#lists(column, count);
      case 'scores':
        return this.#scores(column, count);
      case 'objects': {
        const make = objectMaker(
          column.keys,
          column.values.map((each) => this.rows(each, count)),
        );
        return column.values.some((each) => each.of === 'scores') ? deferred(make) : { at: make };
      }
      case 'mixed':
        return this.#mixed(column, count);
      default:
        return assertNever(column);
    }
  }

  #lists({ as, items: column }: Extract<Column, { readonly of: 'lists' }>, count: number): Rows {
    const lengths = this.#numbers(as, count);
    const starts = new Uint32Array(count);
    let total = 0;
    for (let i = 0; i < count; i++) {
      starts[i] = total;
      total += lengths[i];
    }
    const items = this.rows(column, total);
    const make = (row: number): unknown[] => {
      const list: unknown[] = [];
      const start = starts[row];
      for (let i = 0; i < lengths[row]; i++) list.push(items.at(start + i));
      return list;
    };
    return total >= LONG * count && count > 0 ? deferred(make) : { at: make };
  }

  #mixed({ as, columns }: Extract<Column, { readonly of: 'mixed' }>, count: number): Rows {
    const which = this.#numbers(as, count);
    const counts = columns.map(() => 0);
    const places = Uint32Array.from(which, (group) => counts[group]++);
    const groups = columns.map((each, group) => this.rows(each, counts[group]));
    return { at: (row) => groups[which[row]].at(places[row]), isDeferred: groups.some((group) => group.isDeferred === true) };
  }

  #scores({ lengths: as, tokens, exceptions }: Extract<Column, { readonly of: 'scores' }>, count: number): Rows {
    const lengths = this.#numbers(as, count);
    let total = 0;
    for (const length of lengths) total += length;
    return scoreLists({
      tokens: this.tokens,
      lengths,
      places: this.#numbers(tokens, total),
      logits: this.#numbers('f32', total),
      residuals: this.#numbers('i8', total),
      given: this.#numbers('f32', exceptions),
    });
  }

  #numbers(as: NumberType, count: number) {
    const Numbers = NUMBER_ARRAYS[as];
    const end = this.#at + count * Numbers.BYTES_PER_ELEMENT;
    if (end > this.#bytes.byteLength) throw new Problem('internal', 'A message between processes is cut off.');
    // A copy, for numbers of several bytes must begin at a multiple of their size.
    const { buffer } = this.#bytes.slice(this.#at, end);
    this.#at = end;
    return new Numbers(buffer);
  }
}

/** Parts of a text, each cut out when it is first read. */
function partsOf(text: string, lengths: ArrayLike<number>): Rows {
  const starts = new Uint32Array(lengths.length + 1);
  for (let i = 0; i < lengths.length; i++) starts[i + 1] = starts[i] + lengths[i];
  const parts: (string | undefined)[] = [];
  return { at: (row) => (parts[row] ??= text.slice(starts[row], starts[row + 1])) };
}
