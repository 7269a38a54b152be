import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { headsOf } from '../../src/core/insight/read-heads';
import { buildStory, type Story } from '../../src/core/insight/story';
import { reaching } from '../../src/core/insight/strongest-reads';
import { showToken } from '../../src/core/text/token-text';
import { requestOf } from '../../webview/host/standalone';
import { testLimit } from '../support/patience';
import { answer, SAMPLE_MODEL } from './insight-messages';
import { buildInspector, launchChromium, openHosted, settle, type Bundle, type HostedPage } from './inspector-page';
import { sampleGraph, samplePass } from './sample-graph';

/** No text is smaller, in pixels. */
const LEAST_TEXT = 11;
/** Part of the panel's height that is the map and what is said of it, at least. */
const CONTENT = 0.65;

/** What `visit story --format json` said of a trained Llama of 30 layers (scripts/real-model.mjs), figures rounded to 5 digits. */
const REAL = JSON.parse(readFileSync(path.join(__dirname, '../fixtures/story/llama-30-layers.json'), 'utf8')) as Story;

/** The panel beside an editor: with the side bar in a window of 1600 × 1000 pixels, and in one of 1280 × 720. */
const PANELS = [
  { width: 621, height: 898 },
  { width: 461, height: 619 },
] as const;

/** A text that the map's canvas writes. */
interface Written {
  readonly text: string;
  readonly size: number;
  /** client pixels, of its middle line */
  readonly y: number;
}

describe('The whole first view, without scrolling', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  before(async () => {
    [browser, bundle] = await Promise.all([launchChromium(), buildInspector()]);
  });
  after(() => browser.close());

  async function opened(story: Story, size: { readonly width: number; readonly height: number }): Promise<HostedPage> {
    const hosted = await openHosted(browser, bundle, { ...size, kept: null });
    // What is not of the story is not looked at: a random pass of as many layers stands in for the flow graph.
    const { nLayers, nHeads } = story.model;
    const random = await sampleGraph({ nLayers, nHeads });
    const graph: FlowGraph = { ...random, model: story.model, tokens: [...story.tokens], target: story.target };
    await hosted.send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin: { name: 'capitals.txt' } });
    await answer(hosted, { of: 'story' }, story);
    return hosted;
  }

  /** All that the map writes. */
  async function writtenOn(page: Page): Promise<readonly Written[]> {
    await page.evaluate(() => {
      const texts: Written[] = [];
      Object.assign(window, { texts });
      const { fillText } = CanvasRenderingContext2D.prototype;
      CanvasRenderingContext2D.prototype.fillText = function (...of) {
        const { d, f } = this.getTransform();
        const size = (Number(/([\d.]+)px/.exec(this.font)?.[1]) * d) / devicePixelRatio;
        const y = this.canvas.getBoundingClientRect().top + (d * of[2] + f) / devicePixelRatio;
        if (this.canvas.isConnected) texts.push({ text: of[0], size, y });
        fillText.apply(this, of);
      };
    });
    // A read that is pointed at has the map drawn again.
    await page.getByTestId('story-map').focus();
    await page.keyboard.press('ArrowRight');
    await settle(page);
    await page.keyboard.press('Escape');
    await settle(page);
    return page.evaluate(() => (window as unknown as { texts: Written[] }).texts);
  }

  const box = async (page: Page, testId: string) => {
    const found = await page.getByTestId(testId).boundingBox();
    assert.ok(found, testId);
    return { ...found, bottom: found.y + found.height };
  };

  async function storyOf(nLayers: number): Promise<Story> {
    if (nLayers === REAL.layers.length) return REAL;
    const pass = samplePass({ nLayers });
    const options = { position: pass.tokens.length - 1, target: null, tokens: 5, labelled: 0.6 };
    return buildStory(pass, options, { signal: { aborted: false }, report: () => undefined });
  }

  for (const { width, height } of PANELS) {
    for (const nLayers of [8, 12, 18, 30]) {
      it(`has the answer, what it leads from, and every one of ${nLayers} layers in a panel of ${width}×${height}`, async () => {
        const story = await storyOf(nLayers);
        const { page, close } = await opened(story, { width, height });
        const [map, scroll, footer] = [await box(page, 'story-map'), await box(page, 'story-scroll'), await box(page, 'story-footer')];
        assert.ok(map.y >= scroll.y && map.bottom <= scroll.bottom + 0.5, `the map ends at ${map.bottom}, its place at ${scroll.bottom}`);
        assert.ok(footer.bottom <= height + 0.5, 'nothing is below the panel');
        assert.ok(scroll.height >= CONTENT * height, `${scroll.height} px of ${height} are content`);
        const written = await writtenOn(page);
        for (const { text, size } of written) assert.ok(size >= LEAST_TEXT - 0.01, `“${text}” is ${size} px high`);
        for (const { layer, says } of story.layers) {
          const middle = map.y + ((map.height - 24) / nLayers) * (nLayers - layer - 0.5);
          const token = showToken(says).slice(0, 3);
          assert.ok(
            written.some(({ text, y }) => Math.abs(y - middle) < 3 && text.startsWith(token)),
            `layer ${layer} says ${token}`,
          );
        }
        await close();
      });
    }

    it(`names layer 23 head 4 of a trained Llama of 30 layers, what it reads and writes, and the runners-up, in a panel of ${width}×${height}`, async () => {
      const { page, close } = await opened(REAL, { width, height });
      const sentence = (await page.getByTestId('story-sentence').textContent()) ?? '';
      assert.match(sentence, /leads from layer 29 on.*layer 23 heads 4 and 5 look at ‘·Japan’ .* and write ‘·Japan’, \+4\.7 of 23\.0/s);
      assert.ok((await box(page, 'story-sentence')).bottom <= height);
      const line = await box(page, 'story-answer');
      const others = page.locator('.story-other');
      assert.equal(await others.count(), 4);
      for (const other of await others.all()) {
        const found = await other.boundingBox();
        assert.ok(found && found.y + found.height <= line.y + 34 && found.x + found.width <= width, `${await other.textContent()} is seen`);
      }
      const [map, written] = [await box(page, 'story-map'), await writtenOn(page)];
      const rowHeight = (map.height - 24) / 30;
      const inRow = (layer: number, what: RegExp): boolean =>
        written.some(({ text, y }) => Math.abs(y - map.y - (29.5 - layer) * rowHeight) < 3 && what.test(text));
      assert.ok(inRow(23, /^·Japan$/), 'what is written stands in the row of layer 23');
      assert.ok(inRow(23, /\+4\.7$/), 'and how much it adds');
      await close();
    });
  }

  it('has in its table each read that reaches 60 %, with head, source and written token', async () => {
    const { page, close } = await opened(REAL, PANELS[1]);
    // The last layer is the first row.
    const rows = (await page.getByTestId('story-table').locator('tbody tr').allTextContents()).toReversed();
    const reads = REAL.reads.slice(0, reaching(REAL.reads, 0.6 * REAL.attention.absolute));
    assert.ok(reads.length >= 8);
    for (const read of reads) {
      const words = rows[read.layer] ?? '';
      const [source, written] = [REAL.tokens[read.source], read.writes?.[0]];
      assert.ok(source && written);
      for (const part of [showToken(source), showToken(written), ...headsOf(read).map(({ head }) => String(head))])
        assert.ok(words.includes(part), `${part} in ${words}`);
    }
    await close();
  });
});
