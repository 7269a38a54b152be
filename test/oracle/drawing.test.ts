import assert from 'node:assert/strict';
import { buildFlowGraph } from '../../src/core/build/build-flow-graph';
import { nodeSentence } from '../../src/core/present/describe';
import { flowGraphSchema, type FlowGraph, type FlowNode } from '../../src/core/format/flow-graph';
import { nodeId } from '../../src/core/format/node-id';
import type { NodeKind } from '../../src/core/format/node-kinds';
import { layoutGraph } from '../../src/core/present/layout';
import { DEFAULT_COUNTS } from '../../src/core/format/default-counts';
import { fixtureNames, openFixture, patient } from './fixture';

/** Shares are sums of products of float32 numbers, some of them large. */
const TOLERANCE = 1e-3;

for (const name of fixtureNames) {
  describe(`The flow graph of the ${name} checkpoint`, () => {
    /** at the fixture's position, for the predicted token */
    let graph: FlowGraph;
    /** that one; a difference of two logits at the last position; and the upper half of the layers at the first position */
    let graphs: readonly FlowGraph[];
    let streamNormed: boolean;
    /** whether the reference has rows of a gate */
    let gated: boolean;

    before(async () => {
      const { pass, position, target, tokens, layers, expected } = await openFixture(name);
      const counts = { ...DEFAULT_COUNTS, heads: 1, values: 2, top: 3, bottom: 2, tokens: 3 };
      const last = pass.model.nLayers - 1;
      const whole = { from: 0, to: last };
      graph = await buildFlowGraph(pass, { layers: whole, position, target: null, counts }, patient);
      const against = (target + 1) % pass.model.vocabSize;
      const difference = await buildFlowGraph(
        pass,
        { layers: whole, position: tokens.length - 1, target: { id: target }, against, counts },
        patient,
      );
      const upper = { from: Math.ceil(last / 2), to: last };
      graphs = [graph, difference, await buildFlowGraph(pass, { layers: upper, position: 0, target: { id: target }, counts }, patient)];
      streamNormed = pass.streamNormed;
      gated = expected.has(`project.${layers[0]}.neuron_gates`);
    });

    const share = (nodes: readonly FlowNode[]) => nodes.reduce((sum, node) => sum + (node.share ?? NaN), 0);
    const near = (actual: number, expected: number, what: string) =>
      assert(Math.abs(actual - expected) <= TOLERANCE * Math.max(1, Math.abs(expected)), `${what}: ${actual} against ${expected}`);

    it('is whole: every edge joins two nodes, every node has its words and its place', () => {
      flowGraphSchema.parse(graph);
      const ids = new Set(graph.nodes.map(({ id }) => id));
      assert.equal(ids.size, graph.nodes.length);
      const { nodes: places } = layoutGraph(graph);
      for (const { id, from, to, kind } of graph.edges) {
        const [start, end] = [places.get(from), places.get(to)];
        assert(start && end && start.x < end.x, id);
        if (kind === 'residual') assert.deepEqual([start.y, end.y], [0, 0], id);
      }
      for (const node of graph.nodes) assert.match(nodeSentence(node, graph), /^[A-Z].*\.$/s);
      const reached = new Set(graph.edges.map(({ to }) => to));
      const sources = graph.nodes.filter(({ id }) => !reached.has(id)).map(({ kind }) => kind);
      assert.deepEqual(
        sources.filter((kind) => kind !== 'embed' && kind !== 'pos_embed'),
        [],
        'nodes that nothing leads to',
      );
    });

    it('adds up: the shares of what is drawn and of the rests are those of their sums', () => {
      for (const { nodes, layers, stream } of graphs) {
        if (streamNormed) {
          const summands = nodes.filter(({ kind }) => !kind.startsWith('resid_'));
          assert(
            summands.every((node) => node.share === undefined),
            'a norm on the stream leaves no summand its share',
          );
          continue;
        }
        const ofKind = (layer: number, ...kinds: NodeKind[]) => nodes.filter((node) => node.layer === layer && kinds.includes(node.kind));
        for (const layer of layers) {
          const [attnOut] = ofKind(layer, 'attn_out');
          const [mlpOut] = ofKind(layer, 'mlp_out');
          const bias = ofKind(layer, 'attn_bias');
          near(share([...ofKind(layer, 'head_out', 'heads_rest'), ...bias]), share([attnOut]), `heads of block ${layer}`);
          near(share([...ofKind(layer, 'o_neuron', 'o_rest'), ...bias]), share([attnOut]), `rows of W_O of block ${layer}`);
          near(share(ofKind(layer, 'neuron_value', 'neuron_rest', 'mlp_bias_out')), share([mlpOut]), `neurons of block ${layer}`);
          for (const out of ofKind(layer, 'head_out')) {
            const sources = ofKind(layer, 'head_value', 'head_rest').filter(({ head }) => head === out.head);
            near(share(sources), share([out]), `sources of head ${out.head} of block ${layer}`);
          }
          for (const out of ofKind(layer, 'expert')) {
            const neurons = ofKind(layer, 'neuron_value', 'neuron_rest').filter(({ expert }) => expert === out.expert);
            near(share(neurons), share([out]), `neurons of expert ${out.expert} of block ${layer}`);
          }
          const experts = ofKind(layer, 'expert');
          if (experts.length > 0) near(share(experts), share([mlpOut]), `experts of block ${layer}`);
          const step = stream.find((border) => border.layer === layer);
          near(share([attnOut, mlpOut]), step?.share ?? NaN, `block ${layer}`);
        }
        if (layers[0] === 0) near(share(ofKind(-1, 'embed', 'pos_embed')), stream[0].share, 'embeddings');
      }
    });

    it('lets every summand of a branch end in the sum to which it adds, at its own norm', () => {
      const { nodes, edges, layers } = graph;
      for (const [kinds, sum, raw] of [
        [['o_neuron', 'o_rest', 'attn_bias'], 'attn_out', 'attn_raw'],
        [['neuron_value', 'neuron_rest', 'expert', 'mlp_bias_out'], 'mlp_out', 'mlp_raw'],
      ] as const) {
        for (const layer of layers) {
          const ofKind = (...wanted: readonly NodeKind[]) => nodes.filter((node) => node.layer === layer && wanted.includes(node.kind));
          const [result] = ofKind(sum);
          const summands = ofKind(...kinds);
          assert(result && summands.length > 0);
          for (const { id, kind, expert, coefficient = 1, norm } of summands) {
            const [out, ...more] = edges.filter(({ from }) => from === id);
            // The neurons of an expert add to what it writes, and experts to what the layer does.
            const isOfExpert = expert !== undefined && kind !== 'expert';
            assert.deepEqual([out.to, more.length], [isOfExpert ? nodeId.expert(layer, expert) : result.id, 0], id);
            near(out.sign * out.weight, coefficient * norm, `edge of ${id}`);
          }
          // What enters the norm after a branch is shown beside the summands, and is none.
          for (const { id, norm } of ofKind(raw)) {
            const ends = edges.filter(({ from, to }) => from === id || to === id);
            assert.deepEqual([ends.length, ends.at(-1)?.to], [2, result.id]);
            for (const { weight } of ends) near(weight, norm, id);
          }
        }
      }
    });

    it('draws every norm that the block has, and one card for both rows of a gated neuron', () => {
      const { model } = graph;
      for (const key of graph.nodes.filter(({ kind }) => kind === 'neuron_key')) {
        assert.deepEqual(key.also?.map(({ title }) => title) ?? [], gated ? ['gate'] : [], key.id);
      }
      const norms = graph.nodes
        .filter(({ kind, layer }) => layer === 0 && ['ln1', 'ln2', 'attn_raw', 'mlp_raw'].includes(kind))
        .map(({ kind }) => kind);
      assert.deepEqual(norms, NORMS[model.family] ?? norms);
    });
  });
}

/** Norms of a block as they are drawn, in families where every model has the same. */
const NORMS: Readonly<Record<string, readonly NodeKind[]>> = {
  gpt2: ['ln1', 'ln2'],
  gptj: ['ln1'],
  llama: ['ln1', 'ln2'],
  phi: ['ln1'],
  gemma2: ['ln1', 'attn_raw', 'ln2', 'mlp_raw'],
  gemma3_text: ['ln1', 'attn_raw', 'ln2', 'mlp_raw'],
  olmo2: ['attn_raw', 'mlp_raw'],
};
