import assert from 'node:assert/strict';
import { buildFlowGraph } from '../../../../src/core/build/build-flow-graph';
import type { ResolvedGraphOptions } from '../../../../src/core/build/flow-graph-builder';
import { flowGraphSchema, type FlowGraph, type FlowNode } from '../../../../src/core/format/flow-graph';
import type { NodeKind } from '../../../../src/core/format/node-kinds';
import { Problem } from '../../../../src/core/problem';
import { DEFAULT_COUNTS } from '../../../../src/core/format/default-counts';
import { FakePass } from '../../../support/fake-pass';
import { rejects } from '../../../support/rejects';

const quiet = { signal: { aborted: false }, report: () => {} };
const last = (pass: FakePass): number => pass.tokens.length - 1;

async function graphOf(pass: FakePass, options: Partial<ResolvedGraphOptions> = {}): Promise<FlowGraph> {
  const counts = { ...DEFAULT_COUNTS, heads: 2, values: 2, top: 5, bottom: 3, tokens: 4 };
  return buildFlowGraph(pass, { layers: { from: 1, to: 2 }, position: last(pass), target: null, counts, ...options }, quiet);
}

const ofKind = (graph: FlowGraph, layer: number, ...kinds: NodeKind[]): FlowNode[] =>
  graph.nodes.filter((n) => n.layer === layer && kinds.includes(n.kind));
const shareOf = (nodes: readonly FlowNode[]): number => nodes.reduce((sum, n) => sum + (n.share ?? 0), 0);
const close = (a: number, b: number, what: string): void => assert.ok(Math.abs(a - b) < 1e-4, `${what}: ${a} against ${b}`);

describe('buildFlowGraph', () => {
  it('yields what the published schema describes', async () => {
    assert.deepEqual(flowGraphSchema.parse(await graphOf(new FakePass())).layers, [1, 2]);
  });

  it('draws summands and a rest that add up to every sum, measured by their shares', async () => {
    // The fake lens is linear, so a share is a linear functional of the vector: sums of vectors are sums of shares.
    const graph = await graphOf(new FakePass());
    for (const layer of graph.layers) {
      const [attnOut] = ofKind(graph, layer, 'attn_out');
      const bias = ofKind(graph, layer, 'attn_bias');
      close(shareOf([...ofKind(graph, layer, 'head_out', 'heads_rest'), ...bias]), attnOut.share ?? NaN, 'heads');
      close(shareOf([...ofKind(graph, layer, 'o_neuron', 'o_rest'), ...bias]), attnOut.share ?? NaN, 'rows of W_O');
      const [mlpOut] = ofKind(graph, layer, 'mlp_out');
      close(shareOf(ofKind(graph, layer, 'neuron_value', 'neuron_rest', 'mlp_bias_out')), mlpOut.share ?? NaN, 'neurons');
      for (const out of ofKind(graph, layer, 'head_out')) {
        const parts = ofKind(graph, layer, 'head_value', 'head_rest').filter((n) => n.head === out.head);
        close(shareOf(parts), out.share ?? NaN, `sources of head ${out.head}`);
      }
    }
    const steps = graph.stream.reduce((sum, step) => sum + step.share, 0);
    close(steps + graph.normBias, graph.target.measured, 'depth strip');
    const raw = await graphOf(new FakePass(), { measure: 'raw' });
    close(
      raw.stream.reduce((sum, step) => sum + step.share, raw.normBias),
      raw.target.logit,
      'depth strip, raw',
    );
  });

  it('omits a rest where nothing is left to gather', async () => {
    const pass = new FakePass();
    const counts = { ...DEFAULT_COUNTS, heads: 0, values: 99, top: 99, bottom: 99, tokens: 2 };
    const graph = await graphOf(pass, { counts });
    assert.deepEqual(
      graph.nodes.filter((n) => n.kind.endsWith('rest')),
      [],
    );
    assert.equal(ofKind(graph, 1, 'neuron_value').length, pass.model.dMlp);
    assert.equal(new Set(graph.nodes.map((n) => n.id)).size, graph.nodes.length);
  });

  it('shares the residual stream between consecutive layers and connects every edge', async () => {
    const graph = await graphOf(new FakePass(), { layers: { from: 0, to: 2 } });
    const ids = new Set(graph.nodes.map((n) => n.id));
    assert.equal(ids.size, graph.nodes.length);
    assert.equal(new Set(graph.edges.map((e) => e.id)).size, graph.edges.length);
    for (const edge of graph.edges) assert.ok(ids.has(edge.from) && ids.has(edge.to), edge.id);
    assert.ok(
      graph.edges.some((e) => e.from === 'blocks.0.hook_resid_post' && e.to === 'blocks.1.hook_resid_mid' && e.kind === 'residual'),
    );
    assert.equal(graph.nodes.filter((n) => n.kind === 'resid_pre').length, 1);
    assert.deepEqual(
      graph.nodes.filter((n) => n.layer === -1).map((n) => n.id),
      ['embed', 'pos_embed'],
    );
  });

  it('labels a neuron with a negative coefficient by its least likely token', async () => {
    const graph = await graphOf(new FakePass());
    const negative = graph.nodes.filter((n) => (n.coefficient ?? 0) < 0);
    assert.ok(negative.length > 0);
    for (const node of negative) assert.equal(node.label, node.reading?.bottom[0].text);
  });

  it('takes the prediction as target unless one is given', async () => {
    const auto = await graphOf(new FakePass());
    assert.equal(auto.target.rank, 1);
    assert.equal(auto.target.chosen, 'auto');
    const given = await graphOf(new FakePass(), { target: { id: 5 } });
    assert.deepEqual([given.target.id, given.target.chosen], [5, 'user']);
  });

  it('makes every logit and share of the target a difference when another token is named', async () => {
    const one = await graphOf(new FakePass(), { target: { id: 5 } });
    const other = await graphOf(new FakePass(), { target: { id: 8 } });
    const both = flowGraphSchema.parse(await graphOf(new FakePass(), { target: { id: 5 }, against: 8 }));
    close(both.target.logit, one.target.logit - other.target.logit, 'logit');
    assert.deepEqual([both.target.rank, both.target.probability], [one.target.rank, one.target.probability]);
    const { logit, probability } = other.target;
    assert.deepEqual(both.target.against, { id: 8, text: ' word8', logit, probability });
    both.nodes.forEach((node, i) => {
      assert.equal(node.share === undefined, one.nodes[i].share === undefined);
      close(node.share ?? 0, (one.nodes[i].share ?? 0) - (other.nodes[i].share ?? 0), node.id);
      if (node.reading)
        close(
          node.reading.target.logit,
          (one.nodes[i].reading?.target.logit ?? NaN) - (other.nodes[i].reading?.target.logit ?? NaN),
          node.id,
        );
    });
    const sum = both.stream.reduce((total, step) => total + step.share, both.normBias);
    close(sum, both.target.logit, 'the shares of the difference sum to it');
  });

  it('refuses to compare a target with itself, chosen or predicted', async () => {
    await rejects(graphOf(new FakePass(), { target: { id: 5 }, against: 5 }), 'against-itself', /word5/);
    const { target } = await graphOf(new FakePass());
    await rejects(graphOf(new FakePass(), { against: target.id }), 'against-itself', /predicts/);
  });

  it('asks the lens once, however many nodes there are, and learns the target on the way', async () => {
    const pass = new FakePass();
    const { target, stream } = await graphOf(pass, { layers: { from: 0, to: 2 } });
    assert.equal(pass.reads, 1);
    assert.equal(target.id, stream[stream.length - 1].reading.top[0].id);
    const again = await graphOf(pass, { target: { id: target.id } });
    assert.deepEqual(again.stream, (await graphOf(pass)).stream);
    assert.equal(pass.reads, 3);
  });

  it('reads what a head offers to later tokens through the map that its sources are read through', async () => {
    const pass = new FakePass();
    const read = pass.read.bind(pass);
    // Norms tell the border whose map a vector is read through.
    pass.read = async (rows, request) => ({
      ...(await read(rows, request)),
      norms: Float32Array.from(request.at ?? [], ({ border }) => border),
    });
    const graph = await graphOf(pass);
    for (const layer of graph.layers) {
      const [query] = ofKind(graph, layer, 'head_query');
      const [key] = ofKind(graph, layer, 'head_key');
      const [value] = ofKind(graph, layer, 'head_value');
      assert.deepEqual([query.norm, key.norm, value.norm], [layer, layer, layer + 1]);
      assert.deepEqual(
        query.also?.map(({ title, norm }) => [title, norm]),
        [
          ['own key, for later tokens', key.norm],
          ['own value, for later tokens', value.norm],
        ],
      );
    }
  });

  it('looks into no block again to read the same vectors through another lens, and does for another position or choice', async () => {
    const pass = new FakePass();
    let looks = 0;
    const look = pass.block.bind(pass);
    pass.block = (layer, position) => {
      looks++;
      return look(layer, position);
    };
    const first = await graphOf(pass);
    assert.equal(looks, 2);
    assert.deepEqual(await graphOf(pass), first);
    assert.equal(looks, 2);
    await graphOf(pass, { target: { id: 5 } });
    assert.equal(looks, 4);
    assert.deepEqual(await graphOf(pass), first);
    assert.equal(looks, 6);
  });

  it('stops between blocks when cancelled', async () => {
    const pass = new FakePass();
    const context = { signal: { aborted: true }, report: () => {} };
    const options = { layers: { from: 0, to: 1 }, position: last(pass), target: null, counts: DEFAULT_COUNTS };
    await assert.rejects(buildFlowGraph(pass, options, context), (e) => e instanceof Problem && e.code === 'cancelled');
  });
});
