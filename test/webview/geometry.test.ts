import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LAYOUT, type GraphLayout, type PlacedNode } from '../../src/core/present/layout';
import { rowGraph } from '../../src/core/present/rows/row-graph';
import { firstCamera, fitCamera, halfWayDown, shownBelowRail, uprightCamera, type Box } from '../../webview/graph/camera';
import { LEGIBLE, READABLE } from '../../webview/graph/camera-control';
import { wrap } from '../../webview/graph/headings';
import { nearestNodeOf } from '../../webview/graph/nearest';
import { clip, LEAST_TEXT, textSizes } from '../../webview/graph/node-paint';
import { nearestEdge } from '../../webview/graph/nearest-edge';
import { clearPlace, overlap, placeCard, type Rect } from '../../webview/lib/dom/place-card';
import { sampleGraph } from './sample-graph';

const MARGIN = { top: 60, side: 20, bottom: 16 };
const characters = (text: string) => Array.from(text).length;

describe('The camera', () => {
  const box: Box = { left: -50, top: -10, right: 2450, bottom: 1200 };
  const onScreen = (view: { x: number; y: number; scale: number }, canvas: { width: number; height: number }, x: number, y: number) => ({
    x: canvas.width / 2 + (x - view.x) * view.scale,
    y: canvas.height / 2 + (y - view.y) * view.scale,
  });

  it('fits a whole graph below the headings', () => {
    fc.assert(
      fc.property(fc.integer({ min: 300, max: 3000 }), fc.integer({ min: 250, max: 2000 }), (width, height) => {
        const view = fitCamera(box, { width, height }, MARGIN);
        const [start, end] = [
          onScreen(view, { width, height }, box.left, box.top),
          onScreen(view, { width, height }, box.right, box.bottom),
        ];
        assert.ok(start.x >= 19.9 && start.y >= 59.9 && end.x <= width - 19.9 && end.y <= height - 15.9);
      }),
    );
  });

  it('has what is to be seen first half-way down what the headings leave, and nothing empty above the drawing or below it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 900 }), fc.integer({ min: 0, max: 1190 }), (height, y) => {
        const canvas = { width: 420, height };
        const node: PlacedNode = { id: 'head', x: 900, y, width: 92, height: 20, column: 0 };
        const view = halfWayDown({ x: 900, y: 0, scale: 0.6 }, node, box, canvas, MARGIN);
        const at = (of: number) => onScreen(view, canvas, 0, of).y;
        const [middle, bottom] = [(MARGIN.top + height - MARGIN.bottom) / 2, height - MARGIN.bottom];
        assert.deepEqual([view.x, view.scale], [900, 0.6]);
        assert.ok(at(box.top) <= MARGIN.top + 0.1, 'nothing empty above');
        const fits = (box.bottom - box.top) * view.scale <= bottom - MARGIN.top;
        if (!fits) assert.ok(at(box.bottom) >= bottom - 0.1, 'nothing empty below');
        const free = at(box.top) < MARGIN.top - 0.1 && at(box.bottom) > bottom + 0.1;
        if (free) assert.ok(Math.abs(at(y) - middle) < 0.1, `${at(y)}`);
      }),
    );
  });

  it('begins below the rail with what it shows, however tall the columns are beside it', () => {
    const place = (id: string, x: number, y: number): PlacedNode => ({ id, x, y, width: 100, height: 24, column: 0 });
    const heads = [300, 330, 360, 390].map((y) => place(`head ${y}`, 600, y));
    const neurons = Array.from({ length: 40 }, (_, i) => place(`neuron ${i}`, 1200, 80 + 30 * i));
    const rail = place('stream', 600, 0);
    const [first] = heads;
    assert.ok(first);
    const nodes = new Map([rail, ...heads, ...neurons].map((node) => [node.id, node]));
    const camera = { x: 600, y: 0, scale: 1 };
    const canvas = { width: 420, height: 300 };
    const shown = shownBelowRail({ nodes }, camera, canvas, first);
    assert.deepEqual(shown, { left: 550, top: 288, right: 650, bottom: 402 });
    const view = halfWayDown(camera, first, shown, canvas, MARGIN);
    assert.ok(Math.abs(onScreen(view, canvas, 0, shown.top).y - MARGIN.top) < 0.1, 'the first head is right below the headings');
    assert.equal(shownBelowRail({ nodes }, camera, canvas, rail).top, -12, 'a node of the rail is shown with it');
    assert.equal(shownBelowRail({ nodes }, { ...camera, x: 1200 }, canvas, first).bottom, 80 + 30 * 39 + 12);
  });

  it('begins with everything where that can be read, else at the top left', () => {
    const wide = { width: 1400, height: 700 };
    assert.deepEqual(firstCamera(box, wide, MARGIN, 0.42, 0.6), fitCamera(box, wide, MARGIN));
    const narrow = { width: 420, height: 500 };
    const view = firstCamera(box, narrow, MARGIN, 0.42, 0.6);
    assert.equal(view.scale, 0.6);
    const corner = onScreen(view, narrow, box.left, box.top);
    assert.ok(Math.abs(corner.x - 20) < 1e-9 && Math.abs(corner.y - 60) < 1e-9);
  });
});

describe('Text in the drawing', () => {
  const canvases = fc.record({ width: fc.integer({ min: 321, max: 1500 }), height: fc.integer({ min: 200, max: 1000 }) });
  const boxes = fc.record({ right: fc.integer({ min: 100, max: 80_000 }), bottom: fc.integer({ min: 50, max: 3000 }) });

  /** Text at a scale is at least 11 px high and no higher than its box, or it is not written. */
  const assertRead = (height: number, scale: number, isRow = false): void => {
    const sizes = textSizes(height, scale, isRow);
    if (sizes === null) return;
    assert.ok(sizes.label * scale >= LEAST_TEXT - 1e-6 && sizes.tag * scale >= LEAST_TEXT - 1e-6, `${sizes.tag * scale} px`);
    assert.ok(sizes.label <= height, 'it fits its box');
  };

  it('is never below 11 px where a camera is placed for a whole circuit, and is written at the first one', () => {
    fc.assert(
      fc.property(canvases, boxes, (canvas, { right, bottom }) => {
        const box = { left: 0, top: 0, right, bottom };
        const first = firstCamera(box, canvas, MARGIN, LEGIBLE, READABLE);
        assertRead(LAYOUT.nodeHeight, first.scale);
        assert.ok(textSizes(LAYOUT.nodeHeight, first.scale) !== null, `written at ${first.scale}`);
        assertRead(LAYOUT.nodeHeight, fitCamera(box, canvas, MARGIN).scale);
      }),
    );
  });

  it('is never below 11 px in an upright drawing, and is written where that opens', async () => {
    const layers = await Promise.all([sampleGraph({ nHeads: 9 }), sampleGraph({ nLayers: 30, layers: { from: 0, to: 29 } })]);
    for (const graph of layers) {
      for (const width of [321, 461, 621, 771, 1100, 1500]) {
        for (const height of [200, 330, 600, 900]) {
          const asked = {
            width,
            height,
            aside: width >= 1100,
            kept: 1,
            by: 'share',
            pinned: new Set<string>(),
            unfolded: new Set<string>(),
          } as const;
          const { layout } = rowGraph(graph, asked);
          const first = uprightCamera(layout, { width, height }, false);
          const fitted = uprightCamera(layout, { width, height }, true);
          for (const node of layout.nodes.values()) {
            assert.ok(textSizes(node.height, first.scale, true) !== null);
            assertRead(node.height, first.scale, true);
            assertRead(node.height, fitted.scale, true);
          }
          assert.ok(layout.height * fitted.scale <= height + 1e-6 && layout.width * fitted.scale <= width + 1e-6, 'Fit fits');
        }
      }
    }
  });

  it('fits 80 layers, whatever they take', () => {
    const canvas = { width: 461, height: 300 };
    const box = { left: 0, top: 0, right: 80 * 2200, bottom: 1200 };
    const { scale } = fitCamera(box, canvas, MARGIN);
    assert.ok(scale * (box.right - box.left) <= canvas.width - 2 * MARGIN.side + 1e-6);
  });
});

describe('The nearest edge', () => {
  const box = (id: string, x: number, y: number): PlacedNode => ({ id, x, y, width: 20, height: 10, column: 0 });
  const nodes = new Map([box('a', 0, 0), box('b', 100, 0), box('c', 100, 80)].map((node) => [node.id, node]));
  const layout: GraphLayout = { nodes, columns: [], layers: [], groups: [], width: 120, height: 90 };
  const edge = (from: string, to: string, weight: number) => ({ id: `${from} → ${to}`, from, to, kind: 'norm', weight, sign: 1 }) as const;
  const edges = [edge('a', 'b', 1), edge('a', 'c', 2)];

  it('is the one within reach, the heavier where both are as near', () => {
    assert.equal(nearestEdge(edges, layout, 50, 1, 5)?.id, 'a → b');
    assert.equal(nearestEdge(edges, layout, 88, 76, 5)?.id, 'a → c');
    assert.equal(nearestEdge(edges, layout, 50, 20, 5), null);
    assert.equal(nearestEdge(edges, layout, 10, 0, 5)?.id, 'a → c');
  });

  it('follows an edge around its corners', () => {
    const corners = [
      { x1: 10, y1: 0, x2: 10, y2: 50 },
      { x1: 10, y1: 50, x2: 90, y2: 50 },
    ];
    const upright = { rows: [], wires: new Map([['a → b', corners]]) };
    assert.equal(nearestEdge(edges.slice(0, 1), { ...layout, upright }, 60, 52, 5)?.id, 'a → b');
    assert.equal(nearestEdge(edges.slice(0, 1), { ...layout, upright }, 60, 0, 5), null);
  });
});

describe('The nearest node', () => {
  const node = (id: string, x: number, y: number, column = 0): PlacedNode => ({ id, x, y, width: 100, height: 20, column });
  const nearest = nearestNodeOf([node('a', 0, 0), node('b', 0, 30), node('c', 120, 0, 1)]);

  it('is the one under the pointer, or the closest within the radius', () => {
    assert.equal(nearest(49, 9, 5)?.id, 'a');
    assert.equal(nearest(0, 14, 5)?.id, 'a');
    assert.equal(nearest(0, 16, 5)?.id, 'b');
    assert.equal(nearest(60, 0, 5), null);
  });

  it('is the nearer one where two columns are in reach, and none where nothing is drawn', () => {
    assert.equal(nearest(58, 0, 14)?.id, 'a');
    assert.equal(nearest(64, 0, 14)?.id, 'c');
    assert.equal(nearestNodeOf([])(0, 0, 100), null);
  });
});

describe('A hover card', () => {
  it('stays on the page and off its node wherever there is room', () => {
    const coordinate = fc.integer({ min: 0, max: 850 });
    fc.assert(
      fc.property(
        coordinate,
        coordinate,
        fc.integer({ min: 20, max: 120 }),
        fc.integer({ min: 100, max: 500 }),
        (left, top, width, height) => {
          const area: Rect = { left: 0, top: 0, width: 1000, height: 900 };
          const node: Rect = { left, top, width, height: 24 };
          const at = placeCard(node, { width: 300, height }, area, []);
          const apart =
            at.left >= node.left + width || at.left + 300 <= node.left || at.top >= node.top + 24 || at.top + at.height <= node.top;
          assert.ok(apart, 'off the node');
          assert.ok(at.left >= 0 && at.top >= 0 && at.left + 300 <= 1000 && at.top + at.height <= 900, 'on the page');
        },
      ),
    );
  });
});

describe('A hover card beside a node with neighbours', () => {
  const area: Rect = { left: 0, top: 0, width: 1400, height: 800 };
  const card = { width: 300, height: 300 };
  const node: Rect = { left: 400, top: 400, width: 60, height: 14 };
  const neighbour = (left: number, top: number): Rect => ({ left, top, width: 60, height: 14 });

  it('leaves them in sight', () => {
    const keys = [neighbour(480, 384), neighbour(480, 400), neighbour(480, 416)];
    const at = placeCard(node, card, area, keys);
    for (const key of keys)
      assert.ok(at.left >= key.left + 60 || at.left + at.width <= key.left || at.top >= key.top + 14 || at.top + at.height <= key.top);
  });

  it('leaves them in sight also where the card is as tall as the page', () => {
    const keys = [neighbour(480, 384), neighbour(480, 400), neighbour(480, 416)];
    const at = placeCard(
      { ...node, left: 280 },
      { width: 300, height: 780 },
      area,
      keys.map((key) => ({ ...key, left: 360 })),
    );
    assert.equal(at.left, 432);
  });

  it('stands at the right when nothing is in the way', () => {
    assert.equal(placeCard(node, card, area, []).left, 472);
  });
});

describe('A compact card', () => {
  it('covers neither its node nor what that is joined to, or has no place', () => {
    const coordinate = fc.integer({ min: 0, max: 850 });
    const box = fc.record({ left: coordinate, top: coordinate }).map((at): Rect => ({ ...at, width: 80, height: 24 }));
    fc.assert(
      fc.property(box, fc.array(box, { maxLength: 40 }), (node, neighbours) => {
        const area: Rect = { left: 0, top: 0, width: 1000, height: 900 };
        const at = clearPlace(node, { width: 300, height: 90 }, area, neighbours);
        if (at === null) return;
        assert.ok(![node, ...neighbours].some((other) => overlap(at, other)), 'covers nothing');
        assert.ok(at.left >= 0 && at.top >= 0 && at.left + 300 <= 1000 && at.top + 90 <= 900, 'on the page');
      }),
    );
  });

  it('stands beside its node, on the side away from what that is joined to', () => {
    const area: Rect = { left: 0, top: 0, width: 1400, height: 800 };
    const node: Rect = { left: 500, top: 400, width: 60, height: 14 };
    const right: Rect = { left: 600, top: 400, width: 60, height: 14 };
    assert.equal(clearPlace(node, { width: 300, height: 90 }, area, [right])?.left, 188);
    assert.equal(clearPlace(node, { width: 300, height: 90 }, area, [])?.left, 572);
  });

  it('has no place where the drawing is too low for it', () => {
    assert.equal(
      clearPlace({ left: 0, top: 0, width: 9, height: 9 }, { width: 300, height: 90 }, { left: 0, top: 0, width: 900, height: 80 }, []),
      null,
    );
  });
});

describe('Text in a small place', () => {
  it('is cut with an ellipsis, never in the middle of a character, and only where it must', () => {
    assert.equal(clip('Japan', 5, characters), 'Japan');
    assert.equal(clip('internationalization', 6, characters), 'inter…');
    assert.equal(clip('🗾🗾🗾🗾', 3, characters), '🗾🗾…');
    assert.equal(clip('Japan', 1, characters), '');
  });

  it('goes on two lines before it is left out', () => {
    assert.deepEqual(wrap('Head outputs', 20, characters), ['Head outputs']);
    assert.deepEqual(wrap('Head outputs', 8, characters), ['Head', 'outputs']);
    assert.deepEqual(wrap('Feed-forward out', 12, characters), ['Feed-forward', 'out']);
    assert.deepEqual(wrap('Head outputs', 3, characters), []);
  });
});
