/** Methods of texts and dictionaries. */
import { bound, type Arguments } from './arguments';
import { capitalized, linesOf, split, stripped, titled, type Sides } from './text';
import {
  asWords,
  fieldsOf,
  isNone,
  isSequence,
  isText,
  kindOf,
  list,
  made,
  numberOf,
  pairsOf,
  partsOf,
  textOf,
  type Kind,
  type Value,
} from './values';

type Method = (self: Value, given: Arguments) => Value;

const text = (value: Value): string => {
  if (isText(value)) return textOf(value);
  throw new Error(`${asWords(value)} is given where a text is needed`);
};
const none =
  (name: string, change: (text: string) => string): Method =>
  (self, given) => {
    bound(name, given);
    return made(change(textOf(self)));
  };
const strip =
  (sides: Sides): Method =>
  (self, given) => {
    const { chars } = bound(sides, given, 'chars');
    return made(stripped(textOf(self), sides, chars === undefined || isNone(chars) ? null : text(chars)));
  };
const begins =
  (name: string, has: (text: string, part: string) => boolean): Method =>
  (self, given) => {
    const { part } = bound(name, given, 'part');
    if (part === undefined) throw new Error(`${name} lacks a text`);
    if (kindOf(part) === 'list') throw new Error(`${name} takes a text or a tuple, not a list`);
    return made((isSequence(part) ? partsOf(part) : [part]).some((each) => has(textOf(self), text(each))));
  };

const OF_TEXTS: Readonly<Record<string, Method>> = {
  capitalize: none('capitalize', capitalized),
  title: none('title', titled),
  lower: none('lower', (x) => x.toLowerCase()),
  upper: none('upper', (x) => x.toUpperCase()),
  strip: strip('strip'),
  lstrip: strip('lstrip'),
  rstrip: strip('rstrip'),
  startswith: begins('startswith', (x, part) => x.startsWith(part)),
  endswith: begins('endswith', (x, part) => x.endsWith(part)),
  split(self, given) {
    const { sep, maxsplit } = bound('split', given, 'sep', 'maxsplit');
    const most = maxsplit === undefined ? -1 : numberOf(maxsplit);
    if (sep === undefined || isNone(sep)) return list(split(textOf(self), most).map(made));
    if (text(sep) === '') throw new Error('split is given an empty text');
    const parts = textOf(self).split(text(sep));
    const rest = most >= 0 && parts.length > most ? [parts.splice(most).join(text(sep))] : [];
    return list([...parts, ...rest].map(made));
  },
  splitlines(self, given) {
    bound('splitlines', given);
    return list(linesOf(textOf(self)).map(made));
  },
  replace(self, given) {
    const { old, new: other, count } = bound('replace', given, 'old', 'new', 'count');
    if (old === undefined || other === undefined) throw new Error('replace lacks a text');
    return made(replaced(textOf(self), text(old), text(other), count));
  },
};

/** A text in which another is replaced, everywhere or so many times. */
export function replaced(within: string, old: string, other: string, count: Value | undefined): string {
  const most = count === undefined || isNone(count) || numberOf(count) < 0 ? Infinity : numberOf(count);
  const parts = old === '' ? ['', ...within, ''] : within.split(old);
  return parts.map((part, i) => (i === 0 ? part : (i <= most ? other : old) + part)).join('');
}

const OF_DICTIONARIES: Readonly<Record<string, Method>> = {
  items(self, given) {
    bound('items', given);
    return list(pairsOf(self));
  },
  keys(self, given) {
    bound('keys', given);
    return list([...fieldsOf(self).keys()].map(made));
  },
  values(self, given) {
    bound('values', given);
    return list([...fieldsOf(self).values()]);
  },
  get(self, given) {
    const { key, default: other } = bound('get', given, 'key', 'default');
    return (key !== undefined && isText(key) ? fieldsOf(self).get(textOf(key)) : undefined) ?? other ?? made(null);
  },
};

const words = (names: string): ReadonlySet<string> => new Set(names.split(' '));

// cspell:disable
/** What Python’s values have that is not rendered here: asking for it must not come to nothing. */
const UNKNOWN: Readonly<Partial<Record<Kind, ReadonlySet<string>>>> = {
  text: words(
    'casefold center count encode expandtabs find format format_map index isalnum isalpha isascii isdecimal isdigit isidentifier islower isnumeric ' +
      'isprintable isspace istitle isupper join ljust maketrans partition removeprefix removesuffix rfind rindex rjust rpartition rsplit swapcase translate zfill',
  ),
  list: words('append clear copy count extend index insert pop remove reverse sort'),
  tuple: words('count index'),
  dict: words('clear copy fromkeys pop popitem setdefault update'),
};

// cspell:enable
/** The method of a value by its name; undefined where there is none. @throws Error for one that Python has and VISIT does not */
export function methodOf(value: Value, name: string): Method | undefined {
  const kind = kindOf(value);
  const methods = kind === 'text' ? OF_TEXTS : kind === 'dict' ? OF_DICTIONARIES : {};
  if (Object.hasOwn(methods, name)) return methods[name];
  if (UNKNOWN[kind]?.has(name)) throw new Error(`“${name}” of ${asWords(value)} cannot be rendered`);
  return undefined;
}
