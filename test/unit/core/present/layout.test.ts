import assert from 'node:assert/strict';
import { buildFlowGraph } from '../../../../src/core/build/build-flow-graph';
import { nodeSentence, nodeTitle } from '../../../../src/core/present/describe';
import type { FlowGraph } from '../../../../src/core/format/flow-graph';
import { layoutGraph, type PlacedNode } from '../../../../src/core/present/layout';
import { DEFAULT_COUNTS } from '../../../../src/core/format/default-counts';
import { FakePass } from '../../../support/fake-pass';

async function graph(): Promise<FlowGraph> {
  const pass = new FakePass();
  const options = { layers: { from: 0, to: 2 }, position: pass.tokens.length - 1, target: null, counts: DEFAULT_COUNTS };
  return buildFlowGraph(pass, options, { signal: { aborted: false }, report: () => {} });
}

const overlap = (a: PlacedNode, b: PlacedNode): boolean =>
  Math.abs(a.x - b.x) < (a.width + b.width) / 2 && Math.abs(a.y - b.y) < (a.height + b.height) / 2;

describe('layoutGraph', () => {
  it('places every node once and lets no two overlap', async () => {
    const flow = await graph();
    const { nodes } = layoutGraph(flow);
    assert.equal(nodes.size, flow.nodes.length);
    const placed = [...nodes.values()];
    for (const [i, a] of placed.entries()) {
      for (const b of placed.slice(i + 1)) assert.ok(!overlap(a, b), `${a.id} lies on ${b.id}`);
    }
  });

  it('leads every edge from left to right', async () => {
    const flow = await graph();
    const { nodes } = layoutGraph(flow);
    for (const edge of flow.edges) {
      const [from, to] = [nodes.get(edge.from), nodes.get(edge.to)];
      assert.ok(from && to && from.x < to.x, edge.id);
    }
  });

  it('keeps the residual rail free: no residual edge crosses a node', async () => {
    const flow = await graph();
    const { nodes } = layoutGraph(flow);
    for (const edge of flow.edges.filter((e) => e.kind === 'residual')) {
      const [from, to] = [nodes.get(edge.from), nodes.get(edge.to)];
      assert.ok(from && to && from.y === 0 && to.y === 0);
      const between = [...nodes.values()].filter((n) => n.x > from.x && n.x < to.x && Math.abs(n.y) < n.height);
      assert.deepEqual(between, []);
    }
  });

  it('is the same for the same nodes', async () => {
    const flow = await graph();
    assert.deepEqual(layoutGraph(flow), layoutGraph({ nodes: structuredClone(flow.nodes) }));
  });
});

describe('descriptions', () => {
  it('name every node by layer, part and prompt token', async () => {
    const flow = await graph();
    for (const node of flow.nodes) assert.match(nodeSentence(node, flow), /^[A-Z].*\.$/s);
    const value = flow.nodes.find((n) => n.kind === 'head_value' && n.source === 3);
    assert.ok(value);
    assert.equal(nodeTitle(value, flow), `Layer ${value.layer} · head ${value.head} · value at ‘·Japan’`);
  });

  it('warn that the first feed-forward bias is not a summand', async () => {
    const flow = await graph();
    const bias = flow.nodes.find((n) => n.kind === 'mlp_bias_in');
    assert.ok(bias);
    assert.match(nodeSentence(bias, flow), /approximation, not a summand/);
    assert.equal(bias.share, undefined);
  });
});
