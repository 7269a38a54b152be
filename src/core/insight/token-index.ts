/**
 * An index of a whole pass by token: what every place of it lists as its most likely tokens, so that each token can be found. Of the
 * position under study: the stream, both branches, every head, what heads read most, the strongest rows of W_O and neurons, in every
 * layer; of the positions around it: the stream. docs/method.md, "Finding a token".
 */
import { stopIfCancelled } from '../cancel';
import type { CallContext } from '../call-context';
import { selectBlock } from '../build/select';
import { placeOf } from '../build/stream-place';
import type { ModelInfo, PromptToken } from '../format/flow-graph';
import type { GraphCounts } from '../format/graph-counts';
import type { NodeKind } from '../format/node-kinds';
import { nodeId } from '../format/node-id';
import type { ExpertName } from '../format/component';
import { neuronAt } from '../pass/block-state';
import type { InspectablePass } from '../pass/inspectable-pass';
import { joined, rowOf } from '../pass/vector';
import type { TokenText } from '../text/token-text';

/** A vector of the pass that is read as tokens: a node of the flow graph of its layer and position. */
export interface IndexedPlace {
  /** id of its node in the flow graph of its layer at its position */
  readonly node: string;
  readonly kind: NodeKind;
  readonly layer: number;
  readonly position: number;
  readonly head?: number;
  /** the position that a head reads, and with what probability */
  readonly source?: number;
  readonly attention?: number;
  readonly neuron?: number;
  /** the expert that the neuron is of */
  readonly expert?: ExpertName;
  /** of a row of W_O, or of a neuron: the tokens are those of what it writes, the opposite of its value where this is negative */
  readonly coefficient?: number;
  /** its most likely tokens, the first one first: places in `vocabulary` */
  readonly listed: readonly number[];
  /** of each */
  readonly probabilities: readonly number[];
}

/** The answer of the `tokenIndex` call. */
export interface TokenIndex {
  readonly schema: 'visit.token-index/1';
  readonly model: ModelInfo;
  readonly prompt: string;
  readonly tokens: readonly PromptToken[];
  readonly position: number;
  /** first and last position whose stream is read */
  readonly around: { readonly from: number; readonly to: number };
  /** how many tokens each place lists */
  readonly depth: number;
  /** all tokens that are listed anywhere, once each */
  readonly vocabulary: readonly TokenText[];
  readonly places: readonly IndexedPlace[];
}

/** What decides an index besides model and prompt. */
export interface TokenIndexOptions {
  /** index of the token under study, from 0 */
  readonly position: number;
  /** how much of each block is read; every head is, and `tokens` is how many each place lists */
  readonly counts: GraphCounts;
}

/** Positions whose stream is read: a long prompt's would take longer than all the rest. */
const MOST_POSITIONS = 64;

/** A place before it has been read. */
type Unread = Omit<IndexedPlace, 'listed' | 'probabilities'>;

/**
 * Reads each layer in one batch of the lens.
 *
 * @throws Problem `cancelled` between layers when the caller has cancelled
 */
export async function buildTokenIndex(
  pass: InspectablePass,
  { position, counts }: TokenIndexOptions,
  context: CallContext,
): Promise<TokenIndex> {
  const { nLayers } = pass.model;
  const from = Math.max(0, position + 1 - MOST_POSITIONS);
  const around = { from, to: Math.min(pass.tokens.length, from + MOST_POSITIONS) - 1 };
  const vocabulary = new Map<number, number>();
  const places: IndexedPlace[] = [];
  let depth = counts.tokens;
  for (let layer = 0; layer < nLayers; layer++) {
    stopIfCancelled(context, 'The search');
    context.report({ message: `Reading layer ${layer}`, done: layer, total: nLayers });
    const { unread, rows } = await placesOf(pass, layer, position, around, counts);
    const at = unread.map(({ kind }) => placeOf(kind, layer));
    const { k, topIds, topProbabilities, norms } = await pass.read(joined(rows), { target: { id: 0 }, k: counts.tokens, position, at });
    depth = k;
    unread.forEach((place, i) => {
      if (norms[i] === 0 || place.coefficient === 0) return; // it writes nothing
      const ids = topIds.subarray(i * k, (i + 1) * k);
      places.push({
        ...place,
        listed: Array.from(ids, (id) => indexOf(id)),
        probabilities: [...topProbabilities.subarray(i * k, (i + 1) * k)],
      });
    });
  }
  return {
    schema: 'visit.token-index/1',
    model: pass.model,
    prompt: pass.prompt,
    tokens: pass.tokens,
    position,
    around,
    depth,
    vocabulary: [...vocabulary.keys()].map((id) => pass.tokenText(id)),
    places,
  };

  function indexOf(id: number): number {
    const known = vocabulary.get(id) ?? vocabulary.size;
    vocabulary.set(id, known);
    return known;
  }
}

/** What is read of a layer, and the vectors. */
async function placesOf(
  pass: InspectablePass,
  layer: number,
  position: number,
  around: TokenIndex['around'],
  counts: GraphCounts,
): Promise<{ readonly unread: readonly Unread[]; readonly rows: readonly Float32Array[] }> {
  const { dModel: d, nHeads } = pass.model;
  const unread: Unread[] = [];
  const rows: Float32Array[] = [];
  const add = (place: Omit<Unread, 'layer' | 'position'> & { readonly position?: number }, row: Float32Array): void => {
    unread.push({ layer, position, ...place });
    rows.push(row);
  };
  const state = await pass.block(layer, position);
  const selection = selectBlock(state, nHeads, position, { ...counts, heads: 0 });
  const vectors = await pass.vectors(layer, position, state, selection);
  const { attention, mlp } = state;

  if (layer === 0) add({ node: nodeId.residPre(0), kind: 'resid_pre' }, state.residPre);
  for (let p = around.from; p <= around.to; p++)
    add({ node: nodeId.residPost(layer), kind: 'resid_post', position: p }, rowOf(pass.stream[layer + 1], p, d));
  if (state.residMid) add({ node: nodeId.residMid(layer), kind: 'resid_mid' }, state.residMid);
  add({ node: nodeId.attnOut(layer), kind: 'attn_out' }, attention.out);
  add({ node: nodeId.mlpOut(layer), kind: 'mlp_out' }, mlp.out);
  let pair = 0;
  selection.heads.forEach((head, i) => {
    add({ node: nodeId.headOut(layer, head), kind: 'head_out', head }, rowOf(attention.headOut, head, d));
    for (const source of selection.sources[i]) {
      const read = { head, source, attention: attention.pattern[head * pass.tokens.length + source] };
      add({ node: nodeId.headValue(layer, head, source), kind: 'head_value', ...read }, rowOf(vectors.values, pair++, d));
    }
  });
  selection.oNeurons.forEach((neuron, i) => {
    const [coefficient, row] = [attention.z[neuron], rowOf(vectors.oRows, i, d)];
    const head = Math.floor((neuron * nHeads) / attention.z.length);
    add({ node: nodeId.oNeuron(layer, neuron), kind: 'o_neuron', head, neuron, coefficient }, written(coefficient, row));
  });
  selection.neurons.forEach((neuron, i) => {
    const [coefficient, row] = [mlp.coefficients[neuron], rowOf(vectors.neuronValues, i, d)];
    const { expert, neuron: number } = neuronAt(mlp, neuron);
    const node = expert === undefined ? nodeId.neuronValue(layer, number) : nodeId.expertNeuronValue(layer, expert, number);
    const named = { neuron: number, ...(expert !== undefined && { expert }) };
    add({ node, kind: 'neuron_value', ...named, coefficient }, written(coefficient, row));
  });
  return { unread, rows };
}

/** A negative coefficient writes the opposite of a value. */
function written(coefficient: number, row: Float32Array): Float32Array {
  return coefficient < 0 ? row.map((x) => -x) : row;
}
