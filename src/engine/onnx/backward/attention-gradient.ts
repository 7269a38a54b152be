/** Back through attention: from the gradient of z to those of queries, keys and values as they meet in the scores. */
import { attentionWidths, type AttentionSpec } from '../../../model/architecture/model-spec';
import { LONG_PROMPT, PIECE } from '../../memory/queries-at-once';
import { attendWithPattern, patternOfPiece } from '../attention';
import type { BlockDraft } from '../block-draft';
import { scaled } from '../elementwise';
import type { GraphBuilder, Value } from '../graph-builder';
import type { QueriesKeysValues } from '../queries-keys-values';
import { pieceBias } from '../score-bias';
import { DataType } from '../proto';
import { reshape, rowCount, scalar } from '../shapes';
import { capSlope } from './slopes';

/** What attention computed, and the gradient of its result. */
export interface Attended {
  /** queries and keys as they meet: normed, rotated */
  readonly qkv: QueriesKeysValues;
  /** [H,T,T] where it is there already; null: it is computed, in pieces where the prompt is long */
  readonly pattern: Value | null;
  /** [T,H·v] of z */
  readonly gradient: Value;
}

/** Sources that are left out where they are read from n positions; see `editsAsInputs`. */
export interface LeftOut {
  /** [n] the positions */
  readonly readers: Value;
  /** [n,H,T] what the probabilities there are multiplied with before they weigh values: 0 for those left out */
  readonly keep: Value;
  /** [n,H·v] what the heads there are multiplied with */
  readonly zKeep: Value;
}

/** Declares `LeftOut` as inputs: `source_readers`, `source_keep`, `source_z_keep`. */
export function leftOutAsInputs(b: GraphBuilder, attention: AttentionSpec): LeftOut {
  const { nHeads } = attention;
  return {
    readers: b.input('source_readers', DataType.INT64, ['readers']),
    keep: b.input('source_keep', DataType.FLOAT, ['readers', nHeads, 'T']),
    zKeep: b.input('source_z_keep', DataType.FLOAT, ['readers', attentionWidths(attention).z]),
  };
}

/**
 * What the positions whose sources are left out add to the gradients, one position after the other.
 *
 * @param attended.gradient [T,H·v] of the edited z
 */
export function leftOutGradient(draft: BlockDraft, { qkv, gradient }: Attended, leftOut: LeftOut): QueriesKeysValues {
  const { b, block, positional } = draft;
  const T = rowCount(b, gradient);
  const nothing = (x: Value) => b.op('Mul', [x, b.floats([0])]);
  const count = scalar(b, rowCount(b, leftOut.readers));
  const start = [qkv.q, qkv.k, qkv.v].map(nothing);
  const { sums } = b.accumulated(count, start, (index, [queries, keys, values]) => {
    const entry = b.op('Unsqueeze', [index, b.ints([0])]);
    const ofEntry = (x: Value) => b.op('Gather', [x, entry], { axis: 0 });
    const position = ofEntry(leftOut.readers);
    const seen = b.op('Add', [position, b.ints([1])]);
    const row = (x: Value) => b.op('Gather', [x, position], { axis: 0 });
    const upTo = (x: Value, axis = 0) => b.op('Slice', [x, b.ints([0]), seen, b.ints([axis])]);
    const part = { q: row(qkv.q), k: upTo(qkv.k), v: upTo(qkv.v) };
    const alibi = positional.alibi && upTo(positional.alibi);
    const pattern = patternOfPiece(draft, part, pieceBias(draft, { from: position, to: seen, seen, alibi }));
    const ofRow = b.op('Mul', [row(gradient), ofEntry(leftOut.zKeep)]);
    const keep = b.op('Transpose', [upTo(ofEntry(leftOut.keep), 2)], { perm: [1, 0, 2] });
    const found = patternGradient(b, block.attention, { qkv: part, pattern, gradient: ofRow }, keep);
    const below = b.op('Sub', [T, seen]);
    const padded = b.op('Pad', [found.q, b.op('Concat', [position, b.ints([0]), below, b.ints([0])], { axis: 0 })]);
    const added = (sum: Value, x: Value) => b.op('Add', [sum, x]);
    return {
      sums: [added(queries, padded), added(keys, withRowsBelow(b, found.k, below)), added(values, withRowsBelow(b, found.v, below))],
      stacked: ofRow,
    };
  });
  const [q, k, v] = sums;
  return { q, k, v };
}

/** Gradients of queries [T,H·k], keys [T,G·k] and values [T,G·v], from that of z. */
export function attentionGradient(draft: BlockDraft, attended: Attended): QueriesKeysValues {
  const { b, block, contextLength } = draft;
  const { qkv, gradient } = attended;
  const whole = (): QueriesKeysValues => {
    const pattern = attended.pattern ?? attendWithPattern(draft, qkv).pattern;
    return patternGradient(b, block.attention, { qkv, pattern, gradient });
  };
  if (contextLength <= LONG_PROMPT) return whole();

  const widths = attentionWidths(block.attention);
  const T = rowCount(b, gradient);
  const joined = (of: () => QueriesKeysValues) => () => {
    const { q, k, v } = of();
    return b.op('Concat', [q, k, v], { axis: 1 });
  };
  const isLong = b.op('Greater', [scalar(b, T), b.ints(LONG_PROMPT)]);
  const found = b.either(
    isLong,
    joined(() => inPieces(draft, attended, T)),
    joined(whole),
  );
  const [q, k, v] = b.ops('Split', [found, b.ints([widths.q, widths.k, widths.v])], { axis: 1 }, [0, 1, 2]) as [Value, Value, Value];
  return { q, k, v };
}

/** The same for some queries after the other, while the gradients of keys and values add up. @param T [1] number of positions */
function inPieces(draft: BlockDraft, { qkv: { q, k, v }, gradient }: Attended, T: Value): QueriesKeysValues {
  const { b, block, positional } = draft;
  const first = b.ints([0]);
  const piece = b.ints([PIECE]);
  const rows = (x: Value, from: Value, to: Value) => b.op('Slice', [x, from, to, first]);
  const pieces = b.op('Div', [b.op('Add', [T, b.ints([PIECE - 1])]), piece]);
  const none = (x: Value) => b.op('Mul', [x, b.floats([0])]);
  const { sums, stacked } = b.accumulated(scalar(b, pieces), [none(k), none(v)], (index, [keys, values]) => {
    const from = b.op('Mul', [b.op('Unsqueeze', [index, first]), piece]);
    const end = b.op('Add', [from, piece]);
    // Nothing beyond a piece's last position is seen from it.
    const to = b.op('Min', [end, T]);
    const part = { q: rows(q, from, to), k: rows(k, first, to), v: rows(v, first, to) };
    const alibi = positional.alibi && rows(positional.alibi, first, to);
    const pattern = patternOfPiece(draft, part, pieceBias(draft, { from, to, seen: to, alibi }));
    const found = patternGradient(b, block.attention, { qkv: part, pattern, gradient: rows(gradient, from, to) });
    const added = (sum: Value, x: Value) => b.op('Add', [sum, withRowsBelow(b, x, b.op('Sub', [T, to]))]);
    return {
      sums: [added(keys, found.k), added(values, found.v)],
      stacked: withRowsBelow(b, found.q, b.op('Sub', [end, to])),
    };
  });
  return { q: rows(reshape(b, stacked, [-1, attentionWidths(block.attention).q]), first, T), k: sums[0], v: sums[1] };
}

/** With rows of zeros after its own. [n,width] and [1] how many → [n + that many,width] */
function withRowsBelow(b: GraphBuilder, x: Value, count: Value): Value {
  return b.op('Pad', [x, b.op('Concat', [b.ints([0, 0]), count, b.ints([0])], { axis: 0 })]);
}

/**
 * The same for n queries that see the first m positions. With P the pattern and S the scores: ∂v = Pᵀ·∂z, ∂P = ∂z·vᵀ,
 * ∂S = P·(∂P − Σ P·∂P), ∂q = ∂S·k, ∂k = ∂Sᵀ·q. The query heads that share a key/value head lie one below the other, so that keys
 * and values gather what all of them ask of them.
 *
 * @param keep [H,n,m] what P is multiplied with before it weighs values; absent: 1
 */
function patternGradient(
  b: GraphBuilder,
  attention: AttentionSpec,
  attended: Attended & { readonly pattern: Value },
  keep?: Value,
): QueriesKeysValues {
  const { nHeads, nKeyValueHeads, dHead, scale, softCap } = attention;
  const { dValue } = attentionWidths(attention);
  const { qkv, pattern, gradient } = attended;
  const perKeyHead = nHeads / nKeyValueHeads;
  const product = (x: Value, y: Value) => b.op('MatMul', [x, y]);
  const transposed = (x: Value) => b.op('Transpose', [x], { perm: [0, 2, 1] });
  // [n,H·k] → [G,H/G·n,k] and back; [m,G·k] → [G,m,k] and back
  const ofQueries = (x: Value, width: number) => {
    const split = reshape(b, x, [-1, nKeyValueHeads, perKeyHead, width]);
    return reshape(b, b.op('Transpose', [split], { perm: [1, 2, 0, 3] }), [nKeyValueHeads, -1, width]);
  };
  const queriesOf = (x: Value) => {
    const split = reshape(b, x, [nKeyValueHeads, perKeyHead, -1, dHead]);
    return reshape(b, b.op('Transpose', [split], { perm: [2, 0, 1, 3] }), [-1, nHeads * dHead]);
  };
  const ofKeys = (x: Value, width: number) => b.op('Transpose', [reshape(b, x, [-1, nKeyValueHeads, width])], { perm: [1, 0, 2] });
  const keysOf = (x: Value, width: number) => reshape(b, b.op('Transpose', [x], { perm: [1, 0, 2] }), [-1, nKeyValueHeads * width]);

  const [q, k] = [ofQueries(qkv.q, dHead), ofKeys(qkv.k, dHead)];
  const [v, dz] = [ofKeys(qkv.v, dValue), ofQueries(gradient, dValue)];
  const seen = rowCount(b, qkv.k);
  const perKeyHeads = (x: Value) => b.op('Reshape', [x, b.op('Concat', [b.ints([nKeyValueHeads, -1]), seen], { axis: 0 })]);
  const p = perKeyHeads(pattern);
  const kept = (x: Value) => (keep ? b.op('Mul', [x, perKeyHeads(keep)]) : x);
  const dp = kept(product(dz, transposed(v)));
  const expected = b.op('ReduceSum', [b.op('Mul', [p, dp]), b.ints([2])]);
  const uncapped = b.op('Mul', [p, b.op('Sub', [dp, expected])]);
  const slope = softCap === undefined ? null : capSlope(b, scaled(b, product(q, transposed(k)), scale), softCap);
  const ds = slope ? b.op('Mul', [uncapped, slope]) : uncapped;
  return {
    q: scaled(b, queriesOf(product(ds, k)), scale),
    k: scaled(b, keysOf(product(transposed(ds), q), dHead), scale),
    v: keysOf(product(transposed(kept(p)), dz), dValue),
  };
}
