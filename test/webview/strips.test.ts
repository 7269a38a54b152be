import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import type { HostMessage } from '../../src/core/protocol/inspector';
import { compareRequestOf, requestOf } from '../../webview/host/standalone';
import { testLimit } from '../support/patience';
import { atRest, buildInspector, launchChromium, openHosted, settle, type Bundle } from './inspector-page';
import { SAMPLE_MODEL } from './insight-messages';
import { PROMPTS, sampleComparison } from './sample-comparison';
import { sampleGraph } from './sample-graph';

const WIDTHS = [320, 461, 621, 771, 1000, 1500];

describe('The strips', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  before(async () => {
    [browser, bundle] = await Promise.all([launchChromium(), buildInspector()]);
  });
  after(() => browser.close());

  async function graphOf(nLayers: number, prompt?: string): Promise<HostMessage> {
    const graph = await sampleGraph({ nLayers, nHeads: 2, counts: { top: 2, bottom: 1 }, ...(prompt !== undefined && { prompt }) });
    return { type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin: {} };
  }

  async function comparisonOf(nLayers: number): Promise<HostMessage> {
    const comparison = await sampleComparison('own', PROMPTS, nLayers);
    return {
      type: 'comparison',
      fingerprint: SAMPLE_MODEL,
      comparison,
      request: compareRequestOf(comparison),
      origins: { left: {}, right: {} },
    };
  }

  /** What is wrong with the depth strip as it is drawn. */
  const faults = (page: Page): Promise<readonly string[]> =>
    page.evaluate(() => {
      const strip = document.querySelector('[data-testid=layer-strip]')!.getBoundingClientRect();
      const cells = [...document.querySelectorAll<HTMLElement>('.depth-cell')];
      const names = [...document.querySelectorAll<HTMLElement>('.depth-layer > span')].filter((name) => name.offsetParent !== null);
      const boxes = names
        .filter((name) => !name.closest('.chosen'))
        .map((name) => ({ text: name.textContent, box: name.getBoundingClientRect() }));
      const outside = (box: DOMRect) => box.left < strip.left - 0.5 || box.right > strip.right + 0.5;
      return [
        ...cells.filter((cell) => cell.scrollWidth > cell.clientWidth).map((cell) => `${cell.title} is clipped`),
        ...cells.filter((cell) => outside(cell.getBoundingClientRect())).map((cell) => `${cell.title} is out of sight`),
        ...boxes.filter(({ box }) => outside(box)).map(({ text }) => `the name ${text} is out of sight`),
        ...boxes
          .slice(1)
          .filter(({ box }, i) => box.left < (boxes[i]?.box.right ?? 0) - 4)
          .map(({ text }) => `the name ${text} is printed over the one before`),
        ...(names.some((name) => name.closest('.chosen')) ? [] : ['the selected layer is not named']),
      ];
    });

  for (const nLayers of [8, 18, 30, 80]) {
    for (const [kind, messageOf] of [
      ['a pass', graphOf],
      ['two passes', comparisonOf],
    ] as const) {
      it(`show every one of ${nLayers} layers of ${kind}, at every width and after every resize`, async () => {
        const { page, send, close } = await openHosted(browser, bundle, { width: 1600 });
        await send(await messageOf(nLayers));
        for (const width of WIDTHS.toReversed()) {
          await page.setViewportSize({ width, height: 898 });
          await settle(page);
          assert.equal(await page.locator('.depth-cell').count(), nLayers + 1);
          assert.deepEqual(await faults(page), [], `${width} px`);
        }
        await close();
      });
    }
  }

  it('tell of the layer under the pointer, and of the selected one otherwise', async () => {
    const { page, send, close } = await openHosted(browser, bundle);
    await send(await graphOf(30));
    assert.equal(await page.getByTestId('layer-caption').textContent(), 'Layer 29');
    await page.getByTestId('layer-cell-12').hover();
    assert.equal(await page.getByTestId('layer-caption').textContent(), 'Layer 12');
    assert.match((await page.getByTestId('layer-short').textContent()) ?? '', /%$/);
    await page.getByTestId('canvas').hover();
    assert.equal(await page.getByTestId('layer-caption').textContent(), 'Layer 29');
    await close();
  });

  it('show whole lines of a long prompt, and that there are more of them', async () => {
    const prompt = Array.from({ length: 30 }, () => 'The capital of Japan is the city of').join(' ');
    for (const width of [461, 1000]) {
      const { page, send, close } = await openHosted(browser, bundle, { width });
      await send(await graphOf(2, prompt));
      const strip = page.getByTestId('token-strip');
      const cut = () =>
        strip.evaluate((element) => {
          const { top, bottom } = element.getBoundingClientRect();
          return [...element.querySelectorAll('.token')]
            .map((token) => token.getBoundingClientRect())
            .filter((box) => box.bottom > top + 3 && box.top < bottom - 3)
            .filter((box) => box.top < top - 1 || box.bottom > bottom + 1).length;
        });
      const classes = () => strip.evaluate(({ classList }) => ['more-above', 'more-below'].filter((name) => classList.contains(name)));
      assert.equal(await atRest(page, cut), 0, 'at its end');
      assert.deepEqual(await classes(), ['more-above']);
      await page.getByTestId('token-0').evaluate((token) => token.scrollIntoView({ block: 'nearest' }));
      assert.equal(await atRest(page, cut), 0, 'at its beginning');
      assert.deepEqual(await classes(), ['more-below']);
      await close();
    }
  });
});
