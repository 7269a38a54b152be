/** Back through attention: from the gradient of z to those of queries, keys and values as they meet. */
import type { AttentionSpec } from '../../../model/architecture/model-spec';
import { attentionNode, LONG_PROMPT, PIECE, pieceBias, PROBABILITIES, rowCount, scalar, scoreBias } from '../attention';
import type { Positional, QueriesKeysValues } from '../attention';
import type { GraphBuilder, Value } from '../graph-builder';
import { reshape, scaled } from '../layers';

/**
 * Gradients of queries [T,H·k], keys and values [T,G·k], all rotated as they meet in the scores, from that of z [T,H·k].
 *
 * @param pattern [H,T,T] where it is there already; null: it is computed, in pieces where the prompt is long
 * @param contextLength longest prompt that the graph will see
 */
export function attentionGradient(
  b: GraphBuilder,
  attention: AttentionSpec,
  qkv: QueriesKeysValues,
  pattern: Value | null,
  positional: Positional,
  gradient: Value,
  contextLength: number,
): QueriesKeysValues {
  const { heads, groups, headWidth } = attention;
  const { q, k, v } = qkv;
  const whole = (): QueriesKeysValues => {
    const ofAll = pattern ?? patternOf(b, attention, qkv, scoreBias(b, attention, q, k, positional), true);
    return pieceGradient(b, attention, qkv, ofAll, gradient);
  };
  if (contextLength <= LONG_PROMPT) return whole();

  const T = rowCount(b, q);
  const rows = (x: Value, from: Value, to: Value) => b.op('Slice', [x, from, to, b.ints([0])]);
  const first = b.ints([0]);
  const inPieces = (): QueriesKeysValues => {
    const piece = b.ints([PIECE]);
    const pieces = b.op('Div', [b.op('Add', [T, b.ints([PIECE - 1])]), piece]);
    const none = b.op('Mul', [k, b.floats([0])]);
    const { sums, stacked } = b.accumulated(scalar(b, pieces), [none, none], (index, [keys, values]) => {
      const from = b.op('Mul', [b.op('Unsqueeze', [index, first]), piece]);
      // Nothing beyond a piece's last position is seen from it.
      const to = b.op('Min', [b.op('Add', [from, piece]), T]);
      const alibi = positional.alibi && rows(positional.alibi, first, to);
      const part = { q: rows(q, from, to), k: rows(k, first, to), v: rows(v, first, to) };
      const bias = pieceBias(b, attention, from, to, to, alibi);
      const ofPiece = patternOf(b, attention, part, bias, false);
      const found = pieceGradient(b, attention, part, ofPiece, rows(gradient, from, to));
      const grown = (x: Value, by: Value) => b.op('Pad', [x, b.op('Concat', [b.ints([0, 0]), by, first], { axis: 0 })]);
      const added = (sum: Value, x: Value) => b.op('Add', [sum, grown(x, b.op('Sub', [T, to]))]);
      return {
        sums: [added(keys, found.k), added(values, found.v)],
        stacked: grown(found.q, b.op('Sub', [b.op('Add', [from, piece]), to])),
      };
    });
    const queries = rows(reshape(b, stacked, [-1, heads * headWidth]), first, T);
    return { q: queries, k: sums[0], v: sums[1] };
  };
  const joined = (of: () => QueriesKeysValues) => () => {
    const found = of();
    return b.op('Concat', [found.q, found.k, found.v], { axis: 1 });
  };
  const either = b.either(b.op('Greater', [scalar(b, T), b.ints(LONG_PROMPT)]), joined(inPieces), joined(whole));
  const widths = [heads * headWidth, groups * headWidth, groups * headWidth];
  const [dq, dk, dv] = b.ops('Split', [either, b.ints(widths)], { axis: 1 }, [0, 1, 2]) as [Value, Value, Value];
  return { q: dq, k: dk, v: dv };
}

/** [H,n,m]. The node cannot be had without its first output. */
function patternOf(b: GraphBuilder, attention: AttentionSpec, qkv: QueriesKeysValues, bias: Value | null, isCausal: boolean): Value {
  return attentionNode(b, attention, qkv, bias, isCausal, [0, PROBABILITIES])[1];
}

/**
 * The same for n queries that see the first m positions. With P the pattern and S the scores: ∂v = Pᵀ·∂z, ∂P = ∂z·vᵀ,
 * ∂S = P·(∂P − Σ P·∂P), ∂q = ∂S·k, ∂k = ∂Sᵀ·q. Query heads of a group lie one below the other, so that keys and values
 * gather what all of them ask of them.
 *
 * @param pattern [H,n,m]
 * @param gradient [n,H·k]
 */
function pieceGradient(
  b: GraphBuilder,
  { heads, groups, headWidth, scale, softCap }: AttentionSpec,
  { q, k, v }: QueriesKeysValues,
  pattern: Value,
  gradient: Value,
): QueriesKeysValues {
  const perGroup = heads / groups;
  const product = (x: Value, y: Value) => b.op('MatMul', [x, y]);
  const transposed = (x: Value) => b.op('Transpose', [x], { perm: [0, 2, 1] });
  // [n,H·k] → [G,H/G·n,k] and back; [m,G·k] → [G,m,k] and back
  const ofQueries = (x: Value) =>
    reshape(b, b.op('Transpose', [reshape(b, x, [-1, groups, perGroup, headWidth])], { perm: [1, 2, 0, 3] }), [groups, -1, headWidth]);
  const queriesOf = (x: Value) =>
    reshape(b, b.op('Transpose', [reshape(b, x, [groups, perGroup, -1, headWidth])], { perm: [2, 0, 1, 3] }), [-1, heads * headWidth]);
  const ofKeys = (x: Value) => b.op('Transpose', [reshape(b, x, [-1, groups, headWidth])], { perm: [1, 0, 2] });
  const keysOf = (x: Value) => reshape(b, b.op('Transpose', [x], { perm: [1, 0, 2] }), [-1, groups * headWidth]);

  const [queries, keys, values, dz] = [ofQueries(q), ofKeys(k), ofKeys(v), ofQueries(gradient)];
  const seen = b.op('Slice', [b.op('Shape', [pattern]), b.ints([2]), b.ints([3])]);
  const p = b.op('Reshape', [pattern, b.op('Concat', [b.ints([groups, -1]), seen], { axis: 0 })]);
  const dp = product(dz, transposed(values));
  const expected = b.op('ReduceSum', [b.op('Mul', [p, dp]), b.ints([2])]);
  const ofScores = b.op('Mul', [p, b.op('Sub', [dp, expected])]);
  const ds =
    softCap === undefined ? ofScores : b.op('Mul', [ofScores, capSlope(b, scaled(b, product(queries, transposed(keys)), scale), softCap)]);
  return {
    q: scaled(b, queriesOf(product(ds, keys)), scale),
    k: scaled(b, keysOf(product(transposed(ds), queries)), scale),
    v: keysOf(product(transposed(p), dz)),
  };
}

/** The derivative of c·tanh(x / c), element by element: 1 − tanh² = 4·σ(2x/c)·σ(−2x/c), which stays exact where tanh is all but 1. */
export function capSlope(b: GraphBuilder, x: Value, cap: number): Value {
  const twice = b.op('Mul', [x, b.floats([2 / cap])]);
  const sides = b.op('Mul', [b.op('Sigmoid', [twice]), b.op('Sigmoid', [b.op('Neg', [twice])])]);
  return b.op('Mul', [sides, b.floats([4])]);
}
