/**
 * Lists of tokens with their logits and probabilities, of which graphs mostly consist. A token is named by its place in one table of the
 * message. Within a list, probabilities follow from logits, pᵢ = p₀·exp(lᵢ − l₀), but for the last bits: what is sent is by how many
 * units in the last place of a single float each is off, in one byte instead of four.
 */
import type { TokenScore } from '../../format/flow-graph';

/** What is sent of a token once. */
export type TokenPart = Pick<TokenScore, 'id' | 'text' | 'fragment'>;

/** What stands for a probability that is sent as it is: the first of a list, and one that is off by more. */
export const EXCEPTION = -128;

/** Whether a value is a token's score with just these keys, in this order, and numbers that are single floats. */
export function isScore(value: unknown): value is TokenScore {
  if (typeof value !== 'object' || value === null) return false;
  const { id, text, fragment, logit, probability } = value as Partial<Record<string, unknown>>;
  if (typeof id !== 'number' || typeof text !== 'string' || typeof logit !== 'number' || typeof probability !== 'number') return false;
  if (!Number.isInteger(id) || id < 0 || Object.is(id, -0) || !isSingle(logit) || !isSingle(probability)) return false;
  let i = 0;
  const keys = fragment === undefined ? PLAIN : FRAGMENT;
  if (keys === FRAGMENT && fragment !== true) return false;
  for (const key in value) if (key !== keys[i++]) return false;
  return i === keys.length;
}

const PLAIN = ['id', 'text', 'logit', 'probability'];
const FRAGMENT = ['id', 'text', 'fragment', 'logit', 'probability'];

function isSingle(number: number): boolean {
  return Object.is(Math.fround(number), number);
}

const single = new Float32Array(1);
const bits = new Int32Array(single.buffer);

/** By how many units in the last place a probability is off from what logits say, or `EXCEPTION`. */
export function unitsOff(probability: number, expected: number): number {
  // Bits of numbers of one sign are in the order of the numbers; what is not a number, or has another sign, is off by far.
  single[0] = probability;
  const given = bits[0] ?? 0;
  single[0] = expected;
  const off = given - (bits[0] ?? 0);
  return off > EXCEPTION && off < -EXCEPTION ? off : EXCEPTION;
}

/** A probability from how far it is off. */
export function withUnits(expected: number, off: number): number {
  single[0] = expected;
  bits[0] = (bits[0] ?? 0) + off;
  return single[0];
}

/**
 * What the logits of a list say of a probability, given the first one's. `exp` is made of sums, products and quotients alone, which are the
 * same to the last bit in every engine, as `Math.exp` need not be.
 */
export function expectedProbability(first: TokenScore, logit: number): number {
  return first.probability * exp(logit - first.logit);
}

/** Beyond this, a probability is sent as it is. */
const FARTHEST = 80;
/** Powers of two that `exp` needs, and a few more. */
const MIDDLE = 120;
const POWERS = Float64Array.from({ length: 2 * MIDDLE + 1 }, (_, i) => 2 ** (i - MIDDLE));

/** e to the power of x, to about 13 digits; 0 where x is too far from 0. */
function exp(x: number): number {
  if (!(x > -FARTHEST && x < FARTHEST)) return 0;
  const power = Math.round(x * Math.LOG2E);
  const r = x - power * Math.LN2;
  // The first terms of the series: |r| is below 0.35.
  let sum = 1 + r / 10;
  sum = 1 + (r * sum) / 9;
  sum = 1 + (r * sum) / 8;
  sum = 1 + (r * sum) / 7;
  sum = 1 + (r * sum) / 6;
  sum = 1 + (r * sum) / 5;
  sum = 1 + (r * sum) / 4;
  sum = 1 + (r * sum) / 3;
  sum = 1 + (r * sum) / 2;
  sum = 1 + r * sum;
  return sum * POWERS[power + MIDDLE];
}
