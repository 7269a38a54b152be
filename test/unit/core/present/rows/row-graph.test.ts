import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { FlowGraph, FlowNode } from '../../../../../src/core/format/flow-graph';
import type { PlacedNode } from '../../../../../src/core/present/layout';
import { layerKey } from '../../../../../src/core/present/rows/choose-rows';
import { ROWS, type RowOptions } from '../../../../../src/core/present/rows/row-options';
import { rowGraph, type RowGraph } from '../../../../../src/core/present/rows/row-graph';
import { sampleGraph } from '../../../../webview/sample-graph';
import { examples } from '../../../../support/examples';

const WIDTHS = [321, 461, 621, 771, 1099, 1500];

const asked = (width: number, height: number, more: Partial<RowOptions> = {}): RowOptions => ({
  width,
  height,
  aside: width >= 1100,
  kept: 1,
  by: 'share',
  pinned: new Set(),
  unfolded: new Set(),
  ...more,
});

const overlap = (a: PlacedNode, b: PlacedNode): boolean =>
  Math.abs(a.x - b.x) < (a.width + b.width) / 2 && Math.abs(a.y - b.y) < (a.height + b.height) / 2;

/** Fails where boxes overlap, leave the width, or are too low for text of 11 px. */
function assertDrawn({ layout, nodes, edges }: RowGraph, width: number): void {
  const places = [...layout.nodes.values()];
  assert.equal(places.length, nodes.length);
  for (const [i, a] of places.entries()) {
    assert.ok(a.x - a.width / 2 >= 0 && a.x + a.width / 2 <= width, `${a.id} is inside ${width} px`);
    assert.ok(a.height >= 14, `${a.id} holds text of 11 px`);
    for (const b of places.slice(i + 1)) assert.ok(!overlap(a, b), `${a.id} lies on ${b.id} at ${width} px`);
  }
  for (const { id, from, to } of edges) {
    assert.ok(layout.nodes.has(from) && layout.nodes.has(to), `${id} has both ends`);
    for (const { x1, x2, y1, y2 } of layout.upright?.wires.get(id) ?? []) {
      assert.ok(Math.min(x1, x2) >= 0 && Math.max(x1, x2) <= width && Number.isFinite(y1 + y2), `${id} is inside ${width} px`);
    }
  }
}

/** What flows into a node. */
function into({ nodes, edges }: RowGraph, id: string): readonly FlowNode[] {
  const from = new Set(edges.filter((edge) => edge.to === id).map((edge) => edge.from));
  return nodes.filter((node) => from.has(node.id));
}

const sum = (nodes: readonly FlowNode[]): number => nodes.reduce((total, { share }) => total + (share ?? 0), 0);
const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-4 * Math.max(1, Math.abs(a), Math.abs(b));

describe('A graph drawn upright', () => {
  let one: FlowGraph;
  let two: FlowGraph;
  let many: FlowGraph;
  before(async () => {
    one = await sampleGraph({ nHeads: 9 });
    two = await sampleGraph({ layers: { from: 4, to: 5 } });
    many = await sampleGraph({ nLayers: 30, nHeads: 9, layers: { from: 0, to: 29 } });
  });

  for (const width of WIDTHS) {
    it(`keeps its boxes apart, inside ${width} px, and high enough for 11 px`, () => {
      for (const graph of [one, two, many]) {
        for (const height of [240, 420, 600, 900]) {
          for (const kept of [1, 0.6, 0.05]) assertDrawn(rowGraph(graph, asked(width, height, { kept })), width);
        }
      }
      const unfolded = new Set([layerKey(3), ...rowGraph(one, asked(width, 300)).others.keys()]);
      for (const graph of [one, two, many]) assertDrawn(rowGraph(graph, asked(width, 600, { unfolded })), width);
    });
  }

  it('fits a layer of 9 heads and 8 neurons into 621×600, in no more than 60 nodes', () => {
    const plain = { ...one, nodes: one.nodes.filter(({ kind }) => kind !== 'attn_bias' && kind !== 'mlp_bias_out') };
    const { nodes, layout } = rowGraph(plain, asked(621, 600));
    assert.equal(nodes.filter(({ kind }) => kind === 'head_out').length, 9);
    assert.equal(nodes.filter(({ kind }) => kind === 'neuron_value').length, 8);
    assert.ok(layout.height <= 600, `it is ${layout.height} px high`);
    assert.ok(nodes.length <= 60, `${nodes.length} nodes`);
  });

  it('fits 30 layers into 621×600', () => {
    const { layout } = rowGraph(many, asked(621, 600));
    assert.ok(layout.height <= 600, `it is ${layout.height} px high`);
    assert.equal(layout.upright?.rows.length, 30);
  });

  it('adds up: what is drawn of a branch, with what is gathered, is what the branch adds', () => {
    fc.assert(
      fc.property(fc.constantFrom(...WIDTHS), fc.integer({ min: 120, max: 900 }), (width, height) => {
        const drawn = rowGraph(one, asked(width, height));
        const last = one.layers.at(-1) ?? 0;
        for (const id of [`blocks.${last}.hook_attn_out`, `blocks.${last}.hook_mlp_out`]) {
          const out = drawn.nodes.find((node) => node.id === id);
          assert.ok(out?.share !== undefined);
          const parts = into(drawn, id);
          assert.ok(parts.length > 1 && near(sum(parts), out.share), `${sum(parts)} is ${out.share}`);
        }
      }),
      { numRuns: examples(40) },
    );
  });

  it('adds up over all layers, whatever is kept, pinned or unfolded', () => {
    const neurons = many.nodes.filter(({ kind }) => kind === 'neuron_value');
    fc.assert(
      fc.property(
        fc.constantFrom(...WIDTHS),
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        fc.array(fc.constantFrom(...neurons), { maxLength: 3 }),
        fc.array(fc.integer({ min: 0, max: 29 }), { maxLength: 3 }),
        (width, kept, pinned, layers) => {
          const options = { kept, pinned: new Set(pinned.map(({ id }) => id)), unfolded: new Set(layers.map(layerKey)) };
          const { nodes } = rowGraph(many, asked(width, 600, options));
          const unfoldedLayers = new Set(layers);
          // Outputs of unfolded layers are sums of what is drawn; a whole feed-forward layer on a line is a summand.
          const summands = nodes.filter(
            ({ kind, layer }) =>
              ['head_out', 'heads_rest', 'neuron_value', 'neuron_rest', 'attn_bias', 'mlp_bias_out'].includes(kind) ||
              (kind === 'mlp_out' && !unfoldedLayers.has(layer)),
          );
          const start = many.nodes.filter(({ kind }) => kind === 'embed' || kind === 'pos_embed');
          const end = many.nodes.find(({ kind, layer }) => kind === 'resid_post' && layer === 29);
          assert.ok(end?.share !== undefined);
          assert.ok(near(sum(start) + sum(summands), end.share), `${sum(start) + sum(summands)} is ${end.share}`);
          for (const { id } of pinned)
            assert.ok(
              nodes.some((node) => node.id === id),
              'a pinned neuron stays',
            );
        },
      ),
      { numRuns: examples(60) },
    );
  });

  it('closes up around what is kept: the more is asked for the more is drawn, the rest of each layer as one', () => {
    let before = 0;
    for (const kept of [0.1, 0.3, 0.6, 0.9]) {
      const { nodes, others } = rowGraph(many, asked(621, 600, { kept }));
      const units = nodes.filter(({ kind, id }) => (kind === 'head_out' || kind === 'mlp_out') && !others.has(id)).length;
      assert.ok(units >= before);
      before = units;
      const layers = Array.from(others.values(), ({ first }) => first);
      assert.equal(new Set(layers).size, layers.length);
    }
  });

  it('shows the parts of what was unfolded', () => {
    const low = asked(621, 300);
    const [others] = [...rowGraph(one, low).others.values()];
    assert.ok(others && others.units.length > 0);
    const { nodes } = rowGraph(one, { ...low, unfolded: new Set(others.unfolds) });
    for (const { node } of others.units) assert.ok(nodes.some(({ id }) => id === node.id));
  });

  it('is the same for the same graph and room', () => {
    const options = asked(621, 600);
    assert.deepEqual(rowGraph(two, options).layout, rowGraph(structuredClone(two), options).layout);
  });

  it('draws rows far enough apart for text of 12 px where one layer is drawn', () => {
    for (const width of WIDTHS) {
      const { layout } = rowGraph(one, asked(width, 600));
      for (const { height } of layout.nodes.values()) assert.ok(height >= 0.8 * ROWS.pitch);
    }
  });
});
