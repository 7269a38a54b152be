import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import type { HostMessage } from '../../src/core/protocol/inspector';
import { requestOf } from '../../webview/host/standalone';
import { testLimit } from '../support/patience';
import {
  atRest,
  buildInspector,
  clickNode,
  launchChromium,
  locate,
  openHosted,
  settle,
  type Bundle,
  type HostedPage,
} from './inspector-page';
import { SAMPLE_MODEL } from './insight-messages';
import { sampleGraph } from './sample-graph';

describe('Back and forward', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  let late: FlowGraph;
  let early: FlowGraph;
  before(async () => {
    const sample = (layer: number) =>
      sampleGraph({ nLayers: 30, nHeads: 4, counts: { top: 4, bottom: 2 }, layers: { from: layer, to: layer } });
    [browser, bundle, late, early] = await Promise.all([launchChromium(), buildInspector(), sample(29), sample(3)]);
  });
  after(() => browser.close());

  const message = (graph: FlowGraph, seen: string): HostMessage => ({
    type: 'graph',
    fingerprint: SAMPLE_MODEL,
    graph,
    request: requestOf(graph),
    origin: {},
    seen,
  });
  const headOf = (graph: FlowGraph): string => graph.nodes.find(({ kind }) => kind === 'head_out')?.id ?? assert.fail();

  /** What the page has asked of the host since it was opened, but for what the editor marks. */
  const asked = async ({ posted }: HostedPage) => (await posted()).filter(({ type }) => type !== 'highlight' && type !== 'ready');

  it('restore the layer, the camera and the pins, without asking the engine', async () => {
    const hosted = await openHosted(browser, bundle, { width: 1000 });
    const { page, send, close } = hosted;
    await send(message(late, 'one'));
    const pinned = headOf(late);
    await clickNode(page, pinned);
    await page.getByTestId('canvas').focus();
    for (const key of ['+', '+', 'ArrowRight', 'ArrowDown']) await page.keyboard.press(key);
    const before = await atRest(page, () => locate(page, pinned));

    await page.getByTestId('layer-cell-3').click();
    await send(message(early, 'two'));
    await page.getByTestId('canvas').focus();
    await page.keyboard.press('f');
    await atRest(page, () => locate(page, headOf(early)));

    await page.getByTestId('go-back').click();
    const requests = await asked(hosted);
    assert.deepEqual(requests.slice(-2), [
      { type: 'change', change: { layers: { from: 3, to: 3 } } },
      { type: 'showAgain', seen: 'one' },
    ]);
    await send(message(late, 'one'));
    assert.equal(await page.getByTestId('layer-caption').textContent(), 'Layer 29');
    assert.equal(await page.getByTestId('pinned-card').getAttribute('data-node'), pinned);
    const back = await atRest(page, () => locate(page, pinned));
    for (const side of ['left', 'top', 'width', 'height'] as const)
      assert.ok(Math.abs(back[side] - before[side]) < 1, `${side}: ${back[side]}, was ${before[side]}`);

    await send({ type: 'go', direction: 'forward' });
    assert.deepEqual((await asked(hosted)).at(-1), { type: 'showAgain', seen: 'two' });
    await send(message(early, 'two'));
    assert.equal(await page.getByTestId('layer-caption').textContent(), 'Layer 3');
    assert.equal(await page.getByTestId('go-forward').getAttribute('disabled'), '');
    await close();
  });

  it('lead through tabs at once, and stay where the host has forgotten what was seen', async () => {
    const hosted = await openHosted(browser, bundle, { width: 1000, kept: { tab: 'norms' } });
    const { page, send, close } = hosted;
    await send(message(late, 'one'));
    await page.getByTestId('tab-graph').click();
    await send({ type: 'go', direction: 'back' });
    assert.equal(await page.getByTestId('tab-norms').getAttribute('aria-selected'), 'true');
    await send({ type: 'go', direction: 'forward' });
    assert.equal(await page.getByTestId('tab-graph').getAttribute('aria-selected'), 'true');
    await send(message(early, 'two'));
    await send({ type: 'go', direction: 'back' });
    await send({ type: 'gone', seen: 'one' });
    assert.equal(await page.getByTestId('layer-caption').textContent(), 'Layer 3');
    assert.equal(await page.getByTestId('go-back').getAttribute('disabled'), '');
    await close();
  });

  it('survive the page, which a hidden panel loses', async () => {
    const first = await openHosted(browser, bundle, { width: 1000 });
    await first.send(message(late, 'one'));
    await first.send(message(early, 'two'));
    await settle(first.page);
    const kept = await first.kept();
    await first.close();
    const second = await openHosted(browser, bundle, { width: 1000, kept });
    await second.send(message(early, 'two'));
    await second.page.getByTestId('go-back').click();
    assert.deepEqual(
      (await second.posted()).filter(({ type }) => type === 'showAgain'),
      [{ type: 'showAgain', seen: 'one' }],
    );
    await second.close();
  });
});
