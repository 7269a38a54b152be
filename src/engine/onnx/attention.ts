/** Self-attention as nodes of a graph: queries, keys and values, rotation, position biases, masks. */
import type { AttentionSpec } from '../../model/architecture/model-spec';
import type { GraphBuilder, Value } from './graph-builder';
import { backThroughHeadNorms, headNorms, linears, reshape, timesTransposed } from './layers';
import { DataType } from './proto';

/** `Attention` returns the probabilities, after mask and softmax, as its fourth output. */
export const PROBABILITIES = 3;

/** Inputs of a block that depend on nothing but positions; each is [T, …]. See `positionalInputs`. */
export interface Positional {
  readonly rotary: { readonly cos: Value; readonly sin: Value } | null;
  /** [T,H] */
  readonly alibi: Value | null;
}

/**
 * Declares the inputs that a block needs for its positions: `rotary_cos` and `rotary_sin` [T,width/2] where it rotates
 * (the frequencies may depend on the prompt's length), `alibi` [T,H] where it has biases.
 */
export function positionalInputs(b: GraphBuilder, { heads, rotary, alibi }: AttentionSpec): Positional {
  const table = (name: string, width: number) => b.input(name, DataType.FLOAT, ['T', width]);
  return {
    rotary: rotary ? { cos: table('rotary_cos', rotary.width / 2), sin: table('rotary_sin', rotary.width / 2) } : null,
    alibi: alibi ? table('alibi', heads) : null,
  };
}

/** Queries [T,H·k], keys and values [T,G·k]. */
export interface QueriesKeysValues {
  readonly q: Value;
  readonly k: Value;
  readonly v: Value;
}

/** What the layers make of the block's normed input, clipped where the model clips. */
export function queriesKeysValues(b: GraphBuilder, attention: AttentionSpec, x: Value): QueriesKeysValues {
  const { clip } = attention;
  const bound = (value: Value) => (clip === undefined ? value : b.op('Clip', [value, b.scalar(-clip), b.scalar(clip)]));
  const [q, k, v] = linears(b, x, [attention.q, attention.k, attention.v]).map(bound) as [Value, Value, Value];
  return { q, k, v };
}

/** Queries after their norm, where the model has one. */
export function normedQueries(b: GraphBuilder, { qNorm, heads, headWidth }: AttentionSpec, q: Value): Value {
  return qNorm ? headNorms(b, q, qNorm, heads, headWidth) : q;
}

/** Keys after their norm, where the model has one. */
export function normedKeys(b: GraphBuilder, { kNorm, groups, headWidth }: AttentionSpec, k: Value): Value {
  return kNorm ? headNorms(b, k, kNorm, groups, headWidth) : k;
}

/**
 * Queries as directions of the block's normed input: what ⟨query, key⟩ multiplies that input with at the key's position,
 * without rotation and up to the positive scale of the key's norm. [N,G·k] → [N,d]
 */
export function backToKeyInput(b: GraphBuilder, { k, kNorm, groups, headWidth }: AttentionSpec, q: Value): Value {
  return timesTransposed(b, kNorm ? backThroughHeadNorms(b, q, kNorm, groups, headWidth) : q, k.weight);
}

/** Keys in the same way, as directions of the input at the query's position. [N,H·k] → [N,d] */
export function backToQueryInput(b: GraphBuilder, { q, qNorm, heads, headWidth }: AttentionSpec, k: Value): Value {
  return timesTransposed(b, qNorm ? backThroughHeadNorms(b, k, qNorm, heads, headWidth) : k, q.weight);
}

/** Rotates heads that lie side by side. x [n,heads·k], cos and sin [n,width/2] */
export function rotated(b: GraphBuilder, spec: AttentionSpec, x: Value, heads: number, cos: Value, sin: Value): Value {
  const { rotary } = spec;
  if (rotary === undefined) return x;
  const attributes = { num_heads: heads, interleaved: rotary.interleaved ? 1 : 0, rotary_embedding_dim: rotary.width };
  return unbatched(b, b.op('RotaryEmbedding', [batched(b, x), batched(b, cos), batched(b, sin)], attributes));
}

/** Prompts with more tokens than this attend in pieces, so that memory grows with their length and not with its square. */
export const LONG_PROMPT = 1024;

/** Queries of one piece. */
export const PIECE = 128;

/** How many queries of a prompt attend together. */
export function queriesAtOnce(tokens: number): number {
  return tokens > LONG_PROMPT ? PIECE : tokens;
}

/**
 * Causal attention of all positions. q [T,H·k], k and v [T,G·k] → z [T,H·k]
 *
 * @param contextLength longest prompt that the graph will see
 */
export function attend(
  b: GraphBuilder,
  attention: AttentionSpec,
  qkv: QueriesKeysValues,
  positional: Positional,
  contextLength: number,
): Value {
  const { q, k, v } = qkv;
  const whole = () => attentionNode(b, attention, qkv, scoreBias(b, attention, q, k, positional), true, [0])[0];
  if (contextLength <= LONG_PROMPT) return whole();
  const T = rowCount(b, q);
  const inPieces = () => {
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
      return attentionNode(b, attention, part, pieceBias(b, attention, from, to, seen, alibi), false, [0])[0];
    });
    return b.op('Slice', [reshape(b, stacked, [-1, attention.heads * attention.headWidth]), b.ints([0]), T, b.ints([0])]);
  };
  return b.either(b.op('Greater', [scalar(b, T), b.ints(LONG_PROMPT)]), inPieces, whole);
}

/** Causal attention with its probabilities. @returns z as `attend`; pattern [H,n,T], n = 1 where q is the last position's alone */
export function attendWithPattern(
  b: GraphBuilder,
  attention: AttentionSpec,
  qkv: QueriesKeysValues,
  positional: Positional,
  one: boolean,
): { z: Value; pattern: Value } {
  const bias = scoreBias(b, attention, qkv.q, qkv.k, positional);
  // The last position sees them all.
  const [z, pattern] = attentionNode(b, attention, qkv, bias, !one, [0, PROBABILITIES]) as [Value, Value];
  return { z, pattern };
}

/** Attention as one node. `wanted`: 0 is z [n,H·k], `PROBABILITIES` the pattern [H,n,T]. */
export function attentionNode(
  b: GraphBuilder,
  { heads, groups, scale, softCap }: AttentionSpec,
  { q, k, v }: QueriesKeysValues,
  bias: Value | null,
  isCausal: boolean,
  wanted: readonly number[],
): Value[] {
  const attributes = {
    q_num_heads: heads,
    kv_num_heads: groups,
    scale: { float: scale },
    ...(softCap === undefined ? {} : { softcap: { float: softCap } }),
    is_causal: isCausal ? 1 : 0,
    qk_matmul_output_mode: PROBABILITIES,
  };
  const inputs = [batched(b, q), batched(b, k), batched(b, v), ...(bias ? [bias] : [])];
  return b.ops('Attention', inputs, attributes, wanted).map((x) => unbatched(b, x));
}

/**
 * What is added to the scores, or which of them count: the window [n,T] as truth values, ALiBi [1,H,n,T] as numbers, or
 * null. What lies in the future is none of its business.
 */
export function scoreBias(b: GraphBuilder, { window }: AttentionSpec, q: Value, k: Value, { alibi }: Positional): Value | null {
  if (alibi === null && window === undefined) return null;
  const T = rowCount(b, k);
  const inWindow = () => b.op('Less', [distances(b, b.op('Sub', [T, rowCount(b, q)]), T, T), b.ints([window ?? 0])]);
  if (alibi === null) return inWindow();
  const bias = alibiOf(b, alibi, rowCount(b, q));
  return window === undefined ? bias : b.op('Where', [inWindow(), bias, b.floats([-Infinity])]);
}

/** The same for the positions of a piece, and without what lies in their future. */
export function pieceBias(b: GraphBuilder, { window }: AttentionSpec, from: Value, to: Value, seen: Value, alibi: Value | null): Value {
  const distance = distances(b, from, to, seen);
  const past = b.op('GreaterOrEqual', [distance, b.ints([0])]);
  const counts = window === undefined ? past : b.op('And', [past, b.op('Less', [distance, b.ints([window])])]);
  return alibi === null ? counts : b.op('Where', [counts, alibiOf(b, alibi, b.op('Sub', [to, from])), b.floats([-Infinity])]);
}

/** How far the keys 0 … seen − 1 lie behind the queries from … to − 1. [to − from, seen] */
function distances(b: GraphBuilder, from: Value, to: Value, seen: Value): Value {
  const count = (start: Value, end: Value) => b.op('Range', [scalar(b, start), scalar(b, end), b.ints(1)]);
  return b.op('Sub', [b.op('Unsqueeze', [count(from, to), b.ints([1])]), count(b.ints([0]), seen)]);
}

/** [T,H] biases for n queries: [1,H,n,T] */
function alibiOf(b: GraphBuilder, alibi: Value, n: Value): Value {
  const perHead = b.op('Unsqueeze', [b.op('Transpose', [alibi], { perm: [1, 0] }), b.ints([0, 2])]);
  return b.op('Expand', [perHead, b.op('Concat', [b.ints([1, 1]), n, b.ints([1])], { axis: 0 })]);
}

/** [n,…] → [1], n */
export const rowCount = (b: GraphBuilder, x: Value) => b.op('Slice', [b.op('Shape', [x]), b.ints([0]), b.ints([1])]);
export const scalar = (b: GraphBuilder, x: Value) => b.op('Squeeze', [x]);
const batched = (b: GraphBuilder, x: Value) => b.op('Unsqueeze', [x, b.ints([0])]);
const unbatched = (b: GraphBuilder, x: Value) => b.op('Squeeze', [x, b.ints([0])]);

/** The key/value group that each query head reads. */
export function groupOfHeads({ heads, groups }: AttentionSpec): number[] {
  return Array.from({ length: heads }, (_, h) => Math.floor((h * groups) / heads));
}

/** [n,width] → [1,width] */
export function lastRow(b: GraphBuilder, x: Value): Value {
  return b.op('Gather', [x, b.ints([-1])], { axis: 0 });
}
