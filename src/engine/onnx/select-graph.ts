/**
 * The vectors of what is drawn of one block, and the sums of what is not. A sum that is not drawn is computed from its
 * own summands: subtracting the drawn ones from the whole would leave the whole's rounding error in it.
 */
import {
  attentionWidths,
  isMixture,
  type AttentionSpec,
  type BlockSpec,
  type FeedForwardSpec,
  type LinearSpec,
} from '../../model/architecture/model-spec';
import { expertKeys, expertValues } from './expert-bias';
import { routedRows, throughExperts } from './experts';
import { GraphBuilder, type Value } from './graph-builder';
import { intoHeads, keyHeads, keyValueHeadOf, oneHotRows, queryHeads, readHeads, valueHeads, type Heads } from './heads';
import { writtenByEach } from './mixture';
import { inputRows, outputColumns, times, timesTogether } from './products';
import { DataType } from './proto';
import type { Dimension } from './proto-parts';
import { backToQueryInput } from './queries-keys-values';
import { reshape } from './shapes';
import { sourceInputs } from './sources';
import { asStored } from './updates';
import type { Weights } from './weights';

/**
 * Inputs:
 * - what `sourceInputs` declares, of the T positions up to and including the one under study;
 * - `pair_heads`, `pair_sources` [pairs]: the drawn head–source pairs;
 * - `heads` [n], `rest_attention` [n,T]: the drawn heads, and their probabilities on the sources that are not drawn;
 * - `rest_heads`, `rest_o` [1,H·v]: z without the drawn heads, z without the drawn rows of W_O;
 * - `o_neurons`, `neurons` [n]: the drawn rows of W_O and feed-forward neurons;
 * - `rest_neurons` [1,F]: coefficients without those of the drawn neurons;
 * - of a mixture of experts also `experts` [K], the chosen ones, and `neuron_experts` [n], whose expert each of `neurons` is (E: of the
 *   shared one);
 * - `attn_scale`, `mlp_scale` [1,d]: see `BlockState`; 1 where a block has none.
 *
 * Outputs are named as in `SelectedVectors`.
 */
export function buildSelectGraph(weights: Weights, block: BlockSpec): Uint8Array {
  const b = new GraphBuilder(weights);
  selectAttention(b, block.attention);
  selectMlp(b, block.mlp, block.attention.o.weight.outputs);
  return b.finish('select');
}

const float = (b: GraphBuilder, name: string, shape: readonly [Dimension, Dimension]) => b.input(name, DataType.FLOAT, shape);
const indices = (b: GraphBuilder, name: string, length: Dimension) => b.input(name, DataType.INT64, [length]);

/** Sources, heads and rows of W_O. */
function selectAttention(b: GraphBuilder, attention: AttentionSpec): void {
  const { nHeads, o } = attention;
  const { z: readWidth } = attentionWidths(attention);
  const d = o.weight.outputs;
  // What an adapter adds is a summand of its own.
  const projection = asStored(o.weight);
  const sources = sourceInputs(b, attention);
  const pairHeads = indices(b, 'pair_heads', 'pairs');
  const pairSources = indices(b, 'pair_sources', 'pairs');
  const drawnHeads = indices(b, 'heads', 'heads');
  const restAttention = float(b, 'rest_attention', ['heads', 'T']);
  const restHeads = float(b, 'rest_heads', [1, readWidth]);
  const restO = float(b, 'rest_o', [1, readWidth]);
  const oNeurons = indices(b, 'o_neurons', 'o_neurons');
  const scale = float(b, 'attn_scale', [1, d]);

  const keyValueHeads = keyValueHeadOf(attention);
  const headOf = b.ints(keyValueHeads);
  const identity = oneHotRows(b, [...keyValueHeads.keys()], nHeads);
  /** Rows of single heads as rows of all heads. */
  const perHead = (rows: Value, ofHeads: Value, heads: Heads) =>
    intoHeads(b, rows, b.op('Gather', [identity, ofHeads], { axis: 0 }), heads);
  const [asked, read] = [queryHeads(attention), readHeads(attention)];

  // [T,G,k or v] → the rows that the pairs name. [pairs,k or v]
  const keyHeadsOfPairs = b.op('Gather', [headOf, pairHeads], { axis: 0 });
  const column = (x: Value) => b.op('Unsqueeze', [x, b.ints([1])]);
  const place = b.op('Concat', [column(pairSources), column(keyHeadsOfPairs)], { axis: 1 });
  const split = (x: Value, { count, width }: Heads) => reshape(b, x, [-1, count, width]);
  const atPairs = (x: Value) => b.op('GatherND', [x, place]);
  const k = split(sources.k, keyHeads(attention));
  const v = split(sources.v, valueHeads(attention));

  // Σ_j probability · v_j over the sources that are not drawn: [n,1,T] × [n,T,v]
  const perKeyHead = b.op('Transpose', [v], { perm: [1, 0, 2] });
  const valuesOfHeads = b.op('Gather', [perKeyHead, b.op('Gather', [headOf, drawnHeads], { axis: 0 })], { axis: 0 });
  const restValues = b.op('Squeeze', [b.op('MatMul', [column(restAttention), valuesOfHeads]), b.ints([1])]);

  const out = (name: string, value: Value, rows: Dimension) => b.output(name, value, DataType.FLOAT, [rows, d]);
  const written = (name: string, vectors: Value, rows: Dimension) => out(name, b.op('Mul', [vectors, scale]), rows);
  out('keys', backToQueryInput(b, attention, perHead(atPairs(k), pairHeads, asked), sources), 'pairs');
  const seen = [perHead(atPairs(v), pairHeads, read), perHead(restValues, drawnHeads, read), restHeads, restO];
  const [ofPairs, ofSources, ofHeads, ofRows] = timesTogether(b, seen, projection);
  written('values', ofPairs, 'pairs');
  written('restSources', ofSources, 'heads');
  written('restHeads', ofHeads, 1);
  written('oRows', inputRows(b, projection, oNeurons), 'o_neurons');
  written('restO', ofRows, 1);
}

/** Neurons of the feed-forward layer. */
function selectMlp(b: GraphBuilder, mlp: FeedForwardSpec, d: number): void {
  const neurons = indices(b, 'neurons', 'neurons');
  const restNeurons = float(b, 'rest_neurons', [1, mlp.dMlp]);
  const scale = float(b, 'mlp_scale', [1, d]);
  const out = (name: string, value: Value, rows: Dimension) => b.output(name, value, DataType.FLOAT, [rows, d]);
  const written = (name: string, vectors: Value, rows: Dimension) => out(name, b.op('Mul', [vectors, scale]), rows);
  if (!isMixture(mlp)) {
    const { gate, up, down } = mlp;
    out('neuronKeys', outputColumns(b, up.weight, neurons), 'neurons');
    if (gate) out('neuronGates', outputColumns(b, gate.weight, neurons), 'neurons');
    written('neuronValues', inputRows(b, asStored(down.weight), neurons), 'neurons');
    return written('restNeurons', times(b, restNeurons, asStored(down.weight)), 1);
  }
  const { experts, shared, router } = mlp;
  const every = shared ? [...experts, shared.mlp] : experts;
  const ofNeurons = routedRows(b, indices(b, 'neuron_experts', 'neurons'), every.length);
  const gated = experts[0].gate !== undefined;
  const vectors = throughExperts(b, ofNeurons, every.length, (gated ? 3 : 2) * d, (e, rows) => {
    const { gate, up } = every[e];
    const own = b.op('Gather', [neurons, rows], { axis: 0 });
    const read = (layer: LinearSpec) => expertKeys(b, every[e], layer, own);
    return b.op('Concat', [read(up), expertValues(b, every[e], own), ...(gate ? [read(gate)] : [])], { axis: 1 });
  });
  const [keys, values, gates] = b.ops('Split', [vectors, b.ints(gated ? [d, d, d] : [d, d])], { axis: 1 }, gated ? [0, 1, 2] : [0, 1]);
  out('neuronKeys', keys, 'neurons');
  written('neuronValues', values, 'neurons');
  if (gates) out('neuronGates', gates, 'neurons');
  const chosen = routedRows(b, indices(b, 'experts', router.chosen), experts.length);
  written('restNeurons', reshape(b, writtenByEach(b, mlp, chosen, restNeurons), [-1, d]), router.chosen + (shared ? 1 : 0));
}
