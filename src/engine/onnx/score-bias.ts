/** Which scores of attention count, and what is added to them: windows, and biases on positions (ALiBi). */
import type { AttentionSpec } from '../../model/architecture/model-spec';
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
  const inWindow = () => withinReach(b, window, { from: b.op('Sub', [T, n]), to: T, seen: T });
  if (alibi === null) return inWindow();
  const bias = alibiOf(b, alibi, n);
  const counts = inWindow();
  return counts === null ? bias : b.op('Where', [counts, bias, b.floats([-Infinity])]);
}

/** Positions from … to − 1, and how many are seen from them, its own included; each [1]. */
interface Piece {
  readonly from: Value;
  readonly to: Value;
  readonly seen: Value;
}

/** The same for the queries of a piece, later positions masked. @param piece.alibi [seen,H] */
export function pieceBias({ b, block }: BlockDraft, piece: Piece & { readonly alibi: Value | null }): Value {
  const past = b.op('GreaterOrEqual', [distances(b, piece), b.ints([0])]);
  const reach = withinReach(b, block.attention.window, piece);
  const counts = reach === null ? past : b.op('And', [past, reach]);
  if (piece.alibi === null) return counts;
  const bias = alibiOf(b, piece.alibi, b.op('Sub', [piece.to, piece.from]));
  return b.op('Where', [counts, bias, b.floats([-Infinity])]);
}

/** Which keys are near enough to be seen, later ones included. [to − from, seen] truth values; null: all */
function withinReach(b: GraphBuilder, window: AttentionSpec['window'], piece: Piece): Value | null {
  if (window === undefined) return null;
  if (typeof window === 'number') return b.op('Less', [distances(b, piece), b.ints([window])]);
  const [queries, keys] = placesOf(b, piece).map((places) => b.op('Div', [places, b.ints([window.chunk])]));
  return b.op('Equal', [queries, keys]);
}

/** How far the keys 0 … seen − 1 precede the queries from … to − 1. [to − from, seen] */
function distances(b: GraphBuilder, piece: Piece): Value {
  return b.op('Sub', placesOf(b, piece));
}

/** The positions of queries, [to − from, 1], and of keys, [seen]. */
function placesOf(b: GraphBuilder, { from, to, seen }: Piece): [Value, Value] {
  const count = (start: Value, end: Value) => range(b, scalar(b, start), scalar(b, end));
  return [b.op('Unsqueeze', [count(from, to), b.ints([1])]), count(b.ints([0]), seen)];
}

/** [T,H] biases for n queries: [1,H,n,T] */
function alibiOf(b: GraphBuilder, alibi: Value, n: Value): Value {
  const perHead = b.op('Unsqueeze', [b.op('Transpose', [alibi], { perm: [1, 0] }), b.ints([0, 2])]);
  return b.op('Expand', [perHead, b.op('Concat', [b.ints([1, 1]), n, b.ints([1])], { axis: 0 })]);
}
