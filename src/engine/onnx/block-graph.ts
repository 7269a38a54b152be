/**
 * One transformer block as a graph, in four variants made by the same code:
 * - `run`: the residual stream from border to border, nothing else;
 * - `trace`: every tensor of the block, for all positions;
 * - `probe`: what the block adds to the stream, for all positions, and what its norms and neurons do at the last;
 * - `inspect`: the block at the last of the given positions, and that position's heads projected into the residual stream.
 *
 * A block that an intervention touches has graphs of its own, with the same code and what `editsAsInputs` declares.
 */
import type { BlockSpec, LinearSpec, MlpSpec } from '../../model/architecture/model-spec';
import {
  attend,
  attendWithPattern,
  backToKeyInput,
  backToQueryInput,
  groupOfHeads,
  lastRow,
  normedKeys,
  normedQueries,
  positionalInputs,
  queriesKeysValues,
  rotated,
} from './attention';
import type { Positional } from './attention';
import { editsAsInputs, unedited } from './edits';
import type { BlockEdits } from './edits';
import { GraphBuilder } from './graph-builder';
import type { Dimension, Value } from './graph-builder';
import {
  activate,
  inputRowNorms,
  intoBlocks,
  linear,
  linears,
  norm,
  normGain,
  normScale,
  oneHotRows,
  reshape,
  scaled,
  times,
  vector,
} from './layers';
import { DataType } from './proto';
import type { Weights } from './weights';

export type BlockVariant = 'run' | 'trace' | 'probe' | 'inspect';

/**
 * Inputs: `resid_pre` [T,d], what `positionalInputs` declares, and where the graph is `edited` what `editsAsInputs` does.
 * Outputs: `resid_post`, and what the variant adds; a tensor that the block does not have is left out.
 *
 * @param contextLength longest prompt that the graph will see
 */
export function buildBlockGraph(
  weights: Weights,
  block: BlockSpec,
  variant: BlockVariant,
  edited: boolean,
  contextLength: number,
): Uint8Array {
  const b = new GraphBuilder(weights);
  const { attention, mlp } = block;
  const { heads, groups, headWidth } = attention;
  const d = attention.o.weight.outputs;
  const rows = variant === 'inspect' ? 1 : 'T';
  const out = (name: string, value: Value | null, shape: readonly Dimension[]) => {
    if (value !== null) b.output(name, value, DataType.FLOAT, shape);
  };

  const pre = b.input('resid_pre', DataType.FLOAT, ['T', d]);
  const positional = positionalInputs(b, attention);
  const edits = edited ? editsAsInputs(b, block, variant === 'inspect') : unedited;
  const values = computeBlock(b, block, variant, pre, positional, edits, contextLength);

  out('resid_post', values.post, [rows, d]);
  if (values.pattern !== null) {
    out('ln1', values.ln1, [rows, d]);
    out('pattern', values.pattern, [heads, rows, 'T']);
    out('z', values.z, [rows, heads * headWidth]);
    out('attn_raw', values.attnRaw, [rows, d]);
    out('attn_out', values.attnOut, [rows, d]);
    out('resid_mid', values.mid, [rows, d]);
    out('ln2', values.ln2, [rows, d]);
    out('mlp_post', values.coefficients, [rows, mlp.width]);
    out('mlp_raw', values.mlpRaw, [rows, d]);
    out('mlp_out', values.mlpOut, [rows, d]);
  }
  if (variant === 'probe') {
    out('attn_out', values.attnOut, ['T', d]);
    out('mlp_out', values.mlpOut, ['T', d]);
    const last = (name: string, value: Value | null, width: number) => out(name, value && lastRow(b, value), [1, width]);
    last('ln1', values.ln1, d);
    last('attn_raw', values.attnRaw, d);
    last('resid_mid', values.mid, d);
    last('ln2', values.ln2, d);
    last('mlp_raw', values.mlpRaw, d);
    last('mlp_post', values.coefficients, mlp.width);
  }
  if (variant === 'trace') {
    out('q', values.q, ['T', heads * headWidth]);
    out('k', values.k, ['T', groups * headWidth]);
    out('v', values.v, ['T', groups * headWidth]);
    if (attention.rotary) {
      out('rot_q', values.rotQ, ['T', heads * headWidth]);
      out('rot_k', values.rotK, ['T', groups * headWidth]);
    }
  }
  if (variant === 'inspect') {
    const groupOf = groupOfHeads(attention);
    const own = (x: Value) => b.op('Gather', [reshape(b, lastRow(b, x), [groups, headWidth]), b.ints(groupOf)], { axis: 0 });
    const allHeads = oneHotRows(b, [...groupOf.keys()], heads);
    const perHead = (x: Value) => intoBlocks(b, x, allHeads, heads, headWidth);
    const { attnScale, mlpScale } = values;
    const onWay = (x: Value, factors: Value | null) => (factors ? b.op('Mul', [x, factors]) : x);
    const written = (x: Value) => onWay(times(b, perHead(x), attention.o.weight), attnScale);

    const q = reshape(b, values.normedQ, [heads, headWidth]);
    const perGroup = intoBlocks(b, q, oneHotRows(b, groupOf, groups), groups, headWidth);
    out('query', backToKeyInput(b, attention, perGroup), [heads, d]);
    out('own_key', backToQueryInput(b, attention, perHead(own(values.normedK))), [heads, d]);
    out('own_value', written(own(values.v)), [heads, d]);
    out('head_out', written(reshape(b, values.z, [heads, headWidth])), [heads, d]);
    out('attn_scale', attnScale, [1, d]);
    out('mlp_scale', mlpScale, [1, d]);
    out('o_norms', inputRowNorms(b, attention.o.weight, attnScale), [heads * headWidth]);
    out('value_norms', inputRowNorms(b, mlp.down.weight, mlpScale), [mlp.width]);
    const bias = (name: string, layer: LinearSpec, factors: Value | null) => {
      if (layer.bias) out(name, onWay(reshape(b, vector(b, layer.bias), [1, d]), factors), [1, d]);
    };
    bias('attn_bias', attention.o, attnScale);
    bias('mlp_bias_out', mlp.down, mlpScale);
    // With a gate, what a first bias would write depends on the input: there is nothing to draw.
    if (mlp.up.bias && !mlp.gate) {
      const through = times(b, reshape(b, vector(b, mlp.up.bias), [1, -1]), mlp.down.weight);
      out('mlp_bias_in', onWay(through, mlpScale), [1, d]);
    }
  }
  return b.finish(`block ${variant}`);
}

/** The tensors of a block; for `inspect`, whatever comes after keys and values is of the last position only. */
export interface BlockValues {
  /** null where the block has no such norm of its own */
  readonly ln1: Value | null;
  readonly q: Value;
  readonly k: Value;
  readonly v: Value;
  /** queries and keys after their norms: themselves, where there are none */
  readonly normedQ: Value;
  readonly normedK: Value;
  /** … and after rotation */
  readonly rotQ: Value;
  readonly rotK: Value;
  /** made only where the variant looks at it: it is the one thing that grows with T² */
  readonly pattern: Value | null;
  readonly z: Value;
  /** what attention writes before the norm behind it; null where there is none */
  readonly attnRaw: Value | null;
  readonly attnOut: Value;
  /** null in parallel blocks */
  readonly mid: Value | null;
  readonly ln2: Value | null;
  /** what the non-linearity is applied to, and what its result is multiplied with; null without a gate */
  readonly preActivation: Value;
  readonly gated: Value | null;
  readonly coefficients: Value;
  readonly mlpRaw: Value | null;
  readonly mlpOut: Value;
  /** the stream with what the branches add to it: `post` in front of the norm that may stand there */
  readonly sum: Value;
  readonly post: Value;
  /** what a summand of attention's (the feed-forward layer's) raw output is multiplied with on its way to the stream; null: 1 */
  readonly attnScale: Value | null;
  readonly mlpScale: Value | null;
}

/** The block itself. `pre` [T,d]; `contextLength` as above. */
export function computeBlock(
  b: GraphBuilder,
  block: BlockSpec,
  variant: BlockVariant,
  pre: Value,
  positional: Positional,
  edits: BlockEdits,
  contextLength: number,
): BlockValues {
  const { attention, mlp, wiring } = block;
  const d = attention.o.weight.outputs;
  // Keys and values are needed of every position; whatever comes after them only of the position under study.
  const inspect = variant === 'inspect';
  const at = (x: Value) => (inspect ? lastRow(b, x) : x);
  const streamNorm = wiring === 'normed-stream';
  const normalized = streamNorm ? pre : norm(b, pre, block.ln1);
  const { q: queries, k, v } = queriesKeysValues(b, attention, normalized);
  const q = at(queries);
  const normedQ = normedQueries(b, attention, q);
  const normedK = normedKeys(b, attention, k);
  const { rotary } = positional;
  const rotQ = rotary ? rotated(b, attention, normedQ, attention.heads, at(rotary.cos), at(rotary.sin)) : normedQ;
  const rotK = rotary ? rotated(b, attention, normedK, attention.groups, rotary.cos, rotary.sin) : normedK;
  const rotatedQkv = { q: rotQ, k: rotK, v };
  const attended =
    inspect || variant === 'trace'
      ? attendWithPattern(b, attention, rotatedQkv, positional, inspect)
      : { z: attend(b, attention, rotatedQkv, positional, contextLength), pattern: null };
  const z = edits.z(attended.z, attended.pattern, v);
  const attn = branch(b, linear(b, z, attention.o), d, block.ln1Post, block.branchScale, edits.attnOut);
  const before = at(pre);
  const mid = wiring === 'parallel' ? null : b.op('Add', [before, attn.out]);

  const stream = mid === null ? before : streamNorm ? norm(b, mid, block.ln1) : mid;
  const ln2 = wiring === 'parallel' && block.ln2 === undefined ? at(normalized) : streamNorm ? stream : norm(b, stream, block.ln2);
  const { preActivation, gated, coefficients: ordinary } = neurons(b, mlp, ln2);
  const coefficients = edits.coefficients(ordinary);
  const fed = branch(b, linear(b, coefficients, mlp.down), d, block.ln2Post, block.branchScale, edits.mlpOut);
  const sum = mid === null ? b.op('Add', [b.op('Add', [before, attn.out]), fed.out]) : b.op('Add', [stream, fed.out]);
  const post = streamNorm ? norm(b, sum, block.ln2) : sum;
  const own = (spec: unknown, value: Value) => (spec === undefined ? null : value);
  return {
    ln1: own(block.ln1, streamNorm ? stream : at(normalized)),
    q,
    k,
    v,
    normedQ,
    normedK,
    rotQ,
    rotK,
    pattern: attended.pattern,
    z,
    attnRaw: attn.raw,
    attnOut: attn.out,
    attnScale: attn.scale,
    mid,
    ln2: own(block.ln2, streamNorm ? post : ln2),
    preActivation,
    gated,
    coefficients,
    mlpRaw: fed.raw,
    mlpOut: fed.out,
    mlpScale: fed.scale,
    sum,
    post,
  };
}

/** The neurons, with what their coefficients [n,F] are made of. x [n,d] */
function neurons(
  b: GraphBuilder,
  { gate, up, activation }: MlpSpec,
  x: Value,
): Pick<BlockValues, 'preActivation' | 'gated' | 'coefficients'> {
  if (gate === undefined) {
    const preActivation = linear(b, x, up);
    return { preActivation, gated: null, coefficients: activate(b, preActivation, activation) };
  }
  const [open, through] = linears(b, x, [gate, up]) as [Value, Value];
  return { preActivation: open, gated: through, coefficients: b.op('Mul', [activate(b, open, activation), through]) };
}

/** From what a branch writes to what is added to the stream. */
function branch(
  b: GraphBuilder,
  written: Value,
  d: number,
  after: BlockSpec['ln1Post'],
  scale: number | undefined,
  edit: (out: Value) => Value,
): { raw: Value | null; out: Value; scale: Value | null } {
  if (after === undefined) {
    const factors = scale === undefined ? null : b.op('Expand', [b.floats([scale]), b.ints([1, d])]);
    return { raw: null, out: edit(scaled(b, written, scale)), scale: factors };
  }
  const frozen = b.op('Div', [reshape(b, normGain(b, after), [1, d]), normScale(b, written, after)]);
  return { raw: written, out: edit(scaled(b, norm(b, written, after), scale)), scale: scaled(b, frozen, scale) };
}
