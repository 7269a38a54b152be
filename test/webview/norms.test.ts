import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { testLimit } from '../support/patience';
import { VIEWS } from './every-view';
import { buildInspector, launchChromium, settle, type Bundle } from './inspector-page';

describe('The tables of norms', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  before(async () => {
    [browser, bundle] = await Promise.all([launchChromium(), buildInspector()]);
  });
  after(() => browser.close());

  for (const width of [461, 621, 771, 1500]) {
    it(`have every figure whole, and in every row at the same place, at ${width} pixels`, async () => {
      const opened = VIEWS['norms'];
      assert.ok(opened);
      const { page, close } = await opened(browser, bundle, { width, height: 898 });
      await settle(page);
      for (const table of ['norms-table', 'norm-summary-table']) {
        const cells = await page
          .getByTestId(table)
          .locator('td.figure')
          .evaluateAll((all) =>
            all.map((cell) => ({
              column: cell.getAttribute('data-column'),
              left: Math.round(cell.getBoundingClientRect().left),
              right: cell.getBoundingClientRect().right,
              text: cell.textContent,
              cut: cell.scrollWidth > cell.clientWidth,
            })),
          );
        assert.ok(cells.length > 3, 'there are figures');
        assert.deepEqual(
          cells.filter(({ cut, right }) => cut || right > width),
          [],
        );
        for (const column of new Set(cells.map((cell) => cell.column)))
          assert.equal(new Set(cells.filter((cell) => cell.column === column).map(({ left }) => left)).size, 1, `${column} is one column`);
      }
      await close();
    });
  }

  it('have a space between the sentences about them', async () => {
    const opened = VIEWS['norms'];
    assert.ok(opened);
    const { page, close } = await opened(browser, bundle, { width: 771, height: 898 });
    for (const note of await page.locator('.insight-note').allTextContents()) assert.doesNotMatch(note, /[.:][A-Z]/);
    await close();
  });
});
