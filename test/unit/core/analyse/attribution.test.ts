import assert from 'node:assert/strict';
import fc from 'fast-check';
import { attribute, attributionLines, nodesForShare } from '../../../../src/core/analyse/attribution';
import { NODE_KINDS } from '../../../../src/core/format/node-kinds';
import { buildFlowGraph } from '../../../../src/core/build/build-flow-graph';
import type { ResolvedGraphOptions } from '../../../../src/core/build/flow-graph-builder';
import type { FlowGraph, FlowNode } from '../../../../src/core/format/flow-graph';
import { DEFAULT_COUNTS } from '../../../../src/core/format/default-counts';
import { FakePass } from '../../../support/fake-pass';
import { examples } from '../../../support/examples';

const quiet = { signal: { aborted: false }, report: () => {} };

async function graphOf(options: Partial<ResolvedGraphOptions> = {}): Promise<FlowGraph> {
  const pass = new FakePass();
  const counts = { ...DEFAULT_COUNTS, heads: 2, values: 2, top: 5, bottom: 3, tokens: 2 };
  return buildFlowGraph(pass, { layers: { from: 0, to: 2 }, position: pass.tokens.length - 1, target: null, counts, ...options }, quiet);
}

describe('attribute', () => {
  it('finds summands that sum to what is measured, whatever is drawn and however much of it', async () => {
    const range = fc.tuple(fc.nat(2), fc.nat(2)).map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }));
    const counts = fc.record({
      heads: fc.nat(4),
      values: fc.integer({ min: 1, max: 9 }),
      top: fc.nat(41),
      bottom: fc.nat(41),
      tokens: fc.constant(1),
    });
    const against = fc.option(fc.integer({ min: 60, max: 90 }), { nil: undefined });
    const measure = fc.constantFrom('centred' as const, 'raw' as const);
    await fc.assert(
      fc.asyncProperty(range, counts, against, measure, async (layers, counted, other, measured) => {
        const graph = await graphOf({
          layers,
          counts: counted,
          target: { id: 5 },
          measure: measured,
          ...(other !== undefined && { against: other }),
        });
        const found = attribute(graph);
        assert.ok(Math.abs(found.discrepancy) < 1e-3, `off by ${found.discrepancy}`);
        assert.equal(found.measured, graph.target.measured);
        assert.equal(graph.target.measure, other === undefined ? measured : 'difference');
        assert.ok(Math.abs(found.drawn + found.rest + found.outside - 1) < 1e-9);
        const named = found.summands.flatMap(({ node }) => node ?? []);
        assert.equal(new Set(named).size, named.length);
      }),
      { numRuns: examples(18) },
    );
  });

  it('counts everything as drawn where nothing is left to gather', async () => {
    const { drawn, rest, outside } = attribute(await graphOf({ counts: { heads: 0, values: 99, top: 99, bottom: 99, tokens: 1 } }));
    assert.deepEqual([drawn, rest, outside], [1, 0, 0]);
  });

  it('counts the stream before the drawn layers and the layers after them as outside', async () => {
    const graph = await graphOf({ layers: { from: 1, to: 1 } });
    const outside = attribute(graph).summands.filter(({ part }) => part === 'outside');
    assert.deepEqual(
      outside.map(({ node, title }) => node ?? title),
      ['blocks.1.hook_resid_pre', 'layer 2'],
    );
    assert.ok(Math.abs(outside[1].share - graph.stream[3].share) < 1e-9);
  });

  it('says what is drawn, and whether the sum is the logit, in shorter words where there is less room', () => {
    const found = { summands: [], drawn: 0.923, rest: 0.077, outside: 0, sum: 11.3041, measured: 11.3039, discrepancy: 2e-4 };
    const said = 'logit 13.011 less the mean logit 1.707';
    const lines = attributionLines(found, said);
    assert.deepEqual(lines, [
      `What is drawn explains 92 % of the logit, parts not drawn 8 %. Sum 11.304 = ${said}`,
      'What is drawn explains 92 % of the logit, parts not drawn 8 %.',
      'drawn 92 % · not drawn 8 %',
      'drawn 92 %',
    ]);
    assert.match(attributionLines({ ...found, sum: 11.3046, discrepancy: 7e-4 }, said)[0], /Sum 11\.305 ≈ logit 13\.011/);
    assert.match(
      attributionLines({ ...found, sum: 12, discrepancy: 0.7 }, 'logit difference a − b 11.304')[0],
      /Sum 12\.000 ≠ logit difference a − b 11\.304: this model’s logit is not a plain sum$/,
    );
    const [full, , short] = attributionLines({ ...found, drawn: 0.5, rest: 0.1, outside: 0.4 }, said);
    assert.match(full, /other layers and the final bias 40 %/);
    assert.equal(short, 'drawn 50 % · not drawn 10 % · other layers 40 %');
  });
});

describe('the nodes that account for a part of the absolute share', () => {
  let graph: FlowGraph;
  before(async () => (graph = await graphOf()));
  const shareOf = (nodes: readonly FlowNode[]): number => nodes.reduce((sum, { share }) => sum + Math.abs(share ?? 0), 0);
  const summands = (): FlowNode[] => {
    const named = new Set(attribute(graph).summands.map(({ node }) => node));
    return graph.nodes.filter(({ id }) => named.has(id));
  };

  it('do account for it, and not with fewer of the largest', () => {
    for (const fraction of [0.1, 0.5, 0.9, 0.99]) {
      const kept = nodesForShare(graph, fraction);
      const [inside, all] = [summands().filter(({ id }) => kept.has(id)), summands()];
      assert.ok(shareOf(inside) >= fraction * shareOf(all) - 1e-9);
      const smallest = Math.min(...inside.map(({ share }) => Math.abs(share ?? 0)));
      assert.ok(shareOf(inside) - smallest < fraction * shareOf(all));
      assert.ok(all.filter(({ id }) => !kept.has(id)).every(({ share }) => Math.abs(share ?? 0) <= smallest));
    }
  });

  it('may account for a part of the absolute effect instead', () => {
    const values = new Map(graph.nodes.map(({ id }, i) => [id, (i % 5) - 2]));
    const nodes = graph.nodes.map((node): FlowNode => ({ ...node, effect: { value: values.get(node.id) ?? 0, how: 'estimated' } }));
    const kept = nodesForShare({ nodes }, 0.5, new Set(), 'effect');
    const ranked = nodes.filter(({ kind }) => ['drawn', 'rest'].includes(NODE_KINDS[kind].summand ?? ''));
    const size = ({ id }: FlowNode): number => Math.abs(values.get(id) ?? 0);
    const sum = (some: readonly FlowNode[]): number => some.reduce((total, node) => total + size(node), 0);
    const [inside, outside] = [ranked.filter(({ id }) => kept.has(id)), ranked.filter(({ id }) => !kept.has(id))];
    assert.ok(sum(inside) >= 0.5 * sum(ranked) && outside.length > 0);
    assert.ok(Math.min(...inside.map(size)) >= Math.max(...outside.map(size)));
  });

  it('are more for a larger part, and all of them for the whole', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (a, b) => {
        const [fewer, more] = [nodesForShare(graph, Math.min(a, b)), nodesForShare(graph, Math.max(a, b))];
        for (const id of fewer) assert.ok(more.has(id), id);
      }),
    );
    assert.equal(nodesForShare(graph, 1).size, graph.nodes.length);
  });

  it('come with what belongs to them: a value with its key and its head, a neuron with its key', () => {
    const kept = nodesForShare(graph, 0.6);
    for (const node of graph.nodes.filter(({ id }) => kept.has(id))) {
      if (node.kind === 'head_value') {
        for (const other of [
          `blocks.${node.layer}.attn.head.${node.head}`,
          `blocks.${node.layer}.attn.head.${node.head}.query`,
          node.id.replace('value', 'key'),
        ])
          assert.ok(kept.has(other), other);
      }
      if (node.kind === 'head_key') assert.ok(kept.has(node.id.replace('key', 'value')));
      if (node.kind === 'neuron_value') assert.ok(kept.has(`${node.id}.key`));
      if (node.kind === 'neuron_key') assert.ok(kept.has(node.id.replace(/\.key$/, '')));
    }
  });

  it('always include the residual stream, the stages of each block, and what is pinned', () => {
    const pinned = graph.nodes.filter(({ kind }) => kind === 'neuron_value' || kind === 'o_neuron').at(-1)!.id;
    assert.ok(!nodesForShare(graph, 0).has(pinned));
    const kept = nodesForShare(graph, 0, new Set([pinned]));
    assert.ok(kept.has(pinned));
    for (const { id, kind } of graph.nodes) {
      if (/^(resid_|ln|attn_out|mlp_out|concat|q$)/.test(kind)) assert.ok(kept.has(id), id);
    }
    assert.ok(kept.size < graph.nodes.length / 2);
  });
});
