/** A value → columns. */
import type { TokenScore } from '../../format/flow-graph';
import { Problem } from '../../problem';
import { JOINT, NUMBER_ARRAYS, type Column, type NumberType, type Packed } from './columns';
import { EXCEPTION, expectedProbability, isScore, unitsOff, type TokenPart } from './scores';

/**
 * Packs plain data: objects, lists, texts, numbers, booleans, null and undefined, as deep as they go. `unpack` makes an equal value of
 * it, with keys in the same order. An object without a prototype arrives as a plain one, as in any message between processes.
 *
 * @throws Problem `internal` for anything else, such as a function or a Map, and for a key named `__proto__`
 */
export function pack<T>(value: T): Packed<T> {
  const texts = new Map<string, number>();
  const scored: TokenPart[] = [];
  const main = new Packer(texts, scored);
  const column = main.column([value]);
  const front = new Packer(texts, []);
  const tokens = front.column(scored);
  const all = [...texts.keys()];
  const each = all.map(({ length }) => length);
  const lengths = smallestFor(each);
  const bytes = joined([bytesAs(lengths, each), ...front.numbers, ...main.numbers]);
  return { column, tokens, tokenCount: scored.length, text: all.join(''), textCount: all.length, lengths, bytes };
}

/** Values of one kind, as they are collected. */
interface Group {
  readonly kind: 'undefined' | 'null' | 'false' | 'true' | 'number' | 'text' | 'joined' | 'list' | 'object';
  /** of objects */
  readonly keys: readonly string[];
  readonly values: unknown[];
}

class Packer {
  readonly numbers: Uint8Array[] = [];
  /** places in the table of tokens by id, and by all that there is of those whose id means another one, too */
  readonly #places = new Map<number | string, number>();

  constructor(
    private readonly texts: Map<string, number>,
    private readonly tokens: TokenPart[],
  ) {}

  column(values: readonly unknown[]): Column {
    const { groups, which } = grouped(values);
    const [only] = groups;
    if (only !== undefined && groups.length === 1) return this.#ofGroup(only);
    return { of: 'mixed', as: this.#put(which), columns: groups.map((group) => this.#ofGroup(group)) };
  }

  #ofGroup({ kind, keys, values }: Group): Column {
    switch (kind) {
      case 'number':
        return { of: 'numbers', as: this.#put(values as number[]) };
      case 'text':
        return { of: 'texts', as: this.#put((values as string[]).map((text) => placeOf(text, this.texts))) };
      case 'joined': {
        const parted = (values as string[]).map((text) => [text, text.indexOf(JOINT)] as const);
        const before = this.column(parted.map(([text, at]) => text.slice(0, at)));
        return { of: 'joined', before, after: this.column(parted.map(([text, at]) => text.slice(at + JOINT.length))) };
      }
      case 'list': {
        const lists = values as unknown[][];
        if (areScores(lists)) return this.#scores(lists);
        const as = this.#put(lists.map(({ length }) => length));
        return { of: 'lists', as, items: this.column(lists.flat()) };
      }
      case 'object': {
        const objects = values as Record<string, unknown>[];
        return { of: 'objects', keys, values: keys.map((key) => this.column(objects.map((object) => object[key]))) };
      }
      default:
        return { of: kind };
    }
  }

  #scores(lists: readonly (readonly TokenScore[])[]): Column {
    const lengths = lists.map(({ length }) => length);
    const total = lengths.reduce((sum, length) => sum + length, 0);
    const places = new Uint32Array(total);
    const logits = new Float32Array(total);
    const residuals = new Int8Array(total);
    const exceptions: number[] = [];
    let at = 0;
    for (const list of lists) {
      const first = list[0];
      for (let i = 0; i < list.length; i++, at++) {
        const score = list[i];
        places[at] = this.#token(score);
        logits[at] = score.logit;
        const off = i === 0 ? EXCEPTION : unitsOff(score.probability, expectedProbability(first, score.logit));
        residuals[at] = off;
        if (off === EXCEPTION) exceptions.push(score.probability);
      }
    }
    const as = { lengths: this.#put(lengths), tokens: this.#put(places) };
    this.#putAs('f32', logits);
    this.#putAs('i8', residuals);
    this.#putAs('f32', exceptions);
    return { of: 'scores', ...as, exceptions: exceptions.length };
  }

  /** The place of a token in the table. */
  #token({ id, text, fragment }: TokenScore): number {
    const known = this.#places.get(id);
    const there = known === undefined ? undefined : this.tokens[known];
    if (known !== undefined && there?.text === text && there.fragment === fragment) return known;
    // An id whose text was another one before, as in an answer about several models.
    const key = known === undefined ? id : JSON.stringify([id, text, fragment]);
    const place = this.#places.get(key) ?? this.tokens.push(fragment ? { id, text, fragment } : { id, text }) - 1;
    this.#places.set(key, place);
    return place;
  }

  #put(numbers: ArrayLike<number>): NumberType {
    return this.#putAs(smallestFor(numbers), numbers);
  }

  #putAs(as: NumberType, numbers: ArrayLike<number>): NumberType {
    this.numbers.push(bytesAs(as, numbers));
    return as;
  }
}

function bytesAs(as: NumberType, numbers: ArrayLike<number>): Uint8Array {
  return new Uint8Array(new NUMBER_ARRAYS[as](numbers).buffer);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}

function placeOf(text: string, texts: Map<string, number>): number {
  const known = texts.get(text);
  if (known !== undefined) return known;
  texts.set(text, texts.size);
  return texts.size - 1;
}

function areScores(lists: readonly (readonly unknown[])[]): lists is readonly (readonly TokenScore[])[] {
  return lists.some(({ length }) => length > 0) && lists.every((list) => list.every(isScore));
}

/** Values by kind, in the order in which kinds first come, and which of them each value is of. */
function grouped(values: readonly unknown[]): { readonly groups: readonly Group[]; readonly which: readonly number[] } {
  const groups: Group[] = [];
  const which: number[] = [];
  /** most values are of the kind of the one before */
  let last = -1;
  for (const value of values) {
    const kind = kindOf(value);
    if (!isOf(groups[last], kind, value)) {
      last = groups.findIndex((group) => isOf(group, kind, value));
      if (last < 0) last = groups.push({ kind, keys: kind === 'object' ? keysOf(value as object) : [], values: [] }) - 1;
    }
    groups[last]?.values.push(value);
    which.push(last);
  }
  return { groups, which };
}

function isOf(group: Group | undefined, kind: Group['kind'], value: unknown): boolean {
  return group?.kind === kind && (kind !== 'object' || hasKeys(value as object, group.keys));
}

function kindOf(value: unknown): Group['kind'] {
  if (typeof value === 'number') return 'number';
  if (typeof value === 'string') return value.includes(JOINT) ? 'joined' : 'text';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value === undefined) return 'undefined';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'object' && isPlain(Object.getPrototypeOf(value))) return 'object';
  throw new Problem('internal', `A ${typeof value} cannot be sent between processes as it is.`);
}

/** Whether it is the prototype of an object of no class. */
function isPlain(prototype: unknown): boolean {
  // An object of another realm, such as a test's, has another `Object`: its prototype has none above it.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function keysOf(value: object): readonly string[] {
  const keys = Object.keys(value);
  if (keys.includes('__proto__')) throw new Problem('internal', 'An object with a key named __proto__ cannot be sent between processes.');
  return keys;
}

/** Whether an object has just these keys, in their order. */
function hasKeys(value: object, keys: readonly string[]): boolean {
  let i = 0;
  for (const key in value) if (key !== keys[i++]) return false;
  return i === keys.length;
}

/** The smallest type that gives every number back as it is. */
function smallestFor(numbers: ArrayLike<number>): NumberType {
  let [least, largest] = [0, 0];
  let [whole, single] = [true, true];
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i];
    if (number < least) least = number;
    if (number > largest) largest = number;
    whole &&= Number.isInteger(number) && !Object.is(number, -0);
    single &&= Object.is(Math.fround(number), number);
    if (!whole && !single) return 'f64';
  }
  if (whole && least >= 0 && largest < 2 ** 32) return largest < 2 ** 8 ? 'u8' : largest < 2 ** 16 ? 'u16' : 'u32';
  if (whole && least >= -(2 ** 31) && largest < 2 ** 31) return least >= -(2 ** 7) && largest < 2 ** 7 ? 'i8' : 'i32';
  return single ? 'f32' : 'f64';
}
