/** Values of the template library, made and told apart: it gives out the interpreter, and not their classes. */
import { Environment, Interpreter } from '@huggingface/jinja';

/** A value of the library while it renders. */
export type Value = ReturnType<Interpreter['evaluate']>;

/** A part of a parsed template. */
export type Node = Record<string, unknown> & { readonly type: string };

/** What the library’s own interpreter makes of a part that needs nothing else. */
const literally = (node: Node): Value => new Interpreter().evaluate(node, new Environment());

type Constructor = new (value: unknown) => Value;
const classOf = (node: Node): Constructor => literally(node).constructor as Constructor;
const List = classOf({ type: 'ArrayLiteral', value: [] });
const Tuple = classOf({ type: 'TupleLiteral', value: [] });
const Float = classOf({ type: 'FloatLiteral', value: 0 });

/** A text, a truth value, a whole number, none (null), or what is not defined (undefined). */
export const made = (value: string | boolean | number | null | undefined): Value => new Environment().set('value', value);
export const float = (value: number): Value => new Float(value);
export const list = (values: readonly Value[]): Value => new List([...values]);
export const tuple = (values: readonly Value[]): Value => new Tuple([...values]);

/** A whole number. @throws Error for one that JavaScript cannot hold, as Python can */
export function whole(value: number): Value {
  if (Number.isFinite(value) && !Number.isSafeInteger(value)) throw new Error('a whole number has more than 15 digits');
  return made(value);
}

/** What a value is to Python. */
export type Kind = 'text' | 'int' | 'float' | 'bool' | 'none' | 'undefined' | 'list' | 'tuple' | 'dict' | 'namespace' | 'function';

const KINDS: Readonly<Record<string, Kind>> = {
  StringValue: 'text',
  IntegerValue: 'int',
  FloatValue: 'float',
  BooleanValue: 'bool',
  NullValue: 'none',
  UndefinedValue: 'undefined',
  ArrayValue: 'list',
  TupleValue: 'tuple',
  ObjectValue: 'dict',
  KeywordArgumentsValue: 'dict',
  NamespaceValue: 'namespace',
};
export const kindOf = ({ type }: Value): Kind => KINDS[type] ?? 'function';

const isKind =
  (...kinds: readonly Kind[]) =>
  (value: Value): boolean =>
    kinds.includes(kindOf(value));
export const isText = isKind('text');
export const isUndefined = isKind('undefined');
export const isSequence = isKind('list', 'tuple');
export const isDict = isKind('dict');
/** Truth values are numbers to Python. */
export const isNumber = isKind('int', 'float', 'bool');

export const textOf = ({ value }: Value): string => value as string;
export const numberOf = ({ value }: Value): number => Number(value);
export const partsOf = ({ value }: Value): readonly Value[] => value as unknown as readonly Value[];
export const fieldsOf = ({ value }: Value): ReadonlyMap<string, Value> => value as unknown as ReadonlyMap<string, Value>;
export const isTrue = (value: Value): boolean => value.__bool__().value;
export const isNone = isKind('none');

/** Characters as Python counts them. */
export const characters = (text: string): string[] => Array.from(text);

/** Keys and values, pair by pair. */
export const pairsOf = (dict: Value): Value[] => [...fieldsOf(dict)].map(([key, value]) => tuple([made(key), value]));

/** What there is to go through in a value; of what is not defined nothing. @throws Error for what cannot be gone through */
export function itemsOf(value: Value): readonly Value[] {
  switch (kindOf(value)) {
    case 'list':
    case 'tuple':
      return partsOf(value);
    case 'text':
      return characters(textOf(value)).map(made);
    case 'dict':
      return [...fieldsOf(value).keys()].map(made);
    case 'undefined':
      return [];
    default:
      throw new Error(`it goes through what has no parts (${asWords(value)})`);
  }
}

const WORDS: Readonly<Record<Kind, string>> = {
  text: 'a text',
  int: 'a number',
  float: 'a number',
  bool: 'true or false',
  none: 'none',
  undefined: 'something that is not defined',
  list: 'a list',
  tuple: 'a tuple',
  dict: 'a dictionary',
  namespace: 'a namespace',
  function: 'a function',
};
export const asWords = (value: Value): string => WORDS[kindOf(value)];
