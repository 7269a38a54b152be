/** Queries, keys and values as nodes of a graph: how a block makes them of its normed input, and the way back to it. */
import type { AttentionSpec } from '../../model/architecture/model-spec';
import type { GraphBuilder, Value } from './graph-builder';
import { backThroughHeadNorms, keyHeads, normedHeads, queryHeads } from './heads';
import type { RotaryInputs } from './positional';
import { linears, timesTransposed } from './products';
import { batched, copied, reshape, unbatched } from './shapes';

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
export function normedQueries(b: GraphBuilder, attention: AttentionSpec, q: Value): Value {
  return normedHeads(b, q, queryHeads(attention));
}

/** Keys after their norm, where the model has one. */
export function normedKeys(b: GraphBuilder, attention: AttentionSpec, k: Value): Value {
  return normedHeads(b, k, keyHeads(attention));
}

/**
 * Queries as directions of the block's normed input: what ⟨query, key⟩ multiplies that input with at the key's position,
 * without rotation and up to the positive scale of the key's norm. [N,G·k] → [N,d]
 */
export function backToKeyInput(b: GraphBuilder, attention: AttentionSpec, q: Value): Value {
  return timesTransposed(b, backThroughHeadNorms(b, q, keyHeads(attention)), attention.k.weight);
}

/** Keys in the same way, as directions of the input at the query's position. [N,H·k] → [N,d] */
export function backToQueryInput(b: GraphBuilder, attention: AttentionSpec, k: Value): Value {
  return timesTransposed(b, backThroughHeadNorms(b, k, queryHeads(attention)), attention.q.weight);
}

/**
 * Queries after rotation, where the model rotates. [n,H·k] → the same
 *
 * @param tables those of the same n positions
 * @param copies see `BlockDraft`
 */
export function rotatedQueries(
  b: GraphBuilder,
  attention: AttentionSpec,
  q: Value,
  tables: RotaryInputs | null,
  copies: Value | null = null,
): Value {
  return tables ? rotated(b, attention, q, { ...tables, copies, heads: attention.nHeads }) : q;
}

/** Keys likewise. [n,G·k] → the same */
export function rotatedKeys(
  b: GraphBuilder,
  attention: AttentionSpec,
  k: Value,
  tables: RotaryInputs | null,
  copies: Value | null = null,
): Value {
  return tables ? rotated(b, attention, k, { ...tables, copies, heads: attention.nKeyValueHeads }) : k;
}

/** Queries as they grow with their position; see `QueryGrowthSpec`. @param growth [n,1] null: they do not */
export function grownQueries(b: GraphBuilder, growth: Value | null, copies: Value | null = null): (q: Value) => Value {
  return (q) => (growth === null ? q : b.op('Mul', [q, copies === null ? growth : reshape(b, copied(b, growth, copies), [-1, 1])]));
}

function rotated(
  b: GraphBuilder,
  { rotary, dHead }: AttentionSpec,
  x: Value,
  { cos, sin, copies, heads }: RotaryInputs & { copies: Value | null; heads: number },
): Value {
  if (rotary === undefined) return x;
  const attributes = { num_heads: heads, interleaved: rotary.interleaved ? 1 : 0, rotary_embedding_dim: rotary.width };
  const inputs = [batched(b, x, copies, heads * dHead), copied(b, cos, copies), copied(b, sin, copies)];
  return unbatched(b, b.op('RotaryEmbedding', inputs, attributes), copies, heads * dHead);
}
