/** Queries, keys and values as nodes of a graph: how a block makes them of its normed input, and the way back to it. */
import type { AttentionSpec, BottleneckSpec, LinearSpec } from '../../model/architecture/model-spec';
import type { GraphBuilder, Value } from './graph-builder';
import { backThroughHeadNorms, keyHeads, normedHeads, ownKeys, queryHeads, withSharedKey } from './heads';
import { backThroughNorm, norm } from './norms';
import type { RotaryInputs } from './positional';
import { linear, linears, timesTransposed } from './products';
import { batched, copied, lastRow, reshape, unbatched } from './shapes';

/** Queries [T,H·k], keys [T,G·k] and values [T,G·v]. */
export interface QueriesKeysValues {
  readonly q: Value;
  readonly k: Value;
  readonly v: Value;
}

/** What bottlenecks come to before their norms, [T,width] each; null: there is none. */
export interface Bottlenecks {
  readonly qBottleneck: Value | null;
  readonly kvBottleneck: Value | null;
}

/** The layers of attention that read what the branch reads: those of queries (or their bottleneck), of keys and values (or theirs), of the shared key. */
export function layersOfInput({ q, k, v, qBottleneck, kvBottleneck, sharedKey }: AttentionSpec): readonly LinearSpec[] {
  return [qBottleneck?.layer ?? q, ...(kvBottleneck ? [kvBottleneck.layer] : [k, v]), ...(sharedKey ? [sharedKey] : [])];
}

/** What the layers make of the block's normed input, clipped where the model clips. */
export function queriesKeysValues(b: GraphBuilder, attention: AttentionSpec, x: Value): QueriesKeysValues & Bottlenecks {
  const { clip, qBottleneck, kvBottleneck, sharedKey } = attention;
  const bound = (value: Value) => (clip === undefined ? value : b.op('Clip', [value, b.scalar(-clip), b.scalar(clip)]));
  const [first, second, ...others] = linears(b, x, layersOfInput(attention));
  const q = qBottleneck ? linear(b, norm(b, first, qBottleneck.norm), attention.q) : first;
  const [k, v] = kvBottleneck ? linears(b, norm(b, second, kvBottleneck.norm), [attention.k, attention.v]) : [second, others[0]];
  const shared = others.at(-1);
  const keys = sharedKey && shared !== undefined ? withSharedKey(b, attention, k, shared) : k;
  return {
    q: bound(q),
    k: bound(keys),
    v: bound(v),
    qBottleneck: qBottleneck ? first : null,
    kvBottleneck: kvBottleneck ? second : null,
  };
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
 * without rotation and up to the positive scale of the key's norm. The norm of a bottleneck keeps the scale that it has at the last
 * position. [N,G·k] → [N,d]
 */
export function backToKeyInput(b: GraphBuilder, attention: AttentionSpec, q: Value, { kvBottleneck }: Bottlenecks): Value {
  const ofKeys = backThroughHeadNorms(b, q, keyHeads(attention));
  const { own, shared } = ownKeys(b, attention, ofKeys);
  const back = backThroughBottleneck(b, timesTransposed(b, own, attention.k.weight), attention.kvBottleneck, kvBottleneck);
  return shared && attention.sharedKey ? b.op('Add', [back, timesTransposed(b, shared, attention.sharedKey.weight)]) : back;
}

/** Keys in the same way, as directions of the input at the query's position, which is the last. [N,H·k] → [N,d] */
export function backToQueryInput(b: GraphBuilder, attention: AttentionSpec, k: Value, { qBottleneck }: Bottlenecks): Value {
  const back = timesTransposed(b, backThroughHeadNorms(b, k, queryHeads(attention)), attention.q.weight);
  return backThroughBottleneck(b, back, attention.qBottleneck, qBottleneck);
}

/** From directions of what a bottleneck yields to those of what it reads, its norm held fixed; unchanged where there is none. @param made [T,width] */
function backThroughBottleneck(b: GraphBuilder, x: Value, spec: BottleneckSpec | undefined, made: Value | null): Value {
  if (spec === undefined || made === null) return x;
  return timesTransposed(b, backThroughNorm(b, x, lastRow(b, made), spec.norm), spec.layer.weight);
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
  const turned = (features: Value, width: number): Value => {
    const inputs = [batched(b, features, copies, heads * width), copied(b, cos, copies), copied(b, sin, copies)];
    return unbatched(b, b.op('RotaryEmbedding', inputs, attributes), copies, heads * width);
  };
  if (!rotary.isLast || rotary.width === dHead) return turned(x, dHead);
  const split = reshape(b, x, [-1, heads, dHead]);
  const [rest, last] = b.ops('Split', [split, b.ints([dHead - rotary.width, rotary.width])], { axis: 2 }, [0, 1]);
  const turnedLast = reshape(b, turned(reshape(b, last, [-1, heads * rotary.width]), rotary.width), [-1, heads, rotary.width]);
  return reshape(b, b.op('Concat', [rest, turnedLast], { axis: 2 }), [-1, heads * dHead]);
}
