/**
 * One transformer block as a graph, in four variants made by the same code:
 * - `run`: the residual stream from border to border, nothing else;
 * - `trace`: every tensor of the block, for all positions;
 * - `probe`: what the block adds to the stream, for all positions, and what its norms and neurons do at the last;
 * - `inspect`: the block at the last of the given positions, and that position's heads projected into the residual stream.
 *
 * A block that an intervention touches has graphs of its own, with the same code and what `editsAsInputs` declares.
 */
import type { AttentionSpec, BlockSpec } from '../architecture/model-spec';
import { editsAsInputs, unedited } from './edits';
import type { BlockEdits } from './edits';
import { GraphBuilder } from './graph-builder';
import type { Dimension, Value } from './graph-builder';
import {
  activate, inputRowNorms, intoBlocks, linear, linears, norm, oneHotRows, reshape, times, timesTransposed, vector,
} from './layers';
import { DataType } from './proto';
import type { Weights } from './weights';

export type BlockVariant = 'run' | 'trace' | 'probe' | 'inspect';

/** `Attention` returns the probabilities, after mask and softmax, as its fourth output. */
const PROBABILITIES = 3;

/**
 * Inputs: `resid_pre` [T,d], and where the graph is `edited` what `editsAsInputs` declares. Outputs: `resid_post`, and what
 * the variant adds.
 */
export function buildBlockGraph(weights: Weights, block: BlockSpec, variant: BlockVariant, edited: boolean): Uint8Array {
  const b = new GraphBuilder(weights);
  const { attention, mlp } = block;
  const { heads, groups, headWidth } = attention;
  const d = attention.o.weight.outputs;
  const rows = variant === 'inspect' ? 1 : 'T';
  const out = (name: string, value: Value, shape: readonly Dimension[]) => b.output(name, value, DataType.FLOAT, shape);

  const pre = b.input('resid_pre', DataType.FLOAT, ['T', d]);
  const edits = edited ? editsAsInputs(b, block, variant === 'inspect') : unedited;
  const values = computeBlock(b, block, variant, pre, edits);

  out('resid_post', values.post, [rows, d]);
  if (values.pattern !== null) {
    out('ln1', values.ln1, [rows, d]);
    out('pattern', values.pattern, [heads, rows, 'T']);
    out('z', values.z, [rows, heads * headWidth]);
    out('attn_out', values.attnOut, [rows, d]);
    out('resid_mid', values.mid, [rows, d]);
    out('ln2', values.ln2, [rows, d]);
    out('mlp_post', values.coefficients, [rows, mlp.width]);
    out('mlp_out', values.mlpOut, [rows, d]);
  }
  if (variant === 'probe') {
    out('attn_out', values.attnOut, ['T', d]);
    out('mlp_out', values.mlpOut, ['T', d]);
    out('ln1', lastRow(b, values.ln1), [1, d]);
    out('resid_mid', lastRow(b, values.mid), [1, d]);
    out('ln2', lastRow(b, values.ln2), [1, d]);
    out('mlp_post', lastRow(b, values.coefficients), [1, mlp.width]);
  }
  if (variant === 'trace') {
    out('q', values.q, ['T', heads * headWidth]);
    out('k', values.k, ['T', groups * headWidth]);
    out('v', values.v, ['T', groups * headWidth]);
  }
  if (variant === 'inspect') {
    const groupOf = groupOfHeads(attention);
    const own = (x: Value) =>
      b.op('Gather', [reshape(b, lastRow(b, x), [groups, headWidth]), b.ints(groupOf)], { axis: 0 });
    const allHeads = oneHotRows(b, [...groupOf.keys()], heads);
    const perHead = (x: Value) => intoBlocks(b, x, allHeads, heads, headWidth);
    const q = reshape(b, values.q, [heads, headWidth]);
    const perGroup = intoBlocks(b, q, oneHotRows(b, groupOf, groups), groups, headWidth);
    out('query', timesTransposed(b, perGroup, attention.k.weight), [heads, d]);
    out('own_key', timesTransposed(b, perHead(own(values.k)), attention.q.weight), [heads, d]);
    out('own_value', times(b, perHead(own(values.v)), attention.o.weight), [heads, d]);
    out('head_out', times(b, perHead(reshape(b, values.z, [heads, headWidth])), attention.o.weight), [heads, d]);
    out('o_norms', inputRowNorms(b, attention.o.weight), [heads * headWidth]);
    out('value_norms', inputRowNorms(b, mlp.down.weight), [mlp.width]);
    if (attention.o.bias) out('attn_bias', vector(b, attention.o.bias), [d]);
    if (mlp.up.bias) out('mlp_bias_in', times(b, reshape(b, vector(b, mlp.up.bias), [1, -1]), mlp.down.weight), [1, d]);
    if (mlp.down.bias) out('mlp_bias_out', vector(b, mlp.down.bias), [d]);
  }
  return b.finish(`block ${variant}`);
}

/** The tensors of a block; for `inspect`, whatever comes after keys and values is of the last position only. */
interface BlockValues {
  readonly ln1: Value;
  readonly q: Value;
  readonly k: Value;
  readonly v: Value;
  /** made only where the variant looks at it: it is the one thing that grows with T² */
  readonly pattern: Value | null;
  readonly z: Value;
  readonly attnOut: Value;
  readonly mid: Value;
  readonly ln2: Value;
  readonly coefficients: Value;
  readonly mlpOut: Value;
  readonly post: Value;
}

/** The block itself. `pre` [T,d]. */
export function computeBlock(
  b: GraphBuilder,
  { ln1: norm1, attention, ln2: norm2, mlp }: BlockSpec,
  variant: BlockVariant,
  pre: Value,
  edits: BlockEdits,
): BlockValues {
  // Keys and values are needed of every position; whatever comes after them only of the position under study.
  const at = (x: Value) => (variant === 'inspect' ? lastRow(b, x) : x);
  const normalized = norm(b, pre, norm1);
  const [queries, k, v] = linears(b, normalized, [attention.q, attention.k, attention.v]) as [Value, Value, Value];
  const q = at(queries);
  const attended = attend(b, attention, q, k, v, variant);
  const z = edits.z(attended.z, attended.pattern, v);
  const attnOut = edits.attnOut(linear(b, z, attention.o));
  const mid = b.op('Add', [at(pre), attnOut]);
  const ln2 = norm(b, mid, norm2);
  const coefficients = edits.coefficients(activate(b, linear(b, ln2, mlp.up), mlp.activation));
  const mlpOut = edits.mlpOut(linear(b, coefficients, mlp.down));
  const post = b.op('Add', [mid, mlpOut]);
  return { ln1: at(normalized), q, k, v, pattern: attended.pattern, z, attnOut, mid, ln2, coefficients, mlpOut, post };
}

/** [n,width] → [1,width] */
function lastRow(b: GraphBuilder, x: Value): Value {
  return b.op('Gather', [x, b.ints([-1])], { axis: 0 });
}

/** The key/value group that each query head reads. */
export function groupOfHeads({ heads, groups }: AttentionSpec): number[] {
  return Array.from({ length: heads }, (_, h) => Math.floor((h * groups) / heads));
}

/** Causal attention. q [n,H·k] are the last n of the positions of k and v [T,G·k]; `pattern` [H,n,T]. */
function attend(
  b: GraphBuilder,
  { heads, groups, scale }: AttentionSpec,
  q: Value,
  k: Value,
  v: Value,
  variant: BlockVariant,
): { z: Value; pattern: Value | null } {
  const batch = (x: Value) => b.op('Unsqueeze', [x, b.ints([0])]);
  const unbatch = (x: Value) => b.op('Squeeze', [x, b.ints([0])]);
  const attributes = {
    q_num_heads: heads,
    kv_num_heads: groups,
    scale: { float: scale },
    // The last position sees them all.
    is_causal: variant === 'inspect' ? 0 : 1,
    qk_matmul_output_mode: PROBABILITIES,
  };
  const wanted = variant === 'run' || variant === 'probe' ? [0] : [0, PROBABILITIES];
  const [z, pattern] = b.ops('Attention', [batch(q), batch(k), batch(v)], attributes, wanted) as [Value, Value?];
  return { z: unbatch(z), pattern: pattern === undefined ? null : unbatch(pattern) };
}
