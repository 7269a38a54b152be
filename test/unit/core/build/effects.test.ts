import assert from 'node:assert/strict';
import { estimateGraphEffects } from '../../../../src/core/analyse/effects/graph-effects';
import { buildFlowGraph } from '../../../../src/core/build/build-flow-graph';
import { DEFAULT_COUNTS } from '../../../../src/core/format/default-counts';
import { flowGraphSchema, type FlowGraph } from '../../../../src/core/format/flow-graph';
import { NODE_KINDS, type NodeKind } from '../../../../src/core/format/node-kinds';
import type { Baseline } from '../../../../src/core/pass/effects';
import { settledTarget } from '../../../../src/core/pass/target';
import { FakePass } from '../../../support/fake-pass';
import { rejects } from '../../../support/rejects';

const quiet = { signal: { aborted: false }, report: () => {} };
const counts = { ...DEFAULT_COUNTS, heads: 2, values: 2, top: 5, bottom: 3, tokens: 4 };

async function graphWith(baseline: Baseline, by: 'norm' | 'effect' = 'norm', from = 0): Promise<FlowGraph> {
  const pass = new FakePass();
  const options = { layers: { from, to: 2 }, position: pass.tokens.length - 1, target: null, counts };
  const target = await settledTarget(pass, options);
  const effects = await estimateGraphEffects(pass, { position: options.position, target, baseline }, options.layers, quiet);
  return buildFlowGraph(pass, { ...options, effects, by }, quiet);
}

const sumOf = (graph: FlowGraph, layer: number, head: number | undefined, ...kinds: NodeKind[]): number =>
  graph.nodes
    .filter((node) => node.layer === layer && kinds.includes(node.kind) && (head === undefined || node.head === head))
    .reduce((sum, { effect }) => sum + (effect?.value ?? 0), 0);
const close = (a: number, b: number, what: string): void => assert.ok(Math.abs(a - b) < 1e-3, `${what}: ${a} against ${b}`);

const BASELINES: readonly (readonly [name: string, baseline: Baseline])[] = [
  ['nothing', { kind: 'zero' }],
  ['a twin', { kind: 'twin', pass: new FakePass('The capital of France is the city of', [], { seed: 2 }) }],
  ['a shorter twin', { kind: 'twin', pass: new FakePass('is the city of', [], { seed: 3 }) }],
  [
    'a mean',
    { kind: 'mean', passes: [new FakePass('one two three', [], { seed: 4 }), new FakePass('one two three four', [], { seed: 5 })] },
  ],
];

describe('estimated effects in a flow graph', () => {
  for (const [name, baseline] of BASELINES) {
    it(`of what a sum is made of add up to that of the sum, with ${name} in a component’s place`, async () => {
      const graph = await graphWith(baseline);
      assert.deepEqual(flowGraphSchema.parse(graph).effects, graph.effects);
      for (const layer of graph.layers) {
        close(sumOf(graph, layer, undefined, 'head_out', 'heads_rest', 'attn_bias'), sumOf(graph, layer, undefined, 'attn_out'), 'heads');
        close(sumOf(graph, layer, undefined, 'o_neuron', 'o_rest', 'attn_bias'), sumOf(graph, layer, undefined, 'attn_out'), 'rows');
        const neurons = sumOf(graph, layer, undefined, 'neuron_value', 'neuron_rest', 'mlp_bias_out');
        close(neurons, sumOf(graph, layer, undefined, 'mlp_out'), 'neurons');
        for (const { head } of graph.nodes.filter(({ kind, layer: of }) => kind === 'head_out' && of === layer)) {
          close(sumOf(graph, layer, head, 'head_value', 'head_rest'), sumOf(graph, layer, head, 'head_out'), `sources of ${head}`);
        }
        // The fake model reads its final stream directly, so the gradient is the same at every border.
        const mid = sumOf(graph, layer, undefined, 'resid_mid');
        close(mid + sumOf(graph, layer, undefined, 'mlp_out'), sumOf(graph, layer, undefined, 'resid_post'), 'stream');
      }
      close(sumOf(graph, -1, undefined, 'embed', 'pos_embed'), sumOf(graph, 0, undefined, 'resid_pre'), 'embeddings');
      close(
        sumOf(graph, 2, undefined, 'resid_post'),
        baseline.kind === 'zero' ? graph.effects!.value : sumOf(graph, 2, undefined, 'resid_post'),
        'all',
      );
    });
  }

  it('are there for every component that is drawn, and for nothing else', async () => {
    const graph = await graphWith({ kind: 'zero' });
    const without = graph.nodes.filter(({ effect }) => effect === undefined).map(({ kind }) => kind);
    assert.deepEqual([...new Set(without)].sort(), ['concat', 'head_key', 'head_query', 'ln1', 'ln2', 'mlp_bias_in', 'neuron_key', 'q']);
    for (const { kind, effect } of graph.nodes) if (effect) assert.ok(NODE_KINDS[kind] && effect.how === 'estimated');
  });

  it('leave out sources that a shorter twin has no partner of, and say from where on there are partners', async () => {
    const graph = await graphWith({ kind: 'twin', pass: new FakePass('is the city of', [], { seed: 3 }) });
    assert.equal(graph.effects?.first, 4);
    const sources = graph.nodes.filter(({ kind }) => kind === 'head_value');
    assert.ok(sources.some(({ source = 0 }) => source < 4));
    for (const { source = 0, effect } of sources) assert.equal(effect === undefined, source < 4);
  });

  it('decide what is drawn if they are asked to: the heads, sources and neurons with the largest', async () => {
    const all = await graphWith({ kind: 'zero' }, 'effect');
    const pass = new FakePass();
    const target = await settledTarget(pass, { position: 7, target: null });
    const { blocks } = await estimateGraphEffects(pass, { position: 7, target, baseline: { kind: 'zero' } }, { from: 1, to: 1 }, quiet);
    const { heads, neurons } = blocks.get(1)!;
    const largest = [...heads.keys()].sort((a, b) => Math.abs(heads[b]) - Math.abs(heads[a])).slice(0, 2);
    const drawn = all.nodes.filter(({ kind, layer }) => kind === 'head_out' && layer === 1).map(({ head }) => head);
    assert.deepEqual(drawn, largest);
    const order = [...neurons.keys()].sort((a, b) => neurons[b] - neurons[a]);
    const drawnNeurons = all.nodes.filter(({ kind, layer }) => kind === 'neuron_value' && layer === 1).map(({ neuron }) => neuron);
    assert.deepEqual(drawnNeurons, [...order.slice(0, 5), ...order.slice(-3)]);
  });

  it('leave the choice to shares where these are asked for, and say where a model’s components have none', async () => {
    const pass = new FakePass();
    const options = { layers: { from: 1, to: 1 }, position: 7, target: null };
    const all = await buildFlowGraph(pass, { ...options, counts: { ...counts, heads: 0, values: 8, top: 40, bottom: 0 } }, quiet);
    const drawn = await buildFlowGraph(pass, { ...options, counts, by: 'share' }, quiet);
    const ranked = (kind: NodeKind, head?: number) =>
      all.nodes
        .filter((node) => node.kind === kind && (head === undefined || node.head === head))
        .sort((a, b) => (b.share ?? 0) - (a.share ?? 0));
    const bySize = (kind: NodeKind, head?: number) => ranked(kind, head).sort((a, b) => Math.abs(b.share ?? 0) - Math.abs(a.share ?? 0));
    const heads = drawn.nodes.filter(({ kind }) => kind === 'head_out').map(({ head }) => head);
    assert.deepEqual(
      heads,
      bySize('head_out')
        .slice(0, 2)
        .map(({ head }) => head),
    );
    for (const head of heads)
      assert.deepEqual(
        drawn.nodes.filter((node) => node.kind === 'head_value' && node.head === head).map(({ source }) => source),
        bySize('head_value', head)
          .slice(0, 2)
          .map(({ source }) => source),
      );
    for (const kind of ['o_neuron', 'neuron_value'] as const) {
      const order = ranked(kind);
      assert.deepEqual(
        drawn.nodes.filter((node) => node.kind === kind).map(({ neuron }) => neuron),
        [...order.slice(0, 5), ...order.slice(-3)].map(({ neuron }) => neuron),
      );
    }
    const normed = Object.assign(new FakePass(), { streamNormed: true });
    await rejects(buildFlowGraph(normed, { ...options, counts, by: 'share' }, quiet), 'bad-request', /have no shares/);
  });

  it('are not there unless they are asked for', async () => {
    const pass = new FakePass();
    const graph = await buildFlowGraph(pass, { layers: { from: 0, to: 2 }, position: 7, target: null, counts }, quiet);
    assert.ok(graph.effects === undefined && graph.nodes.every(({ effect }) => effect === undefined));
  });
});
