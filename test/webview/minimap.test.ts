import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { strongestPart } from '../../src/core/analyse/strongest-part';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { requestOf } from '../../webview/host/standalone';
import { testLimit } from '../support/patience';
import { SAMPLE_MODEL } from './insight-messages';
import { atRest, buildInspector, hover, launchChromium, locate, openHosted, settle, type Bundle, type HostedPage } from './inspector-page';
import { sampleGraph } from './sample-graph';

describe('A whole circuit that cannot be read at once', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  let graph: FlowGraph;
  before(async () => {
    [browser, bundle, graph] = await Promise.all([launchChromium(), buildInspector(), sampleGraph({ nLayers: 30, nHeads: 9 })]);
  });
  after(() => browser.close());

  const opened = async (width: number, height: number, kept = { wholeCircuit: true }): Promise<HostedPage> => {
    const hosted = await openHosted(browser, bundle, { width, height, kept: { tab: 'graph', ...kept } });
    await hosted.send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin: { name: 'a.txt' } });
    await settle(hosted.page);
    return hosted;
  };

  for (const [width, height] of [
    [321, 698],
    [461, 619],
    [621, 898],
  ] as const) {
    it(`opens at the strongest part, in text that can be read, with a map of all of it, at ${width} × ${height} pixels`, async () => {
      const { page, close } = await opened(width, height);
      const strongest = strongestPart(graph);
      assert.ok(strongest);
      const canvas = await page.getByTestId('canvas').boundingBox();
      const node = await atRest(page, () => locate(page, strongest.id));
      assert.ok(canvas && node.left >= canvas.x && node.left + node.width <= canvas.x + canvas.width, JSON.stringify({ node, canvas }));
      assert.ok(node.top >= canvas.y && node.top + node.height <= canvas.y + canvas.height, JSON.stringify({ node, canvas }));
      assert.ok(node.height >= 13, `its box is ${node.height} pixels high`);
      const map = await page.getByTestId('minimap').boundingBox();
      assert.ok(map && map.x + map.width <= canvas.x + canvas.width && map.y + map.height <= canvas.y + canvas.height);
      const covered = node.left + node.width > map.x && node.top + node.height > map.y;
      assert.ok(!covered, 'the map does not lie on it');
      await close();
    });
  }

  it('is all in sight at Show all, and as it was at first at Readable size', async () => {
    const { page, close } = await opened(461, 619);
    const strongest = strongestPart(graph)?.id ?? '';
    const [first, last] = [graph.nodes[0]?.id ?? '', graph.nodes.at(-1)?.id ?? ''];
    const canvas = await page.getByTestId('canvas').boundingBox();
    assert.ok(canvas);
    const before = await atRest(page, () => locate(page, strongest));
    const button = page.getByTestId('minimap-button');
    assert.equal((await button.textContent())?.trim(), 'Show all');
    await button.click();
    await settle(page);
    const ends = await atRest(page, () => Promise.all([locate(page, first), locate(page, last)]));
    for (const { left, width } of ends) assert.ok(left >= canvas.x && left + width <= canvas.x + canvas.width, JSON.stringify(ends));
    await page.getByTestId('minimap-button').filter({ hasText: 'Readable size' }).click();
    await settle(page);
    const again = await atRest(page, () => locate(page, strongest));
    assert.ok(Math.abs(again.left - before.left) < 1 && Math.abs(again.top - before.top) < 1, JSON.stringify({ before, again }));
    await close();
  });

  it('is looked at where the map is pressed', async () => {
    const { page, close } = await opened(461, 619);
    const last = graph.nodes.at(-1)?.id ?? '';
    const canvas = await page.getByTestId('canvas').boundingBox();
    const map = await page.getByTestId('minimap-map').boundingBox();
    assert.ok(canvas && map);
    await page.mouse.click(map.x + map.width - 4, map.y + 4);
    await settle(page);
    const { left, width } = await atRest(page, () => locate(page, last));
    assert.ok(left >= canvas.x && left + width <= canvas.x + canvas.width, `it stands at ${left}`);
    await close();
  });

  it('has its map at the other side while what is to be seen would be under it', async () => {
    const strongest = strongestPart(graph)?.id ?? '';
    const { page, close } = await opened(621, 898);
    const map = page.getByTestId('minimap');
    const [before, start] = [await atRest(page, () => locate(page, strongest)), await map.boundingBox()];
    const canvas = await page.getByTestId('canvas').boundingBox();
    assert.ok(start && canvas && start.x > canvas.x + canvas.width / 2, JSON.stringify({ start, canvas }));
    // The drawing is dragged until the node is where the map was.
    const [x, y] = [canvas.x + 20, canvas.y + 70];
    const by = { x: start.x + 20 - before.left, y: start.y + 20 - before.top };
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + by.x, y + by.y, { steps: 4 });
    await page.mouse.up();
    const [node, end] = [await atRest(page, () => locate(page, strongest)), await map.boundingBox()];
    assert.ok(Math.abs(node.left - before.left - by.x) < 3, 'it has been dragged');
    assert.ok(end && end.x + end.width < node.left, JSON.stringify({ node, end }));
    await close();
  });

  for (const width of [321, 461, 621]) {
    it(`has its map in sight when that is pointed at, with what a node says beside it or gone, at ${width} pixels`, async () => {
      const { page, close } = await opened(width, 898);
      await hover(page, strongestPart(graph)?.id ?? '');
      const [strip, map] = [await page.locator('.hover-card').boundingBox(), await page.getByTestId('minimap').boundingBox()];
      assert.ok(strip && map);
      if (width > 420) assert.ok(strip.x + strip.width <= map.x || map.x + map.width <= strip.x, JSON.stringify({ strip, map }));
      await page.getByTestId('minimap-button').hover();
      await settle(page);
      assert.equal(await page.locator('.hover-card').isVisible(), false);
      await close();
    });
  }

  it('has no map where all of it can be read, nor where what has a row is drawn', async () => {
    const wide = await opened(2600, 1400);
    assert.equal(await wide.page.getByTestId('minimap').isVisible(), false);
    await wide.close();
    const rows = await opened(461, 619, { wholeCircuit: false });
    assert.equal(await rows.page.getByTestId('minimap').isVisible(), false);
    await rows.close();
  });
});
