/** Heads: their norms, and the key/value head of each. Their features lie side by side in rows [N, heads · k]. */
import { attentionWidths, type AttentionSpec, type NormSpec } from '../../model/architecture/model-spec';
import type { GraphBuilder, Value } from './graph-builder';
import { centred, norm, normGain } from './norms';
import { vector } from './products';
import { reshape } from './shapes';

/** Heads of one width. */
export interface Heads {
  readonly count: number;
  readonly width: number;
}

/** … and how they are normed. */
export interface NormedHeads extends Heads {
  /** one norm of all heads together, one that is applied to every head, or one for each head; undefined: none */
  readonly norms: readonly NormSpec[] | undefined;
}

/** The query heads of an attention layer. */
export const queryHeads = ({ nHeads, dHead, qNorm }: AttentionSpec): NormedHeads => ({ count: nHeads, width: dHead, norms: qNorm });

/** Its key heads. */
export const keyHeads = ({ nKeyValueHeads, dHead, kNorm }: AttentionSpec): NormedHeads => ({
  count: nKeyValueHeads,
  width: dHead,
  norms: kNorm,
});

/** Its value heads. */
export const valueHeads = (attention: AttentionSpec): Heads => ({
  count: attention.nKeyValueHeads,
  width: attentionWidths(attention).dValue,
});

/** What the heads read of the values, before their output projection. */
export const readHeads = (attention: AttentionSpec): Heads => ({ count: attention.nHeads, width: attentionWidths(attention).dValue });

/** Keys of all heads, whose last features are the same for all of them. [N,G·(k − s)] and [N,s] → [N,G·k] */
export function withSharedKey(b: GraphBuilder, { nKeyValueHeads, dHead }: AttentionSpec, own: Value, shared: Value): Value {
  const ofHeads = reshape(b, own, [0, nKeyValueHeads, -1]);
  const ofEach = b.op('Expand', [b.op('Unsqueeze', [shared, b.ints([1])]), b.ints([1, nKeyValueHeads, 1])]);
  return reshape(b, b.op('Concat', [ofHeads, ofEach], { axis: 2 }), [-1, nKeyValueHeads * dHead]);
}

/** The transpose of `withSharedKey`: the features that each head has alone [N,G·(k − s)], and the sum of those that all share [N,s]; null: they share none. */
export function ownKeys(
  b: GraphBuilder,
  { nKeyValueHeads, dHead, sharedKey }: AttentionSpec,
  keys: Value,
): { readonly own: Value; readonly shared: Value | null } {
  if (sharedKey === undefined) return { own: keys, shared: null };
  const width = dHead - sharedKey.weight.outputs;
  const ofHeads = reshape(b, keys, [-1, nKeyValueHeads, dHead]);
  const [own, last] = b.ops('Split', [ofHeads, b.ints([width, dHead - width])], { axis: 2 }, [0, 1]);
  return { own: reshape(b, own, [-1, nKeyValueHeads * width]), shared: b.op('ReduceSum', [last, b.ints([1])], { keepdims: 0 }) };
}

/** The key/value head that each query head reads. */
export function keyValueHeadOf({ nHeads, nKeyValueHeads }: AttentionSpec): number[] {
  return Array.from({ length: nHeads }, (_, head) => Math.floor((head * nKeyValueHeads) / nHeads));
}

/** Heads after their norm; unchanged where they have none. [N, count · width] → the same */
export function normedHeads(b: GraphBuilder, x: Value, heads: NormedHeads): Value {
  const { norms, count, width } = heads;
  if (norms === undefined) return x;
  const [first, ...others] = norms;
  if (first.width !== width) return norm(b, x, first);
  const split = (rows: Value) => reshape(b, rows, [-1, count, width]);
  if (others.length === 0) return reshape(b, norm(b, split(x), first), [-1, count * width]);
  const { kind, epsilon } = first;
  const plain = reshape(b, norm(b, split(x), { kind, width, epsilon }), [-1, count * width]);
  const gained = b.op('Mul', [plain, headGains(b, norms, heads)]);
  const biases = norms.flatMap(({ bias }) => (bias ? [vector(b, bias)] : []));
  return biases.length === 0 ? gained : b.op('Add', [gained, b.op('Concat', biases, { axis: 0 })]);
}

/** Back through `normedHeads` held fixed, up to its scale: the transpose of its linear part. [N, count · width] → the same */
export function backThroughHeadNorms(b: GraphBuilder, x: Value, heads: NormedHeads): Value {
  const { norms, count, width } = heads;
  if (norms === undefined) return x;
  const gained = b.op('Mul', [x, headGains(b, norms, heads)]);
  if (norms[0].kind === 'rms') return gained;
  return reshape(b, centred(b, reshape(b, gained, [-1, norms[0].width])), [-1, count * width]);
}

/** What `normedHeads` multiplies its features with. [count · width] */
export function headGains(b: GraphBuilder, norms: readonly NormSpec[], { count, width }: NormedHeads): Value {
  const gains = norms.map((spec) => normGain(b, spec));
  if (gains.length > 1) return b.op('Concat', gains, { axis: 0 });
  return norms[0].width === width ? b.op('Tile', [gains[0], b.ints([count])]) : gains[0];
}

/**
 * Writes each row into the place of one head in a row of all heads that is zero elsewhere: [N,k] and one-hot [N,H] → [N,H·k].
 * The product with a whole matrix of heads then is the product with the rows' own heads, for all of them at once.
 */
export function intoHeads(b: GraphBuilder, rows: Value, oneHot: Value, { count, width }: Heads): Value {
  const spread = b.op('Mul', [b.op('Unsqueeze', [rows, b.ints([1])]), b.op('Unsqueeze', [oneHot, b.ints([2])])]);
  return reshape(b, spread, [-1, count * width]);
}

/** One-hot rows as a constant [n,count]: row i has its 1 at `columns[i]`. */
export function oneHotRows(b: GraphBuilder, columns: readonly number[], count: number): Value {
  const values = columns.flatMap((column) => Array.from({ length: count }, (_, j) => (j === column ? 1 : 0)));
  return b.floats(values, [columns.length, count]);
}
