/** Tests of values (`x is …`), and by their names (`selectattr('a', 'equalto', …)`). */
import { areEqual, asPythonWrites } from './python-values';
import { fieldsOf, isDict, isNumber, isSequence, isText, isUndefined, kindOf, numberOf, partsOf, textOf, type Value } from './values';

type Test = (value: Value, other: Value | undefined) => boolean;

const needed = (other: Value | undefined): Value => {
  if (other === undefined) throw new Error('a test lacks what it compares with');
  return other;
};
const equal: Test = (value, other) => areEqual(value, needed(other));
const whole = (value: Value): number => {
  if (kindOf(value) === 'int' || kindOf(value) === 'bool') return numberOf(value);
  throw new Error('“odd” and “even” are asked of what is not a whole number');
};
/** Whether a text has letters, and all are as they are in this case. */
const isInCase = (value: Value, cased: (text: string) => string, other: (text: string) => string): boolean => {
  const text = asPythonWrites(value);
  return text === cased(text) && text !== other(text);
};
const lower = (text: string): string => text.toLowerCase();
const upper = (text: string): string => text.toUpperCase();

export const TESTS: Readonly<Record<string, Test | undefined>> = {
  boolean: (value) => kindOf(value) === 'bool',
  callable: (value) => kindOf(value) === 'function',
  defined: (value) => !isUndefined(value),
  undefined: isUndefined,
  none: (value) => kindOf(value) === 'none',
  true: (value) => kindOf(value) === 'bool' && value.value === true,
  false: (value) => kindOf(value) === 'bool' && value.value === false,
  string: isText,
  number: isNumber,
  integer: (value) => kindOf(value) === 'int',
  float: (value) => kindOf(value) === 'float',
  mapping: isDict,
  iterable: (value) => isSequence(value) || isText(value) || isDict(value) || isUndefined(value),
  sequence: (value) => isSequence(value) || isText(value) || isDict(value) || isUndefined(value),
  odd: (value) => Math.abs(whole(value) % 2) === 1,
  even: (value) => whole(value) % 2 === 0,
  lower: (value) => isInCase(value, lower, upper),
  upper: (value) => isInCase(value, upper, lower),
  equalto: equal,
  eq: equal,
  '==': equal,
  ne: (value, other) => !equal(value, other),
  '!=': (value, other) => !equal(value, other),
  in: (value, other) => isIn(value, needed(other)),
};

/** Whether a value is part of another. @throws Error for what has no parts */
export function isIn(value: Value, whole: Value): boolean {
  if (isUndefined(whole)) return false;
  if (isSequence(whole)) return partsOf(whole).some((part) => areEqual(part, value));
  if (isDict(whole)) return isText(value) && fieldsOf(whole).has(textOf(value));
  if (isText(whole) && isText(value)) return textOf(whole).includes(textOf(value));
  throw new Error('“in” looks into what has no such parts');
}

/** @throws Error for a name of no test */
export function testNamed(name: string): Test {
  const test = Object.hasOwn(TESTS, name) ? TESTS[name] : undefined;
  if (test === undefined) throw new Error(`there is no test “${name}”`);
  return test;
}
