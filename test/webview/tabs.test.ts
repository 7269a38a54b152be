import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import type { Calibration } from '../../src/core/insight/calibration';
import { requestOf } from '../../webview/host/standalone';
import { testLimit } from '../support/patience';
import { SAMPLE_MODEL } from './insight-messages';
import { buildInspector, launchChromium, openHosted, settle, type Bundle } from './inspector-page';
import { sampleGraph } from './sample-graph';

const CALIBRATION = JSON.parse(readFileSync(path.join(__dirname, '../../models/visit-small/calibration.json'), 'utf8')) as Calibration;

describe('The tabs of a narrow panel', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  before(async () => {
    [browser, bundle] = await Promise.all([launchChromium(), buildInspector()]);
  });
  after(() => browser.close());

  for (const width of [321, 461, 771]) {
    it(`show the one that is open, also when they come to be seen with it, at ${width} pixels`, async () => {
      const { page, send, close } = await openHosted(browser, bundle, { width, kept: { tab: 'calibration' } });
      await send({ type: 'insightResult', id: null, request: { of: 'calibrate' }, fingerprint: 'one', value: CALIBRATION });
      for (const now of [width, width - 60]) {
        await page.setViewportSize({ width: now, height: 700 });
        await settle(page);
        const [tab, list] = [await page.getByTestId('tab-calibration').boundingBox(), await page.getByTestId('tabs').boundingBox()];
        // A sign at either end covers what is below it.
        assert.ok(tab && list && tab.x >= list.x && tab.x + tab.width <= list.x + list.width - 6, JSON.stringify({ tab, list }));
      }
      await close();
    });
  }

  for (const width of [740, 771])
    it(`are whole, all of them, whatever the model is called, at ${width} pixels`, async () => {
      const { page, send, close } = await openHosted(browser, bundle, { width, height: 700 });
      const graph = await sampleGraph();
      const model = { ...graph.model, name: 'a-model-with-a-very-long-name-1.7b-instruct' };
      await send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph: { ...graph, model }, request: requestOf(graph), origin: {} });
      await settle(page);
      assert.ok(await page.getByTestId('tabs').evaluate((tabs) => tabs.scrollWidth <= tabs.clientWidth));
      await close();
    });
});
