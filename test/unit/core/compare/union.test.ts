import assert from 'node:assert/strict';
import { buildFlowGraph } from '../../../../src/core/build/build-flow-graph';
import { either, pairNodes, twinId } from '../../../../src/core/compare/union';
import type { FlowGraph, FlowNode } from '../../../../src/core/format/flow-graph';
import { DEFAULT_COUNTS } from '../../../../src/core/format/default-counts';
import { nodeId } from '../../../../src/core/format/node-id';
import { NODE_KINDS } from '../../../../src/core/format/node-kinds';
import { layoutGraph } from '../../../../src/core/present/layout';
import { FakePass } from '../../../support/fake-pass';

const LAYER = 1;
const same = (graph: FlowGraph): [number, number][] => graph.tokens.map((_, i) => [i, i]);

/** A graph in which every head is replaced: each has a node for what was put in. */
async function patchedGraph(): Promise<FlowGraph> {
  const pass = new FakePass();
  const options = { layers: { from: LAYER, to: LAYER }, position: pass.tokens.length - 1, target: null, counts: DEFAULT_COUNTS };
  const graph = await buildFlowGraph(pass, options, { signal: { aborted: false }, report: () => {} });
  const patches = graph.nodes.flatMap((node): FlowNode[] =>
    node.kind === 'head_out' && node.head !== undefined
      ? [{ ...node, kind: 'head_patch', id: nodeId.headPatch(LAYER, node.head), norm: 1, intervention: 'patch' }]
      : [],
  );
  return { ...graph, nodes: [...graph.nodes, ...patches] };
}

const headsOf = (nodes: readonly FlowNode[], kind: FlowNode['kind']): (number | undefined)[] =>
  nodes.filter((node) => node.kind === kind).map(({ head }) => head);

describe('The union of two graphs', () => {
  it('orders everything that belongs to a head by what the head adds, also what was put in its place', async () => {
    const graph = await patchedGraph();
    const union = pairNodes(graph, graph, same(graph)).map(either);
    const byReach = headsOf(union, 'head_out');
    assert.notDeepEqual(byReach, [...byReach].sort(), 'the order of importance is not that of the indices');
    const inHeads = graph.nodes.filter(({ kind, head }) => NODE_KINDS[kind].group === 'head' && head !== undefined);
    for (const kind of new Set(inHeads.map((node) => node.kind))) assert.deepEqual([...new Set(headsOf(union, kind))], byReach, kind);
  });

  it('draws heads in one order, whichever kind of node is asked', async () => {
    const graph = await patchedGraph();
    const { nodes } = layoutGraph({ nodes: pairNodes(graph, graph, same(graph)).map(either) });
    const topDown = (kind: FlowNode['kind']) =>
      graph.nodes
        .filter((node) => node.kind === kind)
        .sort((a, b) => (nodes.get(a.id)?.y ?? 0) - (nodes.get(b.id)?.y ?? 0))
        .map(({ head }) => head);
    assert.deepEqual(topDown('head_patch'), topDown('head_out'));
  });

  it('finds the twin of a source where the other prompt has its token', () => {
    const key = { id: nodeId.headKey(2, 11, 1), kind: 'head_key', layer: 2, head: 11, source: 1 } as FlowNode;
    assert.equal(twinId(key, [0, 5]), nodeId.headKey(2, 11, 5));
    assert.equal(twinId(key, [0, null]), null);
    const value = { ...key, id: nodeId.headValue(2, 11, 1), kind: 'head_value' } as FlowNode;
    assert.equal(twinId(value, [0, 12]), nodeId.headValue(2, 11, 12));
  });
});
