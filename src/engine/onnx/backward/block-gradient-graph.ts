/**
 * Back through one transformer block: from the gradient of the stream leaving it to that of the stream entering it. The forward
 * part is that of every other graph (`computeBlock`), recomputed from the stream at the block's border; every step back is
 * written down, none is derived by a library.
 */
import { Problem } from '../../../core/problem';
import type { BlockSpec, NormSpec } from '../../../model/architecture/model-spec';
import { LONG_PROMPT, positionalInputs, rotated } from '../attention';
import type { Positional } from '../attention';
import { computeBlock } from '../block-graph';
import type { BlockValues } from '../block-graph';
import { unedited } from '../edits';
import { GraphBuilder } from '../graph-builder';
import type { Value } from '../graph-builder';
import { activate, scaled, timesTransposed } from '../layers';
import { DataType } from '../proto';
import type { Weights } from '../weights';
import { activationSlope } from './activation-slope';
import { attentionGradient } from './attention-gradient';
import { linearsGradient } from './linear-gradient';
import { headNormsGradient, normGradient } from './norm-gradient';

/** `border`: the gradient at the lower border, nothing else; `parts`: that of what lies within the block too. */
export type GradientVariant = 'border' | 'parts';

/**
 * Inputs: `resid_pre` [T,d], what `positionalInputs` declares, `grad_post` [T,d].
 * Outputs: `grad_pre` [T,d]; for `parts` also the gradients of `q` [T,H·k], `k` and `v` [T,G·k] (as they leave their layers,
 * clipped where the model clips), `z` [T,H·k], `attn_out` [T,d], `mlp_post` [T,F] and `mlp_out` [T,d].
 *
 * @param contextLength longest prompt that the graph will see
 */
export function buildBlockGradientGraph(weights: Weights, block: BlockSpec, variant: GradientVariant, contextLength: number): Uint8Array {
  const b = new GraphBuilder(weights);
  const { attention, mlp } = block;
  const d = attention.o.weight.outputs;
  const pre = b.input('resid_pre', DataType.FLOAT, ['T', d]);
  const positional = positionalInputs(b, attention);
  const gradPost = b.input('grad_post', DataType.FLOAT, ['T', d]);
  // The pattern of a long prompt is never whole in memory.
  const values = computeBlock(b, block, contextLength <= LONG_PROMPT ? 'trace' : 'run', pre, positional, unedited, contextLength);
  const gradients = blockGradients(b, block, pre, values, positional, gradPost, contextLength);

  b.output('grad_pre', gradients.pre, DataType.FLOAT, ['T', d]);
  if (variant === 'parts') {
    const out = (name: string, value: Value, width: number) => b.output(name, value, DataType.FLOAT, ['T', width]);
    out('q', gradients.q, attention.heads * attention.headWidth);
    out('k', gradients.k, attention.groups * attention.headWidth);
    out('v', gradients.v, attention.groups * attention.headWidth);
    out('z', gradients.z, attention.heads * attention.headWidth);
    out('attn_out', gradients.attnOut, d);
    out('mlp_post', gradients.coefficients, mlp.width);
    out('mlp_out', gradients.mlpOut, d);
  }
  return b.finish(`block gradient ${variant}`);
}

/** Gradients of what `BlockValues` holds under the same names. */
type BlockGradientValues = Pick<BlockValues, 'q' | 'k' | 'v' | 'z' | 'attnOut' | 'coefficients' | 'mlpOut'> & {
  /** of the stream entering the block */
  readonly pre: Value;
};

function blockGradients(
  b: GraphBuilder,
  block: BlockSpec,
  pre: Value,
  values: BlockValues,
  positional: Positional,
  gradPost: Value,
  contextLength: number,
): BlockGradientValues {
  const sum = (x: Value, y: Value) => b.op('Add', [x, y]);
  const attended = (gradient: Value) => throughAttention(b, block, values, positional, gradient, contextLength);
  const fed = (gradient: Value) => throughMlp(b, block, values, gradient);
  switch (block.wiring) {
    case 'sequential': {
      const mlp = fed(gradPost);
      const mid = sum(gradPost, normGradient(b, present(values.mid), block.ln2, mlp.input));
      const attn = attended(mid);
      return { ...mlp, ...attn, attnOut: mid, mlpOut: gradPost, pre: sum(mid, normGradient(b, pre, block.ln1, attn.input)) };
    }
    case 'parallel': {
      const [mlp, attn] = [fed(gradPost), attended(gradPost)];
      const branches = block.ln2
        ? sum(normGradient(b, pre, block.ln1, attn.input), normGradient(b, pre, block.ln2, mlp.input))
        : normGradient(b, pre, block.ln1, sum(attn.input, mlp.input));
      return { ...mlp, ...attn, attnOut: gradPost, mlpOut: gradPost, pre: sum(gradPost, branches) };
    }
    case 'normed-stream': {
      const ofSum = normGradient(b, values.sum, block.ln2, gradPost);
      const mlp = fed(ofSum);
      const mid = normGradient(b, present(values.mid), block.ln1, sum(ofSum, mlp.input));
      const attn = attended(mid);
      return { ...mlp, ...attn, attnOut: mid, mlpOut: ofSum, pre: sum(mid, attn.input) };
    }
  }
}

/** From the gradient of what attention adds to the stream to those of its parts and of its input, which is normed already. */
function throughAttention(
  b: GraphBuilder,
  { attention, ln1Post, branchScale }: BlockSpec,
  values: BlockValues,
  positional: Positional,
  gradient: Value,
  contextLength: number,
): Pick<BlockGradientValues, 'q' | 'k' | 'v' | 'z'> & { readonly input: Value } {
  const { heads, groups, headWidth, qNorm, kNorm, clip } = attention;
  const z = timesTransposed(b, branchGradient(b, values.attnRaw, ln1Post, branchScale, gradient), attention.o.weight);
  const met = { q: values.rotQ, k: values.rotK, v: values.v };
  const ofMet = attentionGradient(b, attention, met, values.pattern, positional, z, contextLength);
  // A rotation is undone by turning the other way.
  const { rotary } = positional;
  const back = rotary && { cos: rotary.cos, sin: b.op('Neg', [rotary.sin]) };
  const unrotated = (x: Value, count: number) => (back ? rotated(b, attention, x, count, back.cos, back.sin) : x);
  const q = headNormsGradient(b, values.q, qNorm, heads, headWidth, unrotated(ofMet.q, heads));
  const k = headNormsGradient(b, values.k, kNorm, groups, headWidth, unrotated(ofMet.k, groups));
  const { v } = ofMet;
  const unclipped = (x: Value, ofX: Value) => {
    if (clip === undefined) return ofX;
    const within = b.op('Less', [b.op('Abs', [x]), b.scalar(clip)]);
    return b.op('Where', [within, ofX, b.scalar(0)]);
  };
  const projected = [unclipped(values.q, q), unclipped(values.k, k), unclipped(values.v, v)];
  return { q, k, v, z, input: linearsGradient(b, [attention.q, attention.k, attention.v], projected) };
}

/** The same of the feed-forward layer. */
function throughMlp(
  b: GraphBuilder,
  { mlp: { activation, gate, up, down }, ln2Post, branchScale }: BlockSpec,
  values: BlockValues,
  gradient: Value,
): Pick<BlockGradientValues, 'coefficients'> & { readonly input: Value } {
  const coefficients = timesTransposed(b, branchGradient(b, values.mlpRaw, ln2Post, branchScale, gradient), down.weight);
  const slope = activationSlope(b, values.preActivation, activation);
  if (gate === undefined || values.gated === null) {
    return { coefficients, input: linearsGradient(b, [up], [b.op('Mul', [coefficients, slope])]) };
  }
  const ofGate = b.op('Mul', [b.op('Mul', [coefficients, values.gated]), slope]);
  const ofUp = b.op('Mul', [coefficients, activate(b, values.preActivation, activation)]);
  return { coefficients, input: linearsGradient(b, [gate, up], [ofGate, ofUp]) };
}

/** From the gradient of what is added to the stream to that of what a branch writes: through its multiplier and its norm. */
function branchGradient(
  b: GraphBuilder,
  written: Value | null,
  after: NormSpec | undefined,
  scale: number | undefined,
  gradient: Value,
): Value {
  const unscaled = scaled(b, gradient, scale);
  return written === null ? unscaled : normGradient(b, written, after, unscaled);
}

/** What every block that is not parallel has. */
function present(value: Value | null): Value {
  if (value === null) throw new Problem('internal', 'The block has no stream between its branches.');
  return value;
}
