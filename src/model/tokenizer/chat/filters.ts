/** Filters (`x | …`), as Jinja has them. */
import { bound, type Arguments } from './arguments';
import { asJson } from './json';
import { replaced } from './methods';
import { areEqual, asPythonWrites } from './python-values';
import { capitalized, decimalIn, filteredTitle, indented, order, stripped, wholeIn } from './text';
import { testNamed } from './tests';
import {
  asWords,
  characters,
  fieldsOf,
  float,
  isDict,
  isNone,
  isNumber,
  isSequence,
  isText,
  isTrue,
  isUndefined,
  itemsOf,
  kindOf,
  list,
  made,
  numberOf,
  pairsOf,
  partsOf,
  textOf,
  whole,
  type Value,
} from './values';

type Filter = (value: Value, given: Arguments) => Value;

/** A text as it is, and of any other value what is written of it. */
const written = (value: Value): string => asPythonWrites(value);
const flag = (value: Value | undefined): boolean => value !== undefined && isTrue(value);
const ofText =
  (name: string, change: (text: string) => string): Filter =>
  (value, given) => {
    bound(name, given);
    return made(change(written(value)));
  };
const textIn = (value: Value | undefined, other: string): string => (value === undefined ? other : written(value));

/** A part of a value by a name with points: of what it lacks, what is not defined. */
function attribute(value: Value, path: Value): Value {
  const steps = kindOf(path) === 'int' ? [String(numberOf(path))] : written(path).split('.');
  return steps.reduce<Value>((part, step) => {
    if (isUndefined(part)) throw new Error(`“${written(path)}” asks for a part of what is not defined`);
    if (isSequence(part) && /^\d+$/.test(step)) return partsOf(part)[Number(step)] ?? made(undefined);
    return isDict(part) || kindOf(part) === 'namespace' ? (fieldsOf(part).get(step) ?? made(undefined)) : made(undefined);
  }, value);
}

/** As lists are sorted: numbers by size, texts by their letters. @throws Error for what Python cannot compare */
function compared(one: Value, other: Value, isCased: boolean): number {
  if (isNumber(one) && isNumber(other)) return numberOf(one) - numberOf(other);
  if (!isText(one) || !isText(other)) throw new Error(`${asWords(one)} and ${asWords(other)} have no order`);
  const [left, right] = [textOf(one), textOf(other)].map((text) => (isCased ? text : text.toLowerCase())) as [string, string];
  return order(left, right);
}

/** Numbers in texts. @param read null for a text that is none */
const ofNumber =
  (name: string, read: (text: string) => number | null, make: (x: number) => Value): Filter =>
  (value, given) => {
    const { default: other = make(0), base } = bound(name, given, 'default', 'base');
    if (base !== undefined) throw new Error(`a base of ${name} cannot be rendered`);
    if (isNumber(value)) return make(numberOf(value));
    const found = isText(value) ? read(textOf(value)) : null;
    return found === null ? other : make(found);
  };

/** Those of a list that are, or whose attribute is, as a test says. */
const selecting =
  (isKept: boolean, byAttribute: boolean): Filter =>
  (value, { positional, named }) => {
    if (named.size > 0) throw new Error('a selection takes no named arguments');
    const [path, ...rest] = byAttribute ? positional : [undefined, ...positional];
    const [name, other] = rest;
    if (byAttribute && path === undefined) throw new Error('a selection lacks an attribute');
    const test = name === undefined ? isTrue : (part: Value) => testNamed(written(name))(part, other);
    return list(itemsOf(value).filter((item) => test(path === undefined ? item : attribute(item, path)) === isKept));
  };

export const FILTERS: Readonly<Record<string, Filter | undefined>> = {
  safe: (value) => value,
  string: (value) => made(written(value)),
  capitalize: ofText('capitalize', capitalized),
  title: ofText('title', filteredTitle),
  lower: ofText('lower', (text) => text.toLowerCase()),
  upper: ofText('upper', (text) => text.toUpperCase()),
  trim(value, given) {
    const { chars } = bound('trim', given, 'chars');
    return made(stripped(written(value), 'strip', chars === undefined || isNone(chars) ? null : written(chars)));
  },
  replace(value, given) {
    const { old, new: other, count } = bound('replace', given, 'old', 'new', 'count');
    if (old === undefined || other === undefined) throw new Error('replace lacks a text');
    return made(replaced(written(value), written(old), written(other), count));
  },
  indent(value, given) {
    const { width = made(4), first, blank } = bound('indent', given, 'width', 'first', 'blank');
    const by = isText(width) ? textOf(width) : ' '.repeat(numberOf(width));
    return made(indented(written(value), by, flag(first), flag(blank)));
  },
  length(value) {
    if (isText(value)) return made(characters(textOf(value)).length);
    return made(isDict(value) ? fieldsOf(value).size : itemsOf(value).length);
  },
  list: (value) => list(itemsOf(value)),
  first: (value) => itemsOf(value)[0] ?? made(undefined),
  last: (value) => itemsOf(value).at(-1) ?? made(undefined),
  reverse: (value) => (isText(value) ? made(characters(textOf(value)).toReversed().join('')) : list([...itemsOf(value)].toReversed())),
  join(value, given) {
    const { d, attribute: path } = bound('join', given, 'd', 'attribute');
    const items = itemsOf(value).map((item) => (path === undefined ? item : attribute(item, path)));
    return made(items.map(written).join(textIn(d, '')));
  },
  unique(value, given) {
    const { case_sensitive: cased, attribute: path } = bound('unique', given, 'case_sensitive', 'attribute');
    const key = (item: Value): Value => {
      const part = path === undefined ? item : attribute(item, path);
      return isText(part) && !flag(cased) ? made(textOf(part).toLowerCase()) : part;
    };
    const items = itemsOf(value);
    return list(items.filter((item, i) => items.findIndex((other) => areEqual(key(other), key(item))) === i));
  },
  sort(value, given) {
    const { reverse, case_sensitive: cased, attribute: path } = bound('sort', given, 'reverse', 'case_sensitive', 'attribute');
    const key = (item: Value): Value => (path === undefined || isNone(path) ? item : attribute(item, path));
    const sign = flag(reverse) ? -1 : 1;
    return list([...itemsOf(value)].sort((one, other) => sign * compared(key(one), key(other), flag(cased))));
  },
  items: (value) => {
    if (isUndefined(value)) return list([]);
    if (isDict(value)) return list(pairsOf(value));
    throw new Error(`“items” of ${asWords(value)}`);
  },
  dictsort(value, given) {
    const { case_sensitive: cased, by = made('key'), reverse } = bound('dictsort', given, 'case_sensitive', 'by', 'reverse');
    const at = { key: 0, value: 1 }[written(by)];
    if (at === undefined || !isDict(value)) throw new Error('dictsort sorts a dictionary by “key” or “value”');
    const sign = flag(reverse) ? -1 : 1;
    const pairs = pairsOf(value);
    return list(pairs.sort((one, other) => sign * compared(partsOf(one)[at], partsOf(other)[at], flag(cased))));
  },
  tojson(value, given) {
    const {
      ensure_ascii: ascii,
      indent,
      separators,
      sort_keys: sorted,
    } = bound('tojson', given, 'ensure_ascii', 'indent', 'separators', 'sort_keys');
    const isInLines = indent !== undefined && !isNone(indent);
    const between = separators === undefined || isNone(separators) ? [isInLines ? ',' : ', ', ': '] : itemsOf(separators).map(written);
    const by = !isInLines ? null : isText(indent) ? textOf(indent) : ' '.repeat(numberOf(indent));
    return made(asJson(value, { isAscii: flag(ascii), indent: by, separators: [between[0], between[1]], isSorted: flag(sorted) }));
  },
  default(value, given) {
    const { default_value: other = made(''), boolean } = bound('default', given, 'default_value', 'boolean');
    return isUndefined(value) || (flag(boolean) && !isTrue(value)) ? other : value;
  },
  abs(value) {
    if (!isNumber(value)) throw new Error(`“abs” of ${asWords(value)}`);
    return kindOf(value) === 'float' ? float(Math.abs(numberOf(value))) : whole(Math.abs(numberOf(value)));
  },
  int: ofNumber(
    'int',
    (text) => wholeIn(text) ?? decimalIn(text),
    (x) => whole(Math.trunc(x)),
  ),
  float: ofNumber('float', decimalIn, float),
  select: selecting(true, false),
  reject: selecting(false, false),
  selectattr: selecting(true, true),
  rejectattr: selecting(false, true),
  map(value, { positional, named }) {
    const path = named.get('attribute');
    const [name, ...others] = positional;
    if (path === undefined) {
      if (name === undefined) throw new Error('map lacks a filter');
      return list(itemsOf(value).map((item) => filterNamed(written(name))(item, { positional: others, named })));
    }
    const { default: other } = bound('map', { positional, named }, 'attribute', 'default');
    return list(
      itemsOf(value).map((item) => {
        const found = attribute(item, path);
        return isUndefined(found) && other !== undefined ? other : found;
      }),
    );
  },
};

/** Other names of filters. */
const ALIASES: Readonly<Record<string, string>> = { count: 'length', d: 'default' };

/** @throws Error for a name of no filter that can be rendered */
export function filterNamed(name: string): Filter {
  const known = ALIASES[name] ?? name;
  const filter = Object.hasOwn(FILTERS, known) ? FILTERS[known] : undefined;
  if (filter === undefined) throw new Error(`the filter “${name}” cannot be rendered`);
  return filter;
}
