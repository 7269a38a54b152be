import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import type { Story } from '../../src/core/insight/story';
import { requestOf } from '../../webview/host/standalone';
import { deepStory } from '../support/deep-story';
import { testLimit } from '../support/patience';
import { answer, SAMPLE_MODEL } from './insight-messages';
import { buildInspector, complaints, launchChromium, openHosted, settle, violations, type Bundle, type HostedPage } from './inspector-page';
import { textFaults, watchCanvases } from './looks';
import { sampleGraph } from './sample-graph';

const FOLDED = /^(\d+)–(\d+)/;

describe('Layers in which nothing is drawn, on the map of a story,', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  before(async () => {
    [browser, bundle] = await Promise.all([launchChromium(), buildInspector()]);
  });
  after(() => browser.close());

  async function opened(story: Story, size: { readonly width: number; readonly height: number }): Promise<HostedPage> {
    const hosted = await openHosted(browser, bundle, { ...size, kept: null });
    const { nLayers, nHeads } = story.model;
    const random = await sampleGraph({ nLayers: Math.min(nLayers, 4), nHeads });
    const graph: FlowGraph = { ...random, model: story.model, tokens: [...story.tokens], target: story.target };
    await hosted.send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin: { name: 'capitals.txt' } });
    await watchCanvases(hosted.page);
    await answer(hosted, { of: 'story' }, story);
    await settle(hosted.page);
    return hosted;
  }

  /** Texts of the map as it was last drawn, with the middle of each. */
  async function written(page: Page): Promise<readonly { readonly text: string; readonly x: number; readonly y: number }[]> {
    const all = await page.evaluate(
      () => (window as unknown as { texts: { text: string; left: number; top: number; bottom: number; frame: number }[] }).texts,
    );
    const last = Math.max(...all.map(({ frame }) => frame));
    return all.filter(({ frame }) => frame === last).map(({ text, left, top, bottom }) => ({ text, x: left, y: (top + bottom) / 2 }));
  }

  const fitsIn = (page: Page): Promise<boolean> =>
    page.getByTestId('story-scroll').evaluate((area) => {
      const map = area.querySelector('.story-map')?.getBoundingClientRect();
      return map !== undefined && map.bottom <= area.getBoundingClientRect().bottom + 0.5;
    });

  for (const width of [321, 461, 621, 1500]) {
    it(`are folded where 80 of them have no room at ${width} pixels, so that the whole map is in view and can be read`, async () => {
      const hosted = await opened(deepStory(80), { width, height: 700 });
      const { page } = hosted;
      assert.equal(await fitsIn(page), true);
      const runs = (await written(page)).flatMap(({ text }) => FOLDED.exec(text) ?? []).length;
      assert.ok(runs > 0, 'a run says which layers it is');
      assert.deepEqual(await textFaults(page), []);
      assert.equal(await page.getByTestId('story-table').locator('tbody tr').count(), 80, 'the table has them all');
      assert.deepEqual(await violations(page), []);
      assert.deepEqual(complaints(hosted.errors), []);
      await hosted.close();
    });
  }

  it('are not folded where all have room', async () => {
    const hosted = await opened(deepStory(30), { width: 461, height: 898 });
    assert.ok((await written(hosted.page)).every(({ text }) => !FOLDED.test(text)));
    await hosted.close();
  });

  it('open with a click and fold again with another', async () => {
    const hosted = await opened(deepStory(80), { width: 621, height: 700 });
    const { page } = hosted;
    const fold = (await written(page)).find(({ text }) => /: \d+ layers that each add little$/.test(text));
    assert.ok(fold);
    await page.mouse.click(fold.x + 4, fold.y);
    await settle(page);
    assert.match((await page.getByTestId('story-card').textContent()) ?? '', /Click or press Enter to fold them again/);
    const [first] = FOLDED.exec(fold.text) ?? [];
    const now = await written(page);
    const head = now.find(({ text }) => text === `layers ${first}`);
    assert.ok(head, 'a line above them folds them again');
    assert.ok(now.length > 40);
    await page.mouse.click(head.x + 4, head.y);
    await settle(page);
    assert.ok((await written(page)).some(({ text }) => text === fold.text));
    await hosted.close();
  });

  it('are come to with the arrow keys, said, and opened with Enter', async () => {
    const hosted = await opened(deepStory(80), { width: 461, height: 700 });
    const { page } = hosted;
    await page.getByTestId('story-map').focus();
    const card = page.getByTestId('story-card');
    const says = async (): Promise<string> => ((await card.isVisible()) ? ((await card.textContent()) ?? '') : '');
    for (let i = 0; i < 80 && !/^Layers \d+–\d+/.test(await says()); i++) {
      await page.keyboard.press('ArrowDown');
      await settle(page);
    }
    assert.match(await says(), /^Layers \d+–\d+.*Each adds less than a tenth/s);
    assert.match(
      (await page.locator('.story [aria-live=polite].unseen').allTextContents()).join(' '),
      /Layers \d+–\d+\..*press Enter to show them/,
    );
    const before = (await written(page)).length;
    await page.keyboard.press('Enter');
    await settle(page);
    assert.ok((await written(page)).length > before);
    assert.match(await says(), /fold them again/);
    await hosted.close();
  });
});
