import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { testLimit } from '../support/patience';
import { buildInspector, launchChromium, locate, openHosted, settle, type Bundle } from './inspector-page';
import { sampleComparison } from './sample-comparison';
import { comparisonMessage } from './sample-difference';

describe('The flow graphs of a comparison, when they are opened', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  before(async () => {
    [browser, bundle] = await Promise.all([launchChromium(), buildInspector()]);
  });
  after(() => browser.close());

  for (const width of [461, 621, 1500]) {
    for (const drawing of ['sides', 'merged'] as const) {
      it(`begin at the top, and all of their legend can be brought into sight, ${drawing} at ${width} × 898 pixels`, async () => {
        const comparison = await sampleComparison();
        const { page, send, close } = await openHosted(browser, bundle, { width, height: 898, kept: { tab: 'graph', wholeCircuit: true } });
        await send(comparisonMessage(comparison));
        if (drawing === 'merged') await page.getByTestId('view-merged').click();
        await settle(page);
        const rail = comparison.nodes.find(({ id }) => id.endsWith('hook_resid_post'));
        assert.ok(rail, 'the stream is drawn');
        const [at, canvas] = [
          await locate(page, rail.id),
          await page.getByTestId(drawing === 'merged' ? 'canvas-merged' : 'canvas-left').boundingBox(),
        ];
        assert.ok(canvas && at.top >= canvas.y && at.top + at.height <= canvas.y + canvas.height, 'the rail is below the headings');
        const scrolled = await page.evaluate(
          () => [...document.querySelectorAll('#app, #app *')].filter(({ scrollTop }) => scrollTop > 0).length,
        );
        assert.equal(scrolled, 0, 'nothing is scrolled');
        // Where there is no room for graphs of a good height, all of the screen scrolls, by whole pixels.
        const legend = page.locator('.legend:visible, [data-testid=merged-legend]:visible').first();
        await legend.evaluate((element) => element.scrollIntoView({ block: 'end' }));
        const box = await legend.boundingBox();
        assert.ok(box && box.y + box.height <= 899 && box.x + box.width <= width + 0.5, JSON.stringify(box));
        await close();
      });
    }
  }
});
