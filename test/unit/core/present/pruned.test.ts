import assert from 'node:assert/strict';
import { nodesForShare } from '../../../../src/core/analyse/attribution';
import { buildFlowGraph } from '../../../../src/core/build/build-flow-graph';
import { DEFAULT_COUNTS } from '../../../../src/core/format/default-counts';
import type { FlowGraph, FlowNode } from '../../../../src/core/format/flow-graph';
import { NODE_KINDS } from '../../../../src/core/format/node-kinds';
import { layoutGraph } from '../../../../src/core/present/layout';
import { leftOutId, pruned } from '../../../../src/core/present/pruned';
import { FakePass } from '../../../support/fake-pass';

async function graph(): Promise<FlowGraph> {
  const pass = new FakePass();
  const options = { layers: { from: 0, to: 2 }, position: pass.tokens.length - 1, target: null, counts: DEFAULT_COUNTS };
  return buildFlowGraph(pass, options, { signal: { aborted: false }, report: () => undefined });
}

/** What the drawn layers add, each summand once. */
const added = (nodes: readonly FlowNode[]): number =>
  nodes.reduce((sum, { kind, layer, share = 0 }) => {
    const { summand } = NODE_KINDS[kind];
    return layer >= 0 && (summand === 'drawn' || summand === 'rest') ? sum + share : sum;
  }, 0);

describe('A pruned circuit', () => {
  it('adds up to what the whole circuit adds, whatever is kept', async () => {
    const flow = await graph();
    for (const fraction of [0.05, 0.3, 0.6, 0.9]) {
      const { nodes } = pruned(flow, nodesForShare(flow, fraction));
      assert.ok(Math.abs(added(nodes) - added(flow.nodes)) < 1e-6, `at ${fraction}`);
    }
  });

  it('has one node a layer for what is left out, which says how much that is, in a column before the stream that leaves', async () => {
    const flow = await graph();
    const kept = nodesForShare(flow, 0.3);
    const { nodes, edges, gathered } = pruned(flow, kept);
    assert.deepEqual([...gathered], flow.layers.map(leftOutId));
    const { nodes: places, columns } = layoutGraph({ nodes }, gathered);
    for (const layer of flow.layers) {
      const [node, place] = [nodes.find(({ id }) => id === leftOutId(layer)), places.get(leftOutId(layer))];
      assert.ok(node && place && (node.count ?? 0) > 0);
      assert.equal(columns[place.column]?.name, 'others');
      assert.equal(columns[place.column + 1]?.name, 'resid_post');
      assert.ok(edges.some(({ from, to }) => from === node.id && to === `blocks.${layer}.hook_resid_post`));
    }
  });

  it('loses the stages of a branch of which nothing is kept, and never the stream', async () => {
    const flow = await graph();
    const stream = flow.nodes.filter(({ kind }) => NODE_KINDS[kind].role === 'stream' || NODE_KINDS[kind].role === 'embedding');
    const one = flow.nodes.find(({ kind, layer }) => kind === 'neuron_value' && layer === 1);
    assert.ok(one);
    const { nodes } = pruned(flow, new Set([...nodesForShare(flow, 0), one.id]));
    const left = nodes.filter(({ kind }) => !stream.some((node) => node.kind === kind)).map(({ id }) => id);
    const stages = flow.nodes.filter(({ layer, kind }) => layer === 1 && (kind === 'ln2' || kind === 'mlp_out')).map(({ id }) => id);
    assert.deepEqual(new Set(left), new Set([one.id, ...stages, ...flow.layers.map(leftOutId)]));
    for (const { id } of stream)
      assert.ok(
        nodes.some((node) => node.id === id),
        id,
      );
  });

  it('is the whole circuit where everything is kept', async () => {
    const flow = await graph();
    const { nodes, edges, gathered } = pruned(flow, nodesForShare(flow, 1));
    assert.deepEqual([nodes, edges, gathered.size], [flow.nodes, flow.edges, 0]);
  });
});
