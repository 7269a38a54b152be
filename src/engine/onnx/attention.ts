/** Self-attention as nodes of a block's graph. */
import { LONG_PROMPT, PIECE } from '../memory/queries-at-once';
import { isOfLast, type BlockDraft, type PastKeysValues } from './block-draft';
import { attentionWidths, type VectorSpec } from '../../model/architecture/model-spec';
import type { Value } from './graph-builder';
import { vector } from './products';
import type { QueriesKeysValues } from './queries-keys-values';
import { pieceBias, scoreBias } from './score-bias';
import { batched, positionCount, reshape, rowCount, scalar, unbatched } from './shapes';

/** Beyond the end of any shape. */
const MANY = 8;

/** `Attention` returns the probabilities, after mask and softmax, as its fourth output. */
const PROBABILITIES = 3;

/** Causal attention of all positions. q [T,H·k], k [T,G·k] and v [T,G·v] → z [T,H·v] */
export function attend(draft: BlockDraft, qkv: QueriesKeysValues): Value {
  const { b, contextLength } = draft;
  const whole = () => attentionNode(draft, qkv, { ...causalScores(draft, qkv), outputs: [0] })[0];
  if (contextLength <= LONG_PROMPT) return whole();
  const T = positionCount(b, qkv.q, draft.copies);
  return b.either(b.op('Greater', [scalar(b, T), b.ints(LONG_PROMPT)]), () => attendInPieces(draft, qkv, T), whole);
}

/** The same for some queries of one prompt after the other: no more of them than a piece has at a time. @param T [1] number of positions */
function attendInPieces(draft: BlockDraft, { q, k, v }: QueriesKeysValues, T: Value): Value {
  const { b, positional, block } = draft;
  const piece = b.ints([PIECE]);
  const pieces = b.op('Div', [b.op('Add', [T, b.ints([PIECE - 1])]), piece]);
  const columns = b.op('Slice', [b.op('Shape', [q]), b.ints([1]), b.ints([2])]);
  const missing = b.op('Concat', [b.op('Sub', [b.op('Mul', [pieces, piece]), T]), columns], { axis: 0 });
  const padded = b.op('Concat', [q, b.op('Expand', [b.floats([0]), missing])], { axis: 0 });
  const stacked = b.stacked(scalar(b, pieces), (index) => {
    const from = b.op('Mul', [b.op('Unsqueeze', [index, b.ints([0])]), piece]);
    const to = b.op('Add', [from, piece]);
    // Nothing beyond a piece's last position is seen from it.
    const seen = b.op('Min', [to, T]);
    const rows = (x: Value, start: Value, end: Value) => b.op('Slice', [x, start, end, b.ints([0])]);
    const part = { q: rows(padded, from, to), k: rows(k, b.ints([0]), seen), v: rows(v, b.ints([0]), seen) };
    const alibi = positional.alibi && rows(positional.alibi, b.ints([0]), seen);
    return attentionNode(draft, part, { bias: pieceBias(draft, { from, to, seen, alibi }), isCausal: false, outputs: [0] })[0];
  });
  return b.op('Slice', [reshape(b, stacked, [-1, attentionWidths(block.attention).z]), b.ints([0]), T, b.ints([0])]);
}

/** Causal attention of positions that come after others, to those and to each other. q [n,H·k], k [n,G·k] and v [n,G·v] → z [n,H·v] */
export function attendWithPast(draft: BlockDraft, { q, k, v }: QueriesKeysValues, past: PastKeysValues): Value {
  const { b, positional } = draft;
  const joined = { q, k: b.op('Concat', [past.keys, k], { axis: 0 }), v: b.op('Concat', [past.values, v], { axis: 0 }) };
  const seen = rowCount(b, joined.k);
  const bias = pieceBias(draft, { from: rowCount(b, past.keys), to: seen, seen, alibi: positional.alibi });
  return attentionNode(draft, joined, { bias, isCausal: false, outputs: [0] })[0];
}

/**
 * Causal attention with its probabilities.
 * @returns z as `attend`; pattern [H,n,T], where n = 1 for variants of the last position, whose q are its alone
 */
export function attendWithPattern(draft: BlockDraft, qkv: QueriesKeysValues): { z: Value; pattern: Value } {
  const [z, pattern] = attentionNode(draft, qkv, { ...causalScores(draft, qkv), outputs: [0, PROBABILITIES] });
  return { z, pattern };
}

/** The probabilities alone, of the queries of a piece: see `pieceBias`. [H,n,m] */
export function patternOfPiece(draft: BlockDraft, qkv: QueriesKeysValues, bias: Value): Value {
  return attentionNode(draft, qkv, { bias, isCausal: false, outputs: [0, PROBABILITIES] })[1];
}

/** What an `Attention` node is told beside queries, keys and values. */
interface AttentionNode {
  /** see `scoreBias` */
  readonly bias: Value | null;
  readonly isCausal: boolean;
  /** outputs that are wanted, in this order */
  readonly outputs: readonly number[];
}

/** What is added to the scores of all positions, or of the last, so that none sees a later one. */
function causalScores(draft: BlockDraft, qkv: QueriesKeysValues): Pick<AttentionNode, 'bias' | 'isCausal'> {
  const { b, block, copies, positional, variant } = draft;
  // The last position sees them all.
  if (!block.attention.sinks) return { bias: scoreBias(draft, qkv), isCausal: !isOfLast(variant) };
  const seen = positionCount(b, qkv.k, copies);
  const from = b.op('Sub', [seen, positionCount(b, qkv.q, copies)]);
  return { bias: pieceBias(draft, { from, to: seen, seen, alibi: positional.alibi }), isCausal: false };
}

/** Attention as one node. q [n,H·k], k [m,G·k] and v [m,G·v]; output 0 is z [n,H·v], `PROBABILITIES` the pattern [H,n,m], of one copy */
function attentionNode(draft: BlockDraft, qkv: QueriesKeysValues, node: AttentionNode): [Value, Value] {
  const { b, block, copies } = draft;
  const { sinks } = block.attention;
  const widths = attentionWidths(block.attention);
  const keys = batched(b, qkv.k, copies, widths.k);
  const values = batched(b, qkv.v, copies, widths.v);
  if (!sinks) return attentionTo(draft, { q: qkv.q, k: keys, v: values }, node);
  // A further key that nothing is read from: its score is the sink's own, its value 0.
  const copiesHere = rowCount(b, keys);
  const nothing = (width: number) =>
    b.op('Expand', [b.floats([0], [1, 1, 1]), b.op('Concat', [copiesHere, b.ints([1, width])], { axis: 0 })]);
  const withSink = (x: Value, width: number) => b.op('Concat', [x, nothing(width)], { axis: 1 });
  const bias = withSinkColumn(draft, sinks, node.bias);
  const results = attentionTo(draft, { q: qkv.q, k: withSink(keys, widths.k), v: withSink(values, widths.v) }, { ...node, bias });
  const seen = (pattern: Value) => b.op('Slice', [pattern, b.ints([0]), b.ints([-1]), b.ints([-1])]);
  return results.map((x, i) => (node.outputs[i] === PROBABILITIES ? seen(x) : x)) as [Value, Value];
}

/** What is added to the scores, with that of the sink as a last column. @param bias see `pieceBias` @returns [1,H,n,m + 1] */
function withSinkColumn({ b, block, positional }: BlockDraft, sinks: VectorSpec, bias: Value | null): Value {
  if (bias === null) throw new Error('which positions are seen beside a sink is said');
  const { nHeads } = block.attention;
  const shape = b.op('Slice', [b.op('Shape', [bias]), b.ints([-2]), b.ints([MANY])]);
  const perHead = b.op('Concat', [b.ints([1, nHeads]), shape], { axis: 0 });
  const added = positional.alibi ? bias : b.op('Expand', [b.op('Where', [bias, b.scalar(0), b.scalar(-Infinity)]), perHead]);
  const rows = b.op('Concat', [b.ints([1, nHeads]), b.op('Slice', [shape, b.ints([0]), b.ints([1])]), b.ints([1])], { axis: 0 });
  const column = b.op('Expand', [reshape(b, vector(b, sinks), [1, nHeads, 1, 1]), rows]);
  return b.op('Concat', [added, column], { axis: 3 });
}

/** The same of keys and values as the operator wants them, [B,m,G·k] and [B,m,G·v]. */
function attentionTo(
  { b, block, copies }: BlockDraft,
  { q, k, v }: QueriesKeysValues,
  { bias, isCausal, outputs }: AttentionNode,
): [Value, Value] {
  const { nHeads, nKeyValueHeads, scale, softCap } = block.attention;
  const widths = attentionWidths(block.attention);
  const attributes = {
    q_num_heads: nHeads,
    kv_num_heads: nKeyValueHeads,
    scale: { float: scale },
    ...(softCap === undefined ? {} : { softcap: { float: softCap } }),
    is_causal: isCausal ? 1 : 0,
    qk_matmul_output_mode: PROBABILITIES,
  };
  const inputs = [batched(b, q, copies, widths.q), k, v, ...(bias ? [bias] : [])];
  return b.ops('Attention', inputs, attributes, outputs).map((x) => unbatched(b, x, copies, widths.z)) as [Value, Value];
}
