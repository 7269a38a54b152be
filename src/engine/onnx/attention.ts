/** Self-attention as nodes of a graph: queries, keys and values, rotation, position biases, masks. */
import type { AttentionSpec } from '../architecture/model-spec';
import type { GraphBuilder, Value } from './graph-builder';
import { backThroughHeadNorms, headNorms, linears, timesTransposed } from './layers';
import { DataType } from './proto';

/** `Attention` returns the probabilities, after mask and softmax, as its fourth output. */
const PROBABILITIES = 3;

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

/**
 * Causal attention.
 *
 * @param q [n,H·k], the last n of the positions of k and v [T,G·k]; n is 1 where `one`, else T
 * @param wanted whether the probabilities are wanted; they are the one thing that grows with T²
 * @returns z [n,H·k]; pattern [H,n,T] or null
 */
export function attend(
  b: GraphBuilder,
  attention: AttentionSpec,
  { q, k, v }: QueriesKeysValues,
  positional: Positional,
  one: boolean,
  wanted: boolean,
): { z: Value; pattern: Value | null } {
  const { heads, groups, scale, softCap } = attention;
  const attributes = {
    q_num_heads: heads,
    kv_num_heads: groups,
    scale: { float: scale },
    ...(softCap === undefined ? {} : { softcap: { float: softCap } }),
    // The last position sees them all.
    is_causal: one ? 0 : 1,
    qk_matmul_output_mode: PROBABILITIES,
  };
  const mask = scoreBias(b, attention, q, k, positional);
  const inputs = [batched(b, q), batched(b, k), batched(b, v), ...(mask ? [mask] : [])];
  const [z, pattern] = b.ops('Attention', inputs, attributes, wanted ? [0, PROBABILITIES] : [0]) as [Value, Value?];
  return { z: unbatched(b, z), pattern: pattern === undefined ? null : unbatched(b, pattern) };
}

/**
 * What is added to the scores, or which of them count: the window [n,T] as truth values, ALiBi [1,H,n,T] as numbers, or
 * null. What lies in the future is none of its business.
 */
function scoreBias(b: GraphBuilder, { window }: AttentionSpec, q: Value, k: Value, { alibi }: Positional): Value | null {
  if (alibi === null && window === undefined) return null;
  const length = (x: Value) => b.op('Slice', [b.op('Shape', [x]), b.ints([0]), b.ints([1])]);
  const n = length(q);
  const T = length(k);
  const inWindow = () => {
    const upTo = (end: Value, from: Value) => b.op('Range', [scalar(b, from), scalar(b, end), b.ints(1)]);
    const own = b.op('Unsqueeze', [upTo(T, b.op('Sub', [T, n])), b.ints([1])]);
    const distance = b.op('Sub', [own, upTo(T, b.ints([0]))]);
    return b.op('Less', [distance, b.ints([window ?? 0])]);
  };
  if (alibi === null) return inWindow();
  const perHead = b.op('Unsqueeze', [b.op('Transpose', [alibi], { perm: [1, 0] }), b.ints([0, 2])]);
  const bias = b.op('Expand', [perHead, b.op('Concat', [b.ints([1, 1]), n, b.ints([1])], { axis: 0 })]);
  return window === undefined ? bias : b.op('Where', [inWindow(), bias, b.floats([-Infinity])]);
}

const scalar = (b: GraphBuilder, x: Value) => b.op('Squeeze', [x]);
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
