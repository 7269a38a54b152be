/** The two branches of a block: what attention and the feed-forward layer compute and write to the residual stream. */
import { isMixture, type NormSpec } from '../../model/architecture/model-spec';
import { attend, attendWithPast, attendWithPattern } from './attention';
import { isOfLast, studied, type BlockDraft } from './block-draft';
import { scaled } from './elementwise';
import type { Value } from './graph-builder';
import { mixtureNeurons, ofNeuronsAtWork, yieldedByMixture, type MixtureNeurons } from './mixture';
import { neurons, type NeuronValues } from './neurons';
import { norm, normGain, normScale } from './norms';
import { linear } from './products';
import {
  grownQueries,
  normedKeys,
  normedQueries,
  queriesKeysValues,
  rotatedKeys,
  rotatedQueries,
  type Bottlenecks,
  type QueriesKeysValues,
} from './queries-keys-values';
import { reshape } from './shapes';

/** What a branch writes; n rows: T, or 1 for `inspect`. */
export interface Written {
  /** [n,d] before the norm that follows; null where there is none */
  readonly raw: Value | null;
  /** [n,d] what is added to the stream */
  readonly out: Value;
  /** [1,d] what a summand of the raw output is multiplied with on its way to the stream; null: 1 */
  readonly scale: Value | null;
}

/** The tensors of the attention branch; for `inspect`, whatever comes after keys and values is of the last position only. */
export interface AttentionValues extends QueriesKeysValues, Bottlenecks, Written {
  /** queries and keys after their norms, as if these came before the rotation: themselves, where there are none */
  readonly normedQ: Value;
  readonly normedK: Value;
  /** … and as they meet: rotated, grown */
  readonly rotQ: Value;
  readonly rotK: Value;
  /** [H,n,T] made only where the variant looks at it: it is the one thing that grows with T² */
  readonly pattern: Value | null;
  /** [n,H·v] */
  readonly z: Value;
}

/** Attention. @param x [T,d] what the branch reads */
export function attentionBranch(draft: BlockDraft, x: Value): AttentionValues {
  const { b, block, positional, edits, copies } = draft;
  const { attention } = block;
  const { rotary } = positional;
  // Keys and values are needed of every position; whatever comes after them only of the position under study.
  const { q: queries, k, v, ...bottlenecks } = queriesKeysValues(b, attention, x);
  const q = studied(draft, queries);
  const normedQ = normedQueries(b, attention, q);
  const normedK = normedKeys(b, attention, k);
  const tables = rotary && { cos: studied(draft, rotary.cos), sin: studied(draft, rotary.sin) };
  const grown = grownQueries(b, positional.queryGrowth && studied(draft, positional.queryGrowth), copies);
  const [rotQ, rotK] = attention.normsRotated
    ? [
        grown(normedQueries(b, attention, rotatedQueries(b, attention, q, tables, copies))),
        normedKeys(b, attention, rotatedKeys(b, attention, k, rotary, copies)),
      ]
    : [grown(rotatedQueries(b, attention, normedQ, tables, copies)), rotatedKeys(b, attention, normedK, rotary, copies)];
  const qkv = { q: rotQ, k: rotK, v };
  const attended = attendAs(draft, qkv);
  const z = edits.z(attended.z, attended.pattern, v);
  const written = towardsStream(draft, linear(b, z, attention.o), block.ln1Post, edits.attnOut);
  return { q, k, v, ...bottlenecks, normedQ, normedK, rotQ, rotK, pattern: attended.pattern, z, ...written };
}

/** Attention as the variant has it, with its probabilities where they are looked at. */
function attendAs(draft: BlockDraft, qkv: QueriesKeysValues): { readonly z: Value; readonly pattern: Value | null } {
  const { variant, past } = draft;
  if (past !== null) return { z: attendWithPast(draft, qkv, past), pattern: null };
  if (isOfLast(variant) || variant === 'trace' || variant === 'experts') return attendWithPattern(draft, qkv);
  return { z: attend(draft, qkv), pattern: null };
}

/** The tensors of the feed-forward branch; n rows: T, or 1 for `inspect`. */
export interface MlpValues extends Written {
  /** [n,d] what the branch reads */
  readonly read: Value;
  /** [n,F] of the neurons that are at work, as they were changed */
  readonly coefficients: Value;
  /** what they are made of: those of a dense layer, or of a mixture's experts */
  readonly neurons: ({ readonly kind: 'dense' } & NeuronValues) | ({ readonly kind: 'experts' } & MixtureNeurons);
}

/** The feed-forward layer. @param x [n,d] what the branch reads */
export function mlpBranch(draft: BlockDraft, x: Value): MlpValues {
  const { b, block, edits } = draft;
  const { mlp } = block;
  if (isMixture(mlp)) {
    const found = mixtureNeurons(b, mlp, x);
    const coefficients = edits.coefficients(found.coefficients, (whole) => ofNeuronsAtWork(b, mlp, found.routing, whole));
    const yielded = edits.mlpYielded(yieldedByMixture(b, mlp, found.routing, coefficients), found.routing.experts);
    return { read: x, coefficients, neurons: { kind: 'experts', ...found }, ...towardsStream(draft, yielded, block.ln2Post, edits.mlpOut) };
  }
  const found = neurons(b, mlp, x);
  const coefficients = edits.coefficients(found.coefficients);
  return {
    read: x,
    coefficients,
    neurons: { kind: 'dense', ...found },
    ...towardsStream(draft, edits.mlpYielded(linear(b, coefficients, mlp.down)), block.ln2Post, edits.mlpOut),
  };
}

/** From what a branch's last layer yields [n,d] to what is added to the stream. @param after the norm that follows, if any */
function towardsStream({ b, block }: BlockDraft, yielded: Value, after: NormSpec | undefined, edit: (out: Value) => Value): Written {
  const { branchScale, attention } = block;
  const d = attention.o.weight.outputs;
  if (after === undefined) {
    const factors = branchScale === undefined ? null : b.op('Expand', [b.floats([branchScale]), b.ints([1, d])]);
    return { raw: null, out: edit(scaled(b, yielded, branchScale)), scale: factors };
  }
  const frozen = b.op('Div', [reshape(b, normGain(b, after), [1, d]), normScale(b, yielded, after)]);
  return { raw: yielded, out: edit(scaled(b, norm(b, yielded, after), branchScale)), scale: scaled(b, frozen, branchScale) };
}
