import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { DEFAULT_COUNTS } from '../../src/core/format/default-counts';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { buildTokenIndex, type TokenIndex } from '../../src/core/insight/token-index';
import { searchTokens } from '../../src/core/insight/token-search';
import { requestOf } from '../../webview/host/standalone';
import { colourViolations } from './accessibility';
import { answer, SAMPLE_MODEL } from './insight-messages';
import {
  buildInspector,
  complaints,
  launchChromium,
  openHosted,
  settle,
  violations,
  type Bundle,
  type HostedPage,
  type OpenOptions,
} from './inspector-page';
import { sampleComparison } from './sample-comparison';
import { comparisonMessage } from './sample-difference';
import { sampleGraph, samplePass } from './sample-graph';
import { testLimit } from '../support/patience';

describe('Looking for a token in the whole pass', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  let graph: FlowGraph;
  let index: TokenIndex;
  before(async () => {
    [browser, bundle, graph] = await Promise.all([launchChromium(), buildInspector(), sampleGraph()]);
    const idle = { signal: { aborted: false }, report: () => undefined };
    index = await buildTokenIndex(samplePass({}), { position: graph.position, counts: { ...DEFAULT_COUNTS, tokens: 10 } }, idle);
  });
  after(() => browser.close());

  const request = () => ({ of: 'tokenIndex', position: graph.position }) as const;
  /** A token that several layers list. */
  const text = (): string => index.vocabulary[index.places[0].listed[0]].text.trim();

  async function found(options: OpenOptions = {}): Promise<HostedPage> {
    const hosted = await openHosted(browser, bundle, options);
    await hosted.send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin: { name: 'capitals.txt' } });
    await hosted.page.keyboard.press('Control+f');
    await hosted.page.keyboard.type(text());
    await answer(hosted, request(), index);
    return hosted;
  }

  it('opens with Ctrl+F, asks the engine once, and lists the places, the most probable first', async () => {
    const hosted = await found();
    const { page } = hosted;
    const expected = searchTokens(index, { text: text() });
    assert.ok(expected.length > 1);
    assert.match((await page.getByTestId('search-count').textContent()) ?? '', new RegExp(`^\\s*${expected.length} places`));
    assert.equal(await page.locator('.search-place').count(), Math.min(200, expected.length));
    await page.getByTestId('search-text').fill('zzzzz');
    assert.match((await page.getByTestId('search-count').textContent()) ?? '', /Not among the first 10 tokens anywhere/);
    const asked = (await hosted.posted()).filter((message) => message.type === 'requestInsight' && message.request.of === 'tokenIndex');
    assert.equal(asked.length, 1);
    assert.deepEqual(complaints(hosted.errors), []);
    await hosted.close();
  });

  it('keeps its key to itself, for the editor’s command would take the focus from what is being typed', async () => {
    const { page, close } = await openHosted(browser, bundle, {});
    await page.evaluate(() => {
      const heard: string[] = [];
      // As VS Code listens, which runs the commands of keys.
      window.addEventListener('keydown', ({ key }) => heard.push(key));
      Object.assign(window, { heard });
    });
    for (const key of ['Control+f', 'Control+p']) await page.keyboard.press(key);
    const heard = await page.evaluate(() => (window as unknown as { heard: string[] }).heard);
    assert.deepEqual([heard.includes('f'), heard.includes('p')], [false, true]);
    await close();
  });

  it('leads with Enter to the layer and node of the next place, and lets go of the one before', async () => {
    const hosted = await found();
    const { page } = hosted;
    const expected = searchTokens(index, { text: text() });
    const pinned = async () => ((await hosted.kept()) as { pinned: string[] }).pinned;
    for (const at of [0, 1]) {
      await page.getByTestId('search-text').press('Enter');
      await page.waitForFunction(
        (wanted) => document.querySelector('[data-testid=search-count]')?.textContent?.trim().startsWith(wanted),
        `${at + 1} of`,
      );
      assert.deepEqual(await pinned(), [expected[at].place.node]);
    }
    const { place } = expected.find(({ place: { layer } }) => !graph.layers.includes(layer)) ?? expected[0];
    if (!graph.layers.includes(place.layer)) {
      await page.getByTestId('search-count').click();
      await page.getByTestId(`search-place-${expected.findIndex((each) => each.place === place)}`).click();
      const change = (await hosted.posted()).findLast((message) => message.type === 'change');
      assert.deepEqual(change?.type === 'change' && change.change.layers, { from: place.layer, to: place.layer });
    }
    await hosted.close();
  });

  it('leads back to a place that is still shown while another layer is awaited', async () => {
    const hosted = await found();
    const { page } = hosted;
    const places = searchTokens(index, { text: text() });
    const { layers, position } = graph;
    const at = places.findIndex(({ place }) => place.position === position && graph.nodes.some(({ id }) => id === place.node));
    assert.ok(at >= 0 && !layers.includes(0), 'the place is drawn, and the first layer is not');
    await page.getByTestId('search-text').press('Escape');
    await page.getByTestId('tab-graph').click();
    await page.getByTestId('layer-cell-0').click();
    assert.equal(await page.getByTestId('layer-cell-0').getAttribute('aria-pressed'), 'true');
    await page.keyboard.press('Control+f');
    await page.getByTestId('search-text').fill(text());
    await page.getByTestId(`search-place-${at}`).click();
    const { layer } = places[at].place;
    const change = (await hosted.posted()).findLast((message) => message.type === 'change');
    assert.deepEqual(change?.type === 'change' && change.change.layers, { from: layer, to: layer });
    assert.equal(await page.getByTestId('layer-cell-0').getAttribute('aria-pressed'), 'false');
    await hosted.close();
  });

  for (const theme of ['light', 'high-contrast'] as const) {
    it(`has its field and buttons in one row, and places that are whole, in ${theme}, however wide the panel is`, async () => {
      const { page, close } = await found({ width: 321, theme });
      const { height } = page.viewportSize() ?? assert.fail('a page has a size');
      for (const width of [321, 461, 621, 771]) {
        await page.setViewportSize({ width, height });
        await settle(page);
        const boxes = await page
          .locator('.search-text, .search-whole, [data-testid=search-previous], [data-testid=search-next], [data-testid=search-close]')
          .evaluateAll((parts) => parts.map((part) => part.getBoundingClientRect().toJSON() as DOMRect));
        const middles = boxes.map(({ top, bottom }) => (top + bottom) / 2);
        assert.equal(boxes.length, 5);
        assert.ok(Math.max(...middles) - Math.min(...middles) < 6, `${width}: ${middles.join(' ')}`);
        assert.ok(
          boxes.every(({ left, right }) => left >= 0 && right <= width),
          `${width}: ${JSON.stringify(boxes)}`,
        );
        const cut = await page
          .locator('.search-place > :not(.search-where)')
          .evaluateAll((cells) => cells.filter((cell) => cell.scrollWidth > cell.clientWidth + 1).map(({ textContent }) => textContent));
        assert.deepEqual(cut, [], `${width}`);
        await page.getByTestId('search-text').press('Enter');
        assert.match((await page.getByTestId('search-current').textContent()) ?? '', /#\d+ [<>\d.]+%/);
        // The width changes no colour, and the theme nothing else.
        if (theme === 'light') assert.deepEqual(await violations(page), [], `${width}`);
        else if (width === 321) assert.deepEqual(await colourViolations(page), []);
        await page.getByTestId('search-text').press('Shift+Enter');
      }
      await close();
    });
  }

  it('is a combobox that the arrow keys move through, without a fault that axe finds, and closes with Escape', async () => {
    const hosted = await found({ width: 461, height: 619 });
    const { page } = hosted;
    const field = page.getByTestId('search-text');
    await field.press('ArrowDown');
    await field.press('ArrowDown');
    assert.equal(await field.getAttribute('aria-activedescendant'), 'visit-search-place-1');
    assert.deepEqual(await violations(page), []);
    if (process.env['SEARCH_PICTURE'] !== undefined) await page.screenshot({ path: process.env['SEARCH_PICTURE'] });
    await field.press('Escape');
    assert.equal(await page.getByTestId('search').isVisible(), false);
    await hosted.close();
  });

  it('says in a comparison that it is not for comparisons', async () => {
    const { page, send, close } = await openHosted(browser, bundle, { width: 621, kept: null });
    await send(comparisonMessage(await sampleComparison()));
    assert.match((await page.getByTestId('find-token').getAttribute('title')) ?? '', /not in a comparison/);
    await page.keyboard.press('Control+f');
    assert.match((await page.getByTestId('search-count').textContent()) ?? '', /not in a comparison. End the comparison to use it/);
    await close();
  });
});
