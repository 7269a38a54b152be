/** What each variant of a block's graph shows. */
import {
  attentionWidths,
  expertWidth,
  isMixture,
  type LinearSpec,
  type MixtureSpec,
  type MlpSpec,
} from '../../model/architecture/model-spec';
import { patternOfPiece } from './attention';
import type { BlockDraft } from './block-draft';
import type { MlpValues } from './branch';
import { expertValueNorms } from './expert-bias';
import { throughExperts } from './experts';
import type { Value } from './graph-builder';
import { intoHeads, keyHeads, keyValueHeadOf, oneHotRows, queryHeads, readHeads, valueHeads, type Heads } from './heads';
import { writtenByEach, type Routing } from './mixture';
import { writtenByFirstBias } from './neurons';
import { inputRowNorms, timesTogether, vector } from './products';
import { DataType } from './proto';
import type { Dimension } from './proto-parts';
import { backToKeyInput, backToQueryInput } from './queries-keys-values';
import { pieceBias } from './score-bias';
import { lastRow, reshape, rowCount } from './shapes';
import { outputSources } from './sources';
import { asStored, updateAlone } from './updates';
import type { BlockValues } from './wiring';

/**
 * Declares a block's outputs: for `pattern` [H,1,T] that alone, for `routing` what `outputRouting` declares, else `resid_post`; for `trace`, `inspect` and `summary` the block's tensors under the names that a trace
 * has for them; for `inspect` what heads and neurons write and read, see `BlockState`; for `values` see `outputValues`; for `continue` `keys` [T,G·k] and
 * `values` [T,G·v] as later positions compare and read them.
 */
export function outputBlock(draft: BlockDraft, values: BlockValues): void {
  const { variant, block } = draft;
  if (variant === 'pattern') return output(draft, 'pattern', values.attention.pattern, [block.attention.nHeads, 1, 'T']);
  if (variant === 'routing') return outputRouting(draft, values.mlp, 'T');
  const rows = variant === 'inspect' ? 1 : variant === 'run' ? 'B·T' : 'T';
  output(draft, 'resid_post', values.post, [rows, block.attention.o.weight.outputs]);
  switch (variant) {
    case 'run':
      return;
    case 'continue':
      return outputKeysAndValues(draft, values);
    case 'summary':
      return outputSummary(draft, values);
    case 'values':
      return outputValues(draft, values, '');
    case 'trace':
      outputTensors(draft, values, 'T');
      return outputQueriesAndKeys(draft, values);
    case 'experts':
      outputTensors(draft, values, 'T');
      output(draft, 'v', values.attention.v, ['T', attentionWidths(block.attention).v]);
      return outputWritten(draft, values.mlp);
    case 'inspect':
      outputTensors(draft, values, 1);
      return outputHeads(draft, values);
  }
}

/** Nothing for a tensor that the block does not have. */
function output({ b }: BlockDraft, name: string, value: Value | null, shape: readonly Dimension[]): void {
  if (value !== null) b.output(name, value, DataType.FLOAT, shape);
}

/** Norms, attention and feed-forward layer of `rows` positions. */
function outputTensors(draft: BlockDraft, { ln1, attention, mid, ln2, mlp }: BlockValues, rows: Dimension): void {
  const { nHeads, o } = draft.block.attention;
  const d = o.weight.outputs;
  output(draft, 'ln1', ln1, [rows, d]);
  output(draft, 'pattern', attention.pattern, [nHeads, rows, 'T']);
  output(draft, 'z', attention.z, [rows, attentionWidths(draft.block.attention).z]);
  output(draft, 'attn_raw', attention.raw, [rows, d]);
  output(draft, 'attn_out', attention.out, [rows, d]);
  output(draft, 'resid_mid', mid, [rows, d]);
  output(draft, 'ln2', ln2, [rows, d]);
  outputRouting(draft, mlp, rows);
  output(draft, 'mlp_post', mlp.coefficients, [rows, draft.block.mlp.dMlp]);
  output(draft, 'mlp_raw', mlp.raw, [rows, d]);
  output(draft, 'mlp_out', mlp.out, [rows, d]);
}

/** What both branches add at every position; all else of the last. */
function outputSummary(draft: BlockDraft, { ln1, attention, mid, ln2, mlp }: BlockValues): void {
  const { b, block } = draft;
  const d = block.attention.o.weight.outputs;
  const last = (name: string, value: Value | null, width: number) => output(draft, name, value && lastRow(b, value), [1, width]);
  output(draft, 'attn_out', attention.out, ['T', d]);
  output(draft, 'mlp_out', mlp.out, ['T', d]);
  last('ln1', ln1, d);
  last('attn_raw', attention.raw, d);
  last('resid_mid', mid, d);
  last('ln2', ln2, d);
  last('mlp_raw', mlp.raw, d);
  last('mlp_post', mlp.coefficients, block.mlp.dMlp);
  outputRouting(draft, mlp, 1, { cut: (x) => lastRow(b, x) });
}

/**
 * What heads, neurons and branches come to at every position, and the values and last position's probabilities that the heads are made
 * of: `z`, `v`, `attn_out`, `mlp_post`, `mlp_out`, `pattern` [H,1,T].
 */
export function outputValues(draft: BlockDraft, { attention, mlp }: BlockValues, prefix: string): void {
  const { b, block, positional } = draft;
  const { nHeads, o } = block.attention;
  const widths = attentionWidths(block.attention);
  const d = o.weight.outputs;
  const out = (name: string, value: Value, width: number) => output(draft, `${prefix}${name}`, value, ['T', width]);
  out('z', attention.z, widths.z);
  out('v', attention.v, widths.v);
  out('attn_out', attention.out, d);
  out('mlp_post', mlp.coefficients, block.mlp.dMlp);
  outputRouting(draft, mlp, 'T', { prefix });
  out('mlp_out', mlp.out, d);
  const T = rowCount(b, attention.rotK);
  const last = { from: b.op('Sub', [T, b.ints([1])]), to: T, seen: T };
  const qkv = { q: lastRow(b, attention.rotQ), k: attention.rotK, v: attention.v };
  const pattern = patternOfPiece(draft, qkv, pieceBias(draft, { ...last, alibi: positional.alibi }));
  output(draft, `${prefix}pattern`, pattern, [nHeads, 1, 'T']);
}

/** Queries, keys and values of all positions, before and after rotation. */
function outputQueriesAndKeys(draft: BlockDraft, { attention: { q, k, v, rotQ, rotK } }: BlockValues): void {
  const widths = attentionWidths(draft.block.attention);
  output(draft, 'q', q, ['T', widths.q]);
  output(draft, 'k', k, ['T', widths.k]);
  output(draft, 'v', v, ['T', widths.v]);
  if (draft.block.attention.rotary) {
    output(draft, 'rot_q', rotQ, ['T', widths.q]);
    output(draft, 'rot_k', rotK, ['T', widths.k]);
  }
}

/** What later positions need of these. */
function outputKeysAndValues(draft: BlockDraft, { attention: { rotK, v } }: BlockValues): void {
  const widths = attentionWidths(draft.block.attention);
  output(draft, 'keys', rotK, ['T', widths.k]);
  output(draft, 'values', v, ['T', widths.v]);
}

/** What the heads and neurons of the position under study read and write, as directions of the stream, and what an adapter’s updates add to that. */
function outputHeads(draft: BlockDraft, { attention, mlp }: BlockValues): void {
  const { b, block } = draft;
  const { nHeads, nKeyValueHeads, dHead, o } = block.attention;
  const { dValue, z: readWidth } = attentionWidths(block.attention);
  const d = o.weight.outputs;
  const [keys, values, read] = [keyHeads(block.attention), valueHeads(block.attention), readHeads(block.attention)];
  const headOf = keyValueHeadOf(block.attention);
  const own = (x: Value, { count, width }: Heads) =>
    b.op('Gather', [reshape(b, lastRow(b, x), [count, width]), b.ints(headOf)], { axis: 0 });
  const allHeads = oneHotRows(b, [...headOf.keys()], nHeads);
  const perHead = (x: Value, heads: Heads) => intoHeads(b, x, allHeads, heads);
  const onWay = (x: Value, factors: Value | null) => (factors ? b.op('Mul', [x, factors]) : x);

  const q = reshape(b, attention.normedQ, [nHeads, dHead]);
  const perKeyHead = intoHeads(b, q, oneHotRows(b, headOf, nKeyValueHeads), keys);
  const ownKeys = perHead(own(attention.normedK, keys), queryHeads(block.attention));
  output(draft, 'query', backToKeyInput(b, block.attention, perKeyHead, attention), [nHeads, d]);
  output(draft, 'own_key', backToQueryInput(b, block.attention, ownKeys, attention), [nHeads, d]);
  const readOfValues = [own(attention.v, values), reshape(b, attention.z, [nHeads, dValue])].map((x) => perHead(x, read));
  const [ownValue, headOut] = timesTogether(b, readOfValues, asStored(o.weight)).map((x) => onWay(x, attention.scale));
  output(draft, 'own_value', ownValue, [nHeads, d]);
  output(draft, 'head_out', headOut, [nHeads, d]);
  outputSources(b, block.attention, attention);
  output(draft, 'attn_scale', attention.scale, [1, d]);
  output(draft, 'mlp_scale', mlp.scale, [1, d]);
  if (attention.scale) output(draft, 'o_norms', inputRowNorms(b, asStored(o.weight), attention.scale), [readWidth]);
  const update = updateAlone(b, attention.z, o.weight);
  output(draft, 'attn_update', update && onWay(update, attention.scale), [1, d]);
  const bias = (name: string, layer: LinearSpec, factors: Value | null) => {
    if (layer.bias) output(draft, name, onWay(reshape(b, vector(b, layer.bias), [1, d]), factors), [1, d]);
  };
  bias('attn_bias', o, attention.scale);
  outputNeurons(draft, mlp);
}

/** What the layer adds whatever its neurons do; and how large these and its first bias write, where that depends on the prompt (else see `buildBlockFiguresGraph`). */
function outputNeurons(draft: BlockDraft, mlp: MlpValues): void {
  const { b, block } = draft;
  const d = block.attention.o.weight.outputs;
  const onWay = (x: Value) => (mlp.scale ? b.op('Mul', [x, mlp.scale]) : x);
  if (isMixture(block.mlp)) {
    if (mlp.neurons.kind === 'experts') outputExperts(draft, block.mlp, mlp, mlp.neurons.routing, onWay);
    return;
  }
  const { down } = block.mlp;
  const second = asStored(down.weight);
  if (mlp.scale) output(draft, 'value_norms', inputRowNorms(b, second, mlp.scale), [block.mlp.dMlp]);
  const update = updateAlone(b, mlp.coefficients, down.weight);
  output(draft, 'mlp_update', update && onWay(update), [1, d]);
  if (down.bias) output(draft, 'mlp_bias_out', onWay(reshape(b, vector(b, down.bias), [1, d])), [1, d]);
  const biasIn = mlp.scale && writtenByFirstBias(b, block.mlp);
  output(draft, 'mlp_bias_in', biasIn && onWay(biasIn), [1, d]);
}

/** What the chosen experts of the position under study write, most likely first, and then the shared one; and how large their neurons write. */
function outputExperts(draft: BlockDraft, spec: MixtureSpec, mlp: MlpValues, { rows }: Routing, onWay: (x: Value) => Value): void {
  const { b } = draft;
  const { experts, shared, router } = spec;
  const d = experts[0].down.weight.outputs;
  output(draft, 'expert_out', onWay(reshape(b, writtenByEach(b, spec, rows, mlp.coefficients), [-1, d])), [
    router.chosen + (shared ? 1 : 0),
    d,
  ]);
  const norms = (expert: MlpSpec) => reshape(b, expertValueNorms(b, expert, mlp.scale), [1, -1]);
  const ofChosen = reshape(
    b,
    throughExperts(b, rows, experts.length, expertWidth(experts[0]), (e) => norms(experts[e])),
    [1, -1],
  );
  const ofAll = shared ? b.op('Concat', [ofChosen, norms(shared.mlp)], { axis: 1 }) : ofChosen;
  output(draft, 'value_norms', reshape(b, ofAll, [-1]), [spec.dMlp]);
}

/** `expert_written` [T,K or K + 1,d] What each expert at work writes at every position, before a norm or multiplier that follows. */
function outputWritten({ b, block: { mlp } }: BlockDraft, { neurons, coefficients }: MlpValues): void {
  if (neurons.kind !== 'experts' || !isMixture(mlp)) return;
  const written = writtenByEach(b, mlp, neurons.routing.rows, coefficients);
  b.output('expert_written', written, DataType.FLOAT, ['T', mlp.router.chosen + (mlp.shared ? 1 : 0), mlp.experts[0].down.weight.outputs]);
}

/** Where positions go, for `rows` of them: the score of each expert, the chosen ones, and what their outputs are multiplied with. */
function outputRouting(
  { b, block: { mlp } }: BlockDraft,
  { neurons }: MlpValues,
  rows: Dimension,
  { prefix = '', cut = (x: Value) => x } = {},
): void {
  if (neurons.kind !== 'experts' || !isMixture(mlp)) return;
  const { scores, experts, weights } = neurons.routing;
  const K = mlp.router.chosen;
  const out = (name: string, value: Value, width: number) => b.output(`${prefix}${name}`, cut(value), DataType.FLOAT, [rows, width]);
  out('router', scores, mlp.experts.length);
  out('experts', b.op('Cast', [experts], { to: DataType.FLOAT }), K);
  out('expert_weights', weights, K);
  if (mlp.shared)
    out(
      'shared_weight',
      neurons.shared?.weight ?? b.op('Expand', [b.floats([1], [1, 1]), b.op('Concat', [rowCount(b, weights), b.ints([1])], { axis: 0 })]),
      1,
    );
}
