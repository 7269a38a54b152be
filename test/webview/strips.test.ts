import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import type { HostMessage } from '../../src/core/protocol/inspector';
import { withCharacterParts } from '../../src/core/text/character-parts';
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

  it('show the six characters of 日本の首都は, each with the part of it that a token is, and its bytes under the pointer', async () => {
    const bytes = [
      '<0xE6><0x97>',
      '<0xA5>',
      '<0xE6><0x9C><0xAC>',
      '<0xE3><0x81><0xAE>',
      '<0xE9><0xA6>',
      '<0x96><0xE9>',
      '<0x83><0xBD>',
      '<0xE3><0x81><0xAF>',
    ];
    const graph = await sampleGraph({ nLayers: 2, nHeads: 2, prompt: 'one two three four five six seven eight' });
    const tokens = withCharacterParts(graph.tokens.map((token, i) => ({ ...token, text: bytes[i] ?? '', fragment: true })));
    const { page, send, close } = await openHosted(browser, bundle, { width: 461 });
    await send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph: { ...graph, tokens }, request: requestOf(graph), origin: {} });
    const shown = await page.getByTestId('token-strip').locator('.token').allTextContents();
    assert.deepEqual(shown, ['日₁⁄₂', '日₂⁄₂', '本', 'の', '首₁⁄₂', '首₂⁄₂都₁⁄₂', '都₂⁄₂', 'は']);
    assert.deepEqual([...new Set(shown.join('').replace(/[₀-₉⁄]/g, ''))].join(''), '日本の首都は');
    assert.match((await page.getByTestId('token-0').getAttribute('title')) ?? '', /<0xE6><0x97>/);
    await close();
  });
});
