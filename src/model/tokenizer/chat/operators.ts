/** Operators between two values, as Python has them. */
import { order } from './text';
import {
  asWords,
  float,
  isNumber,
  isSequence,
  isText,
  kindOf,
  list,
  made,
  numberOf,
  partsOf,
  textOf,
  tuple,
  whole,
  type Value,
} from './values';

/** What an operator makes of two values. @throws Error for values that it is not for, and for what is not rendered */
export function operated(sign: string, one: Value, other: Value): Value {
  if (sign === '%' && isText(one)) throw new Error('“%” of a text cannot be rendered');
  if (isNumber(one) && isNumber(other)) return ofNumbers(sign, one, other);
  if (isText(one) && isText(other)) return ofTexts(sign, textOf(one), textOf(other));
  if (sign === '+' && isSequence(one) && kindOf(one) === kindOf(other)) return like(one, [...partsOf(one), ...partsOf(other)]);
  if (sign === '*' && kindOf(other) === 'int') return repeated(one, other);
  if (sign === '*' && kindOf(one) === 'int') return repeated(other, one);
  throw new Error(`“${sign}” stands between ${asWords(one)} and ${asWords(other)}`);
}

const like = (one: Value, parts: readonly Value[]): Value => (kindOf(one) === 'tuple' ? tuple(parts) : list(parts));

function repeated(value: Value, times: Value): Value {
  const count = Math.max(0, numberOf(times));
  if (isText(value)) return made(textOf(value).repeat(count));
  if (!isSequence(value)) throw new Error(`“*” stands between ${asWords(value)} and a number`);
  return like(value, Array.from({ length: count }, () => partsOf(value)).flat());
}

function ofTexts(sign: string, one: string, other: string): Value {
  if (sign === '+') return made(one + other);
  const isAsAsked = ORDERS[sign];
  if (isAsAsked === undefined) throw new Error(`“${sign}” stands between two texts`);
  return made(isAsAsked(order(one, other)));
}

const ORDERS: Readonly<Record<string, ((difference: number) => boolean) | undefined>> = {
  '<': (difference) => difference < 0,
  '>': (difference) => difference > 0,
  '<=': (difference) => difference <= 0,
  '>=': (difference) => difference >= 0,
};

function ofNumbers(sign: string, one: Value, other: Value): Value {
  const [a, b] = [numberOf(one), numberOf(other)];
  const isAsAsked = ORDERS[sign];
  if (isAsAsked !== undefined) return made(isAsAsked(a - b));
  if (['/', '//', '%'].includes(sign) && b === 0) throw new Error('it divides by zero');
  const result = calculated(sign, a, b);
  const isFloat = sign === '/' || (sign === '**' && b < 0) || kindOf(one) === 'float' || kindOf(other) === 'float';
  return isFloat ? float(result) : whole(result);
}

function calculated(sign: string, a: number, b: number): number {
  switch (sign) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '//':
      return Math.floor(a / b);
    case '%':
      // It has the sign of what is divided by.
      return ((a % b) + b) % b;
    case '**':
      if (!Number.isFinite(a ** b)) throw new Error('a power is not a number');
      return a ** b;
    default:
      throw new Error(`“${sign}” stands between two numbers`);
  }
}
