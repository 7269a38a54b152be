/** The most and the least likely tokens of rows of logits. */
import type { GraphBuilder, Value } from './graph-builder';
import { reshape } from './shapes';

/** Sizes of a group of tokens, best first. All do well; one that divides the vocabulary spares a copy (50257 = 29·1733). */
const GROUP_SIZES = [29, 30, 28, 31, 27, 32, 26, 33, 25, 34, 24, 35, 36, 37, 38, 39, 40] as const;

/** Which end of the logits. */
export type End = 'top' | 'bottom';

/** Tokens of every row, and their logits; each [N,k]. */
export interface Extremes {
  readonly ids: Value;
  readonly values: Value;
}

/** A vocabulary in groups, each of every `count`th token, so that all groups’ extremes are found side by side; and a tail that fills none. */
interface Groups {
  readonly size: number;
  readonly count: number;
}

/** Null where there are too few tokens for groups. */
export function groupsOf(vocabSize: number): Groups | null {
  const size = GROUP_SIZES.find((candidate) => vocabSize % candidate === 0) ?? GROUP_SIZES[0];
  const count = Math.floor(vocabSize / size);
  return count < 2 ? null : { size, count };
}

const reduced = (b: GraphBuilder, end: End, x: Value, axis: number, keepdims: 0 | 1) =>
  b.op(end === 'top' ? 'ReduceMax' : 'ReduceMin', [x, b.ints([axis])], { keepdims });

/** The most extreme logit of each group. [n,V] → [n,groups] */
export function extremeOfGroups(b: GraphBuilder, logits: Value, vocabSize: number, groups: Groups, end: End): Value {
  const { size, count } = groups;
  const whole = count * size === vocabSize ? logits : cut(b, logits, 0, count * size);
  return reduced(b, end, reshape(b, whole, [-1, size, count]), 1, 0);
}

/** The largest logit of each row. @param ofGroups [n,groups] the largest of each group; null: there are none @returns [n,1] */
export function largestOf(b: GraphBuilder, logits: Value, vocabSize: number, ofGroups: Value | null): Value {
  const groups = groupsOf(vocabSize);
  const largest = reduced(b, 'top', ofGroups ?? logits, 1, 1);
  const grouped = groups ? groups.size * groups.count : vocabSize;
  return grouped === vocabSize ? largest : b.op('Max', [largest, reduced(b, 'top', cut(b, logits, grouped, vocabSize), 1, 1)]);
}

/** Logits whose extremes are wanted. */
export interface Ranked {
  /** [N,V] */
  readonly logits: Value;
  readonly vocabSize: number;
  /** [1] how many of each row, at most V */
  readonly k: Value;
}

/**
 * The k largest (`top`) or smallest (`bottom`) logits of every row, most extreme first, in two exact steps: the k groups
 * with the most extreme members hold them all, so only those groups' members (and a tail that fills no group) are sorted.
 *
 * @param ofGroups see `extremeOfGroups`; null where there are no groups
 */
export function extremes(b: GraphBuilder, { logits, vocabSize, k }: Ranked, ofGroups: Value | null, end: End): Extremes {
  const topK = (x: Value, count: Value) =>
    b.ops('TopK', [x, count], { axis: -1, largest: end === 'top' ? 1 : 0, sorted: 1 }, [0, 1]) as [Value, Value];
  const groups = groupsOf(vocabSize);
  if (groups === null || ofGroups === null) {
    const [values, ids] = topK(logits, k);
    return { ids, values };
  }
  const { size, count } = groups;
  const [, chosen] = topK(ofGroups, b.op('Min', [k, b.ints([count])]));

  // Ids of the members of the chosen groups: group + 0, groups, 2 · groups, … [N,m,size]
  const members = b.ints(Array.from({ length: size }, (_, member) => member * count));
  const ids = b.op('Add', [b.op('Unsqueeze', [chosen, b.ints([2])]), members]);
  const candidates = reshape(b, ids, [0, -1]);
  const values = b.op('GatherElements', [logits, candidates], { axis: 1 });

  const some = { ids: candidates, values };
  const grouped = count * size;
  const all =
    grouped === vocabSize
      ? some
      : withTail(b, some, { from: grouped, values: cut(b, logits, grouped, vocabSize), count: vocabSize - grouped });
  const [best, where] = topK(all.values, k);
  return { ids: b.op('GatherElements', [all.ids, where], { axis: 1 }), values: best };
}

/** Some tokens of each row. */
function cut(b: GraphBuilder, logits: Value, from: number, to: number): Value {
  return b.op('Slice', [logits, b.ints([from]), b.ints([to]), b.ints([1])]);
}

/** Adds the tokens that fill no group to the candidates. */
function withTail(b: GraphBuilder, { ids, values }: Extremes, tail: { from: number; count: number; values: Value }): Extremes {
  const tailIds = b.ints(Array.from({ length: tail.count }, (_, i) => tail.from + i));
  const everyRow = b.op('Expand', [tailIds, b.op('Shape', [tail.values])]);
  return { ids: b.op('Concat', [ids, everyRow], { axis: 1 }), values: b.op('Concat', [values, tail.values], { axis: 1 }) };
}
