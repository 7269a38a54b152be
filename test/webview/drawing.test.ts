import assert from 'node:assert/strict';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { layoutGraph, segmentsOf, type GraphLayout } from '../../src/core/present/layout';
import { drawEdgeLayer, edgeLayer, type EdgeLayer } from '../../webview/graph/edge-layer';
import { edgeStyles } from '../../webview/graph/edge-styles';
import { HeldNodes } from '../../webview/graph/held-nodes';
import { paintedWhenSeen } from '../../webview/graph/node-paints';
import { detailAt } from '../../webview/graph/seen';
import type { Surface } from '../../webview/graph/surface';
import { heaviestByKind } from '../../webview/lib/colour/edge-style';
import { PAPER } from '../../webview/picture/picture';
import { sampleGraph } from './sample-graph';

/** A canvas that counts strokes and straight pieces. */
function counting(): { readonly surface: Surface; readonly strokes: () => number; readonly pieces: () => number } {
  let [strokes, pieces] = [0, 0];
  const nothing = (): void => undefined;
  const surface = { beginPath: nothing, moveTo: nothing, setLineDash: nothing, lineTo: () => pieces++, stroke: () => strokes++ };
  return { surface: surface as unknown as Surface, strokes: () => strokes, pieces: () => pieces };
}

/** All of any drawing. */
const EVERYTHING = { left: -1e6, top: -1e6, right: 1e6, bottom: 1e6 };

describe('The drawing of a whole circuit', () => {
  let graph: FlowGraph;
  let layout: GraphLayout;
  let layer: EdgeLayer;
  before(async () => {
    graph = await sampleGraph({ nLayers: 30, layers: { from: 0, to: 29 } });
    layout = layoutGraph(graph);
    layer = edgeLayer({ graph, layout }, edgeStyles(graph.edges, heaviestByKind(graph.edges), PAPER), []);
  });

  it('decides how a node looks when it is first in sight, and only then', () => {
    const asked: string[] = [];
    const paints = paintedWhenSeen((id) => {
      asked.push(id);
      return undefined;
    });
    for (const id of ['a', 'b', 'a', 'b']) paints.get(id);
    assert.deepEqual(asked, ['a', 'b']);
  });

  it('strokes each edge that is in sight, and no other', () => {
    const seen = { left: 3000, top: -100, right: 4800, bottom: 700 };
    const expected = graph.edges.filter((edge) =>
      segmentsOf(layout, edge).some(
        ({ x1, y1, x2, y2 }) =>
          Math.max(x1, x2) + 3 >= seen.left &&
          Math.min(x1, x2) - 3 <= seen.right &&
          Math.max(y1, y2) + 3 >= seen.top &&
          Math.min(y1, y2) - 3 <= seen.bottom,
      ),
    ).length;
    const canvas = counting();
    drawEdgeLayer(canvas.surface, layer, { seen, detail: 'whole', scale: 0.8, faded: 1 });
    assert.ok(canvas.strokes() <= expected && canvas.strokes() > 0.9 * expected, `${canvas.strokes()} of ${expected}`);
    assert.ok(expected < graph.edges.length / 10, `${expected} of ${graph.edges.length}`);
  });

  it('strokes edges that look alike together where boxes are drawn plainly, and leaves none out', () => {
    const canvas = counting();
    drawEdgeLayer(canvas.surface, layer, { seen: EVERYTHING, detail: 'plain', scale: 0.02, faded: 1 });
    assert.equal(canvas.pieces(), graph.edges.length);
    assert.equal(canvas.strokes(), layer.bundles.length);
    assert.ok(layer.bundles.length <= 60, `${layer.bundles.length} bundles`);
  });

  it('leaves out the edges of a kind that is hidden', () => {
    const styles = edgeStyles(graph.edges, heaviestByKind(graph.edges), PAPER);
    const { edges } = edgeLayer({ graph, layout }, styles, ['attention']);
    assert.equal(edges.length, graph.edges.filter(({ kind }) => kind !== 'attention').length);
  });

  it('draws boxes plainly only where they are many and lower than seven pixels', () => {
    assert.equal(detailAt(layout, 0.3), 'whole');
    assert.equal(detailAt(layout, 0.29), 'plain');
    const few = { nodes: new Map([...layout.nodes].slice(0, 600)) };
    assert.equal(detailAt(few, 0.01), 'whole');
  });

  describe('as vis-network holds it', () => {
    let held: HeldNodes;
    beforeEach(() => {
      held = new HeldNodes();
      held.begin([...layout.nodes.values()]);
    });
    /** Nodes in a box that reaches as far beyond what is seen as what is held. */
    const within = (left: number, right: number): ReadonlySet<string> =>
      new Set(
        [...layout.nodes.values()]
          .filter(({ x, width }) => x + width / 2 >= left - 600 && x - width / 2 <= right + 600)
          .map(({ id }) => id),
      );
    const less = (all: ReadonlySet<string>, others: ReadonlySet<string>) => new Set([...all].filter((id) => !others.has(id)));
    const seen = (left: number) => ({ left, top: -1000, right: left + 1500, bottom: 5000 });

    it('has nothing before it is looked at', () => assert.equal(held.ids.size, 0));

    it('has the nodes in sight and a little around', () => {
      const { come, gone } = held.lookAt(seen(0), 'whole');
      assert.deepEqual(new Set(come.map(({ id }) => id)), within(0, 1500));
      assert.deepEqual(gone, []);
      assert.deepEqual(held.ids, within(0, 1500));
      assert.ok(held.ids.size < graph.nodes.length / 10);
    });

    it('stays as it is while it is moved by little, and meets others when it is moved far', () => {
      held.lookAt(seen(0), 'whole');
      assert.deepEqual(held.lookAt(seen(300), 'whole'), { come: [], gone: [] });
      const { come, gone } = held.lookAt(seen(1000), 'whole');
      assert.deepEqual(held.ids, within(1000, 2500));
      assert.deepEqual(new Set(come.map(({ id }) => id)), less(within(1000, 2500), within(0, 1500)));
      assert.deepEqual(new Set(gone), less(within(0, 1500), within(1000, 2500)));
    });

    it('lets go of what is far away when a part is looked at from near', () => {
      held.lookAt({ left: 0, top: -1000, right: 9000, bottom: 5000 }, 'whole');
      held.lookAt(seen(0), 'whole');
      assert.deepEqual(held.ids, within(0, 1500));
    });

    it('has nothing where boxes are drawn plainly, and what is seen when they are not any more', () => {
      held.lookAt(seen(0), 'whole');
      assert.equal(held.lookAt(EVERYTHING, 'plain').gone.length, within(0, 1500).size);
      assert.equal(held.ids.size, 0);
      held.lookAt(seen(0), 'whole');
      assert.deepEqual(held.ids, within(0, 1500));
    });
  });
});
