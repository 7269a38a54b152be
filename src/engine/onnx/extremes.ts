/** The most and the least likely tokens of rows of logits. */
import type { GraphBuilder, Value } from './graph-builder';
import { reshape } from './shapes';

/** Sizes of a group of tokens, best first. All do well; one that divides the vocabulary spares a copy (50257 = 29·1733). */
const GROUP_SIZES = [29, 30, 28, 31, 27, 32, 26, 33, 25, 34, 24, 35, 36, 37, 38, 39, 40] as const;

/** Logits whose extremes are wanted. */
export interface Ranked {
  /** [N,V] */
  readonly logits: Value;
  readonly vocabSize: number;
  /** [1] how many of each row, at most V */
  readonly k: Value;
}

/** Tokens of every row, and their logits; each [N,k]. */
export interface Extremes {
  readonly ids: Value;
  readonly values: Value;
}

/**
 * The k largest (`top`) or smallest (`bottom`) logits of every row, most extreme first, in two exact steps: the k groups
 * with the most extreme members hold them all, so only those groups' members (and a tail that fills no group) are sorted.
 */
export function extremes(b: GraphBuilder, { logits, vocabSize, k }: Ranked, end: 'top' | 'bottom'): Extremes {
  const largest = end === 'top' ? 1 : 0;
  const topK = (x: Value, count: Value) => b.ops('TopK', [x, count], { axis: -1, largest, sorted: 1 }, [0, 1]) as [Value, Value];

  const size = GROUP_SIZES.find((candidate) => vocabSize % candidate === 0) ?? GROUP_SIZES[0];
  const groups = Math.floor(vocabSize / size);
  if (groups < 2) {
    const [values, ids] = topK(logits, k);
    return { ids, values };
  }
  const grouped = groups * size;
  const cut = (from: number, to: number) => b.op('Slice', [logits, b.ints([from]), b.ints([to]), b.ints([1])]);
  const members = reshape(b, grouped === vocabSize ? logits : cut(0, grouped), [-1, groups, size]);
  const extreme = b.op(end === 'top' ? 'ReduceMax' : 'ReduceMin', [members, b.ints([2])], { keepdims: 0 });
  const [, chosen] = topK(extreme, b.op('Min', [k, b.ints([groups])]));

  // Ids of the members of the chosen groups: group · size + 0, 1, 2, … [N,m,size]
  const first = b.op('Mul', [b.op('Unsqueeze', [chosen, b.ints([2])]), b.ints([size])]);
  const ids = b.op('Add', [first, b.ints(Array.from({ length: size }, (_, member) => member))]);
  const candidates = reshape(b, ids, [0, -1]);
  const values = b.op('GatherElements', [logits, candidates], { axis: 1 });

  const some = { ids: candidates, values };
  const all =
    grouped === vocabSize ? some : withTail(b, some, { from: grouped, values: cut(grouped, vocabSize), count: vocabSize - grouped });
  const [best, where] = topK(all.values, k);
  return { ids: b.op('GatherElements', [all.ids, where], { axis: 1 }), values: best };
}

/** Adds the tokens that fill no group to the candidates. */
function withTail(b: GraphBuilder, { ids, values }: Extremes, tail: { from: number; count: number; values: Value }): Extremes {
  const tailIds = b.ints(Array.from({ length: tail.count }, (_, i) => tail.from + i));
  const everyRow = b.op('Expand', [tailIds, b.op('Shape', [tail.values])]);
  return { ids: b.op('Concat', [ids, everyRow], { axis: 1 }), values: b.op('Concat', [values, tail.values], { axis: 1 }) };
}
