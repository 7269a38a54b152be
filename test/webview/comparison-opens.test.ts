import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { whatChanged } from '../../src/core/compare/what-changed';
import { testLimit } from '../support/patience';
import { atRest, buildInspector, launchChromium, locate, openHosted, settle, type Bundle } from './inspector-page';
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

  for (const width of [321, 461, 621, 771, 1500]) {
    for (const drawing of ['sides', 'merged'] as const) {
      it(`begin where both change most, are no slits, and all of their legend can be brought into sight, ${drawing} at ${width} × 898 pixels`, async () => {
        const comparison = await sampleComparison();
        const { page, send, close } = await openHosted(browser, bundle, { width, height: 898, kept: { tab: 'graph', wholeCircuit: true } });
        await send(comparisonMessage(comparison));
        if (drawing === 'merged') await page.getByTestId('view-merged').click();
        await settle(page);
        const most = whatChanged(comparison, 'contrast', false).find(({ left, right }) => left !== null && right !== null);
        assert.ok(most, 'something differs');
        const canvas = page.getByTestId(drawing === 'merged' ? 'canvas-merged' : 'canvas-left');
        const at = await atRest(page, () => locate(page, most.id));
        const box = await canvas.boundingBox();
        assert.ok(box && at.top >= box.y && at.top + at.height <= box.y + box.height, 'it is neither above nor below');
        assert.ok(at.left >= box.x && at.left + at.width <= box.x + box.width, 'nor at either side');
        assert.ok(box.height >= 300 && box.width >= 300, `the drawing has ${box.width} × ${box.height} pixels`);
        const scrolled = await page.evaluate(
          // A strip of tokens shows the one under study.
          () => [...document.querySelectorAll('#app, #app :not(.token-strip)')].filter(({ scrollTop }) => scrollTop > 0).length,
        );
        assert.equal(scrolled, 0, 'nothing is scrolled');
        // Where there is no room for graphs of a good height, all of the screen scrolls, by whole pixels.
        const legend = page.locator('.legend:visible, [data-testid=merged-legend]:visible').first();
        await legend.evaluate((element) => element.scrollIntoView({ block: 'end' }));
        const end = await legend.boundingBox();
        assert.ok(end && end.y + end.height <= 899 && end.x + end.width <= width + 0.5, JSON.stringify(end));
        await close();
      });
    }
  }

  for (const [width, height, most] of [
    [321, 698, 0.45],
    [461, 619, 0.45],
    [771, 619, 0.4],
  ] as const) {
    it(`begin within the upper ${100 * most} % of a panel of ${width} × ${height} pixels, with targets, colours and measure behind Detail`, async () => {
      const { page, send, close } = await openHosted(browser, bundle, { width, height, kept: { tab: 'graph', wholeCircuit: true } });
      await send(comparisonMessage(await sampleComparison()));
      await settle(page);
      const top = (await page.getByTestId('canvas-left').boundingBox())?.y ?? height;
      assert.ok(top <= most * height, `it begins at ${Math.round(top)}`);
      const chosenOnce = ['compare-targets', 'colour-by', 'measure', 'linked'].map((part) => page.getByTestId(part));
      const target = page.getByTestId('side-left').getByTestId('target-input');
      for (const part of [...chosenOnce, target]) assert.equal(await part.isVisible(), false);
      await page.getByTestId('detail-toggle').click();
      for (const part of [...chosenOnce, target]) assert.equal(await part.isVisible(), true);
      await page.getByTestId('detail-toggle').click();
      await page.getByTestId('view-changes').click();
      assert.equal(await page.getByTestId('sorted-by').isVisible(), true, 'what a list is sorted by is chosen above it');
      await close();
    });
  }

  for (const width of [321, 461]) {
    it(`name every node whole, and every column of the tree, at ${width} pixels`, async () => {
      const { page, send, close } = await openHosted(browser, bundle, { width, height: 698, kept: { tab: 'graph', wholeCircuit: true } });
      await send(comparisonMessage(await sampleComparison()));
      const cutOff = (parts: string) =>
        page
          .locator(`${parts}:visible`)
          .evaluateAll((elements) =>
            elements.filter((element) => element.scrollWidth > element.clientWidth).map((element) => element.textContent),
          );
      await page.getByTestId('view-changes').click();
      await settle(page);
      assert.ok((await page.locator('.changes .goto:visible').count()) > 5, 'nodes are listed');
      assert.deepEqual(await cutOff('.changes .goto, .changes .tokens, .changes thead th'), []);
      await page.getByTestId('view-tree').click();
      await settle(page);
      assert.ok((await page.locator('.tree-heading > :visible').count()) > 3, 'columns are named');
      assert.deepEqual(await cutOff('.tree-heading, .tree-heading > *'), []);
      for (const stage of ['Values', 'Head outputs'])
        await page
          .getByRole('treeitem', { name: new RegExp(`^${stage}`) })
          .first()
          .click();
      await settle(page);
      const rows = page.locator('[aria-level="3"]:visible');
      assert.ok((await rows.count()) > 5, 'nodes are listed');
      assert.deepEqual(await cutOff('[aria-level="3"] > .tree-title, [aria-level="3"] > .tree-figure'), [], 'names and figures are whole');
      assert.equal(
        new Set(await rows.locator('.tree-token.of-right').evaluateAll((cells) => cells.map((cell) => cell.getBoundingClientRect().x)))
          .size,
        1,
        'what a pass reads is one column',
      );
      await close();
    });
  }
});
