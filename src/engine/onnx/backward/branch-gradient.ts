/** Back through the two branches of a block, from what they add to the stream to what they read. */
import { isMixture, type NormSpec } from '../../../model/architecture/model-spec';
import type { BlockDraft } from '../block-draft';
import type { AttentionValues, MlpValues } from '../branch';
import { scaled } from '../elementwise';
import type { EditedTensor } from '../edits';
import type { GraphBuilder, Value } from '../graph-builder';
import { keyHeads, queryHeads } from '../heads';
import { ofNeuronsAtWork } from '../mixture';
import { timesTransposed } from '../products';
import { grownQueries, rotatedKeys, rotatedQueries, type QueriesKeysValues } from '../queries-keys-values';
import { attentionGradient, leftOutGradient, type LeftOut } from './attention-gradient';
import { normedHeadsGradient, normGradient } from './norm-gradient';
import { mixtureGradient } from './mixture-gradient';
import { neuronsGradient, type NeuronGradients } from './neurons-gradient';
import { queriesKeysValuesGradient } from './queries-keys-values-gradient';

/** What a block's gradients are drafted with. */
export interface GradientDraft extends BlockDraft {
  /** null: no source is */
  readonly leftOut: LeftOut | null;
}

/** Gradients of the attention branch: of queries, keys and values as they leave their layers (clipped), of z, and of what it reads. */
export interface AttentionGradients extends QueriesKeysValues {
  /** [T,H·v] */
  readonly z: Value;
  /** [T,d] */
  readonly input: Value;
}

/** @param gradient [T,d] of what attention adds to the stream */
export function attentionBranchGradient(draft: GradientDraft, values: AttentionValues, gradient: Value): AttentionGradients {
  const { b, block, positional, leftOut } = draft;
  const { attention } = block;
  const added = unedited(draft, 'attn_out', gradient);
  const z = timesTransposed(b, yieldedGradient(draft, values.raw, block.ln1Post, added), attention.o.weight);
  const attended = { qkv: { q: values.rotQ, k: values.rotK, v: values.v }, pattern: values.pattern };
  const asUsual = attentionGradient(draft, { ...attended, gradient: unedited(draft, 'z', z) });
  const met = leftOut ? sumOf(b, asUsual, leftOutGradient(draft, { ...attended, gradient: z }, leftOut)) : asUsual;
  // A rotation is undone by turning the other way.
  const back = positional.rotary && { cos: positional.rotary.cos, sin: b.op('Neg', [positional.rotary.sin]) };
  const metQ = grownQueries(b, positional.queryGrowth)(met.q);
  const [q, k] = attention.normsRotated
    ? [
        rotatedQueries(
          b,
          attention,
          normedHeadsGradient(b, rotatedQueries(b, attention, values.q, positional.rotary), queryHeads(attention), metQ),
          back,
        ),
        rotatedKeys(
          b,
          attention,
          normedHeadsGradient(b, rotatedKeys(b, attention, values.k, positional.rotary), keyHeads(attention), met.k),
          back,
        ),
      ]
    : [
        normedHeadsGradient(b, values.q, queryHeads(attention), rotatedQueries(b, attention, metQ, back)),
        normedHeadsGradient(b, values.k, keyHeads(attention), rotatedKeys(b, attention, met.k, back)),
      ];
  const { v } = met;
  const projected = { q: unclipped(draft, values.q, q), k: unclipped(draft, values.k, k), v: unclipped(draft, values.v, v) };
  return { q, k, v, z, input: queriesKeysValuesGradient(b, attention, values, projected) };
}

/** Gradients of the feed-forward branch: of the neurons' coefficients, of what its matrices yield, and of what it reads. */
export interface MlpGradients {
  /** [T,F] of the neurons that are at work */
  readonly coefficients: Value;
  /** [T,d] of what the last matrices yield together, before a norm or multiplier that follows */
  readonly yielded: Value;
  /** of what the matrices yield; null for a mixture of experts, whose matrices differ from position to position */
  readonly matrices: Omit<NeuronGradients, 'input'> | null;
  /** [T,d] */
  readonly input: Value;
}

/** @param gradient [T,d] of what the feed-forward layer adds to the stream */
export function mlpBranchGradient(draft: GradientDraft, values: MlpValues, gradient: Value): MlpGradients {
  const { b, block, edits } = draft;
  const { mlp } = block;
  const added = unedited(draft, 'mlp_out', gradient);
  const ofYielded = yieldedGradient(draft, values.raw, block.ln2Post, added);
  const found = values.neurons;
  if (isMixture(mlp)) {
    if (found.kind !== 'experts') throw new Error('a mixture has experts');
    const factors = edits.kept('mlp_post');
    const before = (x: Value) => (factors ? b.op('Mul', [x, ofNeuronsAtWork(b, mlp, found.routing, factors)]) : x);
    return { ...mixtureGradient(b, mlp, found, { read: values.read, ofYielded, unedited: before }), yielded: ofYielded, matrices: null };
  }
  if (found.kind !== 'dense') throw new Error('a dense layer has no experts');
  const coefficients = timesTransposed(b, ofYielded, mlp.down.weight);
  const { input, ...first } = neuronsGradient(b, mlp, found, unedited(draft, 'mlp_post', coefficients));
  return { coefficients, yielded: ofYielded, matrices: first, input };
}

/** From the gradient of what is added to the stream to that of what a branch's last layer yields: the reverse of `towardsStream`. */
function yieldedGradient({ b, block }: BlockDraft, raw: Value | null, after: NormSpec | undefined, gradient: Value): Value {
  const unscaled = scaled(b, gradient, block.branchScale);
  return raw === null ? unscaled : normGradient(b, raw, after, unscaled);
}

/** From the gradient of an edited tensor to that of what it was before. */
function unedited({ b, edits }: BlockDraft, name: EditedTensor, gradient: Value): Value {
  const factors = edits.kept(name);
  return factors ? b.op('Mul', [gradient, factors]) : gradient;
}

function sumOf(b: GraphBuilder, one: QueriesKeysValues, other: QueriesKeysValues): QueriesKeysValues {
  const sum = (x: Value, y: Value) => b.op('Add', [x, y]);
  return { q: sum(one.q, other.q), k: sum(one.k, other.k), v: sum(one.v, other.v) };
}

/** Nothing comes back through a number that was clipped. */
function unclipped({ b, block }: BlockDraft, clipped: Value, gradient: Value): Value {
  const { clip } = block.attention;
  if (clip === undefined) return gradient;
  return b.op('Where', [b.op('Less', [b.op('Abs', [clipped]), b.scalar(clip)]), gradient, b.scalar(0)]);
}
