/**
 * The vectors of what is drawn of one block, and the sums of what is not. A sum that is not drawn is computed from its
 * own summands: subtracting the drawn ones from the whole would leave the whole's rounding error in it.
 */
import type { BlockSpec } from '../../model/architecture/model-spec';
import { backToQueryInput, keyValueHeadOf, normedKeys, queriesKeysValues } from './attention';
import { GraphBuilder } from './graph-builder';
import type { Value } from './graph-builder';
import { inputRows, intoBlocks, norm, oneHotRows, outputColumns, reshape, times } from './layers';
import { DataType } from './proto';
import type { Weights } from './weights';

/**
 * Inputs:
 * - `resid_pre` [T,d], positions up to and including the one under study;
 * - `pair_heads`, `pair_sources` [pairs]: the drawn head–source pairs;
 * - `heads` [n], `rest_attention` [n,T]: the drawn heads, and their probabilities on the sources that are not drawn;
 * - `rest_heads`, `rest_o` [1,H·k]: z without the drawn heads, z without the drawn rows of W_O;
 * - `o_neurons`, `neurons` [n]: the drawn rows of W_O and feed-forward neurons;
 * - `rest_neurons` [1,F]: coefficients without those of the drawn neurons;
 * - `attn_scale`, `mlp_scale` [1,d]: see `BlockState`; 1 where a block has none.
 *
 * Outputs are named as in `SelectedVectors`.
 */
export function buildSelectGraph(weights: Weights, block: BlockSpec): Uint8Array {
  const b = new GraphBuilder(weights);
  const { attention, mlp } = block;
  const { nHeads, nKeyValueHeads, dHead } = attention;
  const d = attention.o.weight.outputs;
  const float = (name: string, rows: number | string, columns: number | string) => b.input(name, DataType.FLOAT, [rows, columns]);
  const indices = (name: string, length: string) => b.input(name, DataType.INT64, [length]);

  const pre = float('resid_pre', 'T', d);
  const pairHeads = indices('pair_heads', 'pairs');
  const pairSources = indices('pair_sources', 'pairs');
  const drawnHeads = indices('heads', 'heads');
  const restAttention = float('rest_attention', 'heads', 'T');
  const restHeads = float('rest_heads', 1, nHeads * dHead);
  const restO = float('rest_o', 1, nHeads * dHead);
  const oNeurons = indices('o_neurons', 'o_neurons');
  const neurons = indices('neurons', 'neurons');
  const restNeurons = float('rest_neurons', 1, mlp.dMlp);
  const attnScale = float('attn_scale', 1, d);
  const mlpScale = float('mlp_scale', 1, d);

  const { k: keys, v: values } = queriesKeysValues(b, attention, block.wiring === 'post-norm' ? pre : norm(b, pre, block.ln1));
  const groupOf = b.ints(keyValueHeadOf(attention));
  const identity = oneHotRows(
    b,
    Array.from({ length: nHeads }, (_, h) => h),
    nHeads,
  );
  /** Rows of single heads as rows of all heads. */
  const perHead = (rows: Value, ofHeads: Value) => intoBlocks(b, rows, b.op('Gather', [identity, ofHeads], { axis: 0 }), nHeads, dHead);

  // [T,G·k] → the rows that the pairs name. [pairs,k]
  const groupsOfPairs = b.op('Gather', [groupOf, pairHeads], { axis: 0 });
  const place = b.op('Concat', [b.op('Unsqueeze', [pairSources, b.ints([1])]), b.op('Unsqueeze', [groupsOfPairs, b.ints([1])])], {
    axis: 1,
  });
  const split = (x: Value) => reshape(b, x, [-1, nKeyValueHeads, dHead]);
  const atPairs = (x: Value) => b.op('GatherND', [x, place]);
  const k = split(normedKeys(b, attention, keys));
  const v = split(values);

  // Σ_j probability · v_j over the sources that are not drawn: [n,1,T] × [n,T,k]
  const valuesOfHeads = b.op('Gather', [b.op('Transpose', [v], { perm: [1, 0, 2] }), b.op('Gather', [groupOf, drawnHeads], { axis: 0 })], {
    axis: 0,
  });
  const mixed = b.op('MatMul', [b.op('Unsqueeze', [restAttention, b.ints([1])]), valuesOfHeads]);
  const restValues = b.op('Squeeze', [mixed, b.ints([1])]);

  const out = (name: string, value: Value, rows: string | number) => b.output(name, value, DataType.FLOAT, [rows, d]);
  const attended = (name: string, vectors: Value, rows: string | number) => out(name, b.op('Mul', [vectors, attnScale]), rows);
  const fed = (name: string, vectors: Value, rows: string | number) => out(name, b.op('Mul', [vectors, mlpScale]), rows);
  const { o } = attention;
  out('keys', backToQueryInput(b, attention, perHead(atPairs(k), pairHeads)), 'pairs');
  attended('values', times(b, perHead(atPairs(v), pairHeads), o.weight), 'pairs');
  attended('restSources', times(b, perHead(restValues, drawnHeads), o.weight), 'heads');
  attended('restHeads', times(b, restHeads, o.weight), 1);
  attended('oRows', inputRows(b, o.weight, oNeurons), 'o_neurons');
  attended('restO', times(b, restO, o.weight), 1);
  out('neuronKeys', outputColumns(b, mlp.up.weight, neurons), 'neurons');
  if (mlp.gate) out('neuronGates', outputColumns(b, mlp.gate.weight, neurons), 'neurons');
  fed('neuronValues', inputRows(b, mlp.down.weight, neurons), 'neurons');
  fed('restNeurons', times(b, restNeurons, mlp.down.weight), 1);
  return b.finish('select');
}
