/** Columns → the value. */
import type { TokenScore } from '../../format/flow-graph';
import { assertNever, Problem } from '../../problem';
import { JOINT, NUMBER_ARRAYS, type Column, type NumberType, type Packed } from './columns';
import { EXCEPTION, expectedProbability, withUnits, type TokenPart } from './scores';

/** Objects that are made before others may have a turn: a millisecond's work, or less. */
const AT_ONCE = 2_000;

/** Values of a column. */
type Rows = ArrayLike<unknown>;
/** Yields where others may have a turn. */
type Steps<T> = Generator<void, T>;

/**
 * The value that was packed.
 *
 * @throws Problem `internal` where it is cut off
 */
export function unpack<T>(packed: Packed<T>): T {
  const steps = unpacking(packed);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** The same in steps, for a process that has others to serve; it ends with the value. @throws as `unpack` */
export function* unpacking<T>(packed: Packed<T>): Steps<T> {
  const unpacker = new Unpacker(packed);
  unpacker.tokens = (yield* unpacker.rows(packed.tokens, packed.tokenCount)) as ArrayLike<TokenPart>;
  const rows = yield* unpacker.rows(packed.column, 1);
  return rows[0] as T;
}

class Unpacker {
  tokens: ArrayLike<TokenPart> = [];
  #at = 0;

  constructor(private readonly packed: Packed<unknown>) {}

  *rows(column: Column, count: number): Steps<Rows> {
    switch (column.of) {
      case 'undefined':
        return Array.from({ length: count }, () => undefined);
      case 'null':
        return Array.from({ length: count }, () => null);
      case 'false':
      case 'true':
        return Array.from({ length: count }, () => column.of === 'true');
      case 'numbers':
        return this.#numbers(column.as, count);
      case 'texts': {
        const { texts } = this.packed;
        return Array.from(this.#numbers(column.as, count), (place) => texts[place]);
      }
      case 'joined': {
        const before = (yield* this.rows(column.before, count)) as ArrayLike<string>;
        const after = (yield* this.rows(column.after, count)) as ArrayLike<string>;
        return Array.from(before, (text, i) => `${text}${JOINT}${after[i] ?? ''}`);
      }
      case 'lists': {
        const lengths = this.#numbers(column.as, count);
        return yield* lists(yield* this.rows(column.items, sum(lengths)), lengths);
      }
      case 'scores':
        return yield* this.#scores(column, count);
      case 'objects': {
        const values: Rows[] = [];
        for (const each of column.values) values.push(yield* this.rows(each, count));
        return yield* objects(column.keys, values, count);
      }
      case 'mixed':
        return yield* this.#mixed(column, count);
      default:
        return assertNever(column);
    }
  }

  *#mixed({ as, columns }: Extract<Column, { readonly of: 'mixed' }>, count: number): Steps<Rows> {
    const which = this.#numbers(as, count);
    const counts = columns.map(() => 0);
    for (const place of which) counts[place] = (counts[place] ?? 0) + 1;
    const groups: Rows[] = [];
    for (const [i, each] of columns.entries()) groups.push(yield* this.rows(each, counts[i] ?? 0));
    const next = columns.map(() => 0);
    return Array.from(which, (place) => groups[place]?.[next[place]++]);
  }

  *#scores({ lengths: as, tokens, exceptions }: Extract<Column, { readonly of: 'scores' }>, count: number): Steps<Rows> {
    const lengths = this.#numbers(as, count);
    const total = sum(lengths);
    const places = this.#numbers(tokens, total);
    const logits = this.#numbers('f32', total);
    const residuals = this.#numbers('i8', total);
    const given = this.#numbers('f32', exceptions);
    let at = 0;
    let exception = 0;
    // Apart from the loop that yields: what yields is slower.
    const list = (length: number): TokenScore[] => {
      const scores: TokenScore[] = [];
      for (const end = at + length; at < end; at++) {
        const { id, text, fragment } = this.tokens[places[at]];
        const logit = logits[at];
        const off = residuals[at];
        // The first of a list is an exception.
        const probability = off === EXCEPTION ? given[exception++] : withUnits(expectedProbability(scores[0], logit), off);
        scores.push(fragment ? { id, text, fragment, logit, probability } : { id, text, logit, probability });
      }
      return scores;
    };
    const made: TokenScore[][] = [];
    for (const length of lengths) {
      made.push(list(length));
      if (at % AT_ONCE < length) yield;
    }
    return made;
  }

  #numbers(as: NumberType, count: number) {
    const Numbers = NUMBER_ARRAYS[as];
    const { bytes } = this.packed;
    const end = this.#at + count * Numbers.BYTES_PER_ELEMENT;
    if (end > bytes.byteLength) throw new Problem('internal', 'A message between processes is cut off.');
    // A copy, for numbers of several bytes must begin at a multiple of their size.
    const { buffer } = bytes.slice(this.#at, end);
    this.#at = end;
    return new Numbers(buffer);
  }
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}

function* lists(items: Rows, lengths: Iterable<number>): Steps<Rows> {
  const made: unknown[][] = [];
  let at = 0;
  for (const length of lengths) {
    const list: unknown[] = [];
    for (const end = at + length; at < end; at++) list.push(items[at]);
    made.push(list);
    if (at % AT_ONCE < length) yield;
  }
  return made;
}

function* objects(keys: readonly string[], values: readonly Rows[], count: number): Steps<Rows> {
  const made: unknown[] = [];
  for (let row = 0; row < count; row++) {
    const object: Record<string, unknown> = {};
    for (const [i, key] of keys.entries()) object[key] = values[i]?.[row];
    made.push(object);
    if (row % AT_ONCE === AT_ONCE - 1) yield;
  }
  return made;
}
