/** Which scores of attention count, and what is added to them: windows, and biases on positions (ALiBi). */
import type { BlockDraft } from './block-draft';
import type { GraphBuilder, Value } from './graph-builder';
import type { QueriesKeysValues } from './queries-keys-values';
import { positionCount, range, scalar } from './shapes';

/**
 * What is added to the scores, or which of them count: the window [n,T] as truth values, ALiBi [1,H,n,T] as numbers, or null.
 * Scores of later positions are masked by the attention node itself.
 */
export function scoreBias({ b, block, positional: { alibi }, copies }: BlockDraft, { q, k }: QueriesKeysValues): Value | null {
  const { window } = block.attention;
  if (alibi === null && window === undefined) return null;
  const T = positionCount(b, k, copies);
  const n = positionCount(b, q, copies);
  const inWindow = () => {
    const first = b.op('Sub', [T, n]);
    return b.op('Less', [distances(b, { from: first, to: T, seen: T }), b.ints([window ?? 0])]);
  };
  if (alibi === null) return inWindow();
  const bias = alibiOf(b, alibi, n);
  return window === undefined ? bias : b.op('Where', [inWindow(), bias, b.floats([-Infinity])]);
}

/** Positions from … to − 1, and how many are seen from them, its own included; each [1]. */
interface Piece {
  readonly from: Value;
  readonly to: Value;
  readonly seen: Value;
}

/** The same for the queries of a piece, later positions masked. @param piece.alibi [seen,H] */
export function pieceBias({ b, block }: BlockDraft, piece: Piece & { readonly alibi: Value | null }): Value {
  const { window } = block.attention;
  const distance = distances(b, piece);
  const past = b.op('GreaterOrEqual', [distance, b.ints([0])]);
  const counts = window === undefined ? past : b.op('And', [past, b.op('Less', [distance, b.ints([window])])]);
  if (piece.alibi === null) return counts;
  const bias = alibiOf(b, piece.alibi, b.op('Sub', [piece.to, piece.from]));
  return b.op('Where', [counts, bias, b.floats([-Infinity])]);
}

/** How far the keys 0 … seen − 1 precede the queries from … to − 1. [to − from, seen] */
function distances(b: GraphBuilder, { from, to, seen }: Piece): Value {
  const count = (start: Value, end: Value) => range(b, scalar(b, start), scalar(b, end));
  return b.op('Sub', [b.op('Unsqueeze', [count(from, to), b.ints([1])]), count(b.ints([0]), seen)]);
}

/** [T,H] biases for n queries: [1,H,n,T] */
function alibiOf(b: GraphBuilder, alibi: Value, n: Value): Value {
  const perHead = b.op('Unsqueeze', [b.op('Transpose', [alibi], { perm: [1, 0] }), b.ints([0, 2])]);
  return b.op('Expand', [perHead, b.op('Concat', [b.ints([1, 1]), n, b.ints([1])], { axis: 0 })]);
}
