import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { buildStory, type Story } from '../../src/core/insight/story';
import { requestOf } from '../../webview/host/standalone';
import { testLimit } from '../support/patience';
import { answer, idOf, SAMPLE_MODEL } from './insight-messages';
import { buildInspector, launchChromium, openHosted, settle, type Bundle, type HostedPage } from './inspector-page';
import { sampleGraph, samplePass } from './sample-graph';

type Sample = Parameters<typeof samplePass>[0];

/** Stories that are hard to tell: of each something is drawn, and a sentence says what is the matter. */
describe('A story that is hard to tell, in the panel,', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  before(async () => {
    [browser, bundle] = await Promise.all([launchChromium(), buildInspector()]);
  });
  after(() => browser.close());

  async function storyOf(sample: Sample = {}): Promise<Story> {
    const pass = samplePass(sample);
    const options = { position: pass.tokens.length - 1, target: null, tokens: 5, labelled: 0.6 };
    return buildStory(pass, options, { signal: { aborted: false }, report: () => undefined });
  }

  /** A panel with the flow graph of a sample, in which a story is asked for. */
  async function asking(sample: Sample = {}, size = { width: 461, height: 619 }): Promise<HostedPage> {
    const hosted = await openHosted(browser, bundle, { ...size, kept: null });
    const graph: FlowGraph = await sampleGraph(sample);
    await hosted.send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin: { name: 'a.txt' } });
    return hosted;
  }

  async function opened(story: Story, sample: Sample = {}, size?: { width: number; height: number }): Promise<HostedPage> {
    const hosted = await asking(sample, size);
    await answer(hosted, { of: 'story' }, story);
    return hosted;
  }

  const said = async (page: Page, testId: string): Promise<string> =>
    ((await page.getByTestId(testId).textContent()) ?? '').replaceAll(/\s+/g, ' ').trim();
  const rows = (page: Page) => page.getByTestId('story-table').locator('tbody tr');

  /** The map is there and has something on it. */
  async function assertDrawn({ page, errors }: HostedPage, layers: number): Promise<void> {
    const box = await page.getByTestId('story-map').boundingBox();
    assert.ok(box && box.width > 100 && box.height >= 13 * layers);
    assert.equal(await rows(page).count(), layers);
    const colours = await page
      .getByTestId('story-map')
      .locator('canvas')
      .evaluate((canvas) => {
        const { width, height } = canvas as HTMLCanvasElement;
        const pixels = (canvas as HTMLCanvasElement).getContext('2d')?.getImageData(0, 0, width, height).data ?? [];
        return new Set(new Uint32Array(Uint8ClampedArray.from(pixels).buffer)).size;
      });
    assert.ok(colours > 3, 'the map is drawn');
    assert.deepEqual(
      errors.filter((error) => !error.includes('Content Security Policy')),
      [],
    );
  }

  it('of one token has its layers, and says that there is nothing to read', async () => {
    const sample = { prompt: 'The' };
    const hosted = await opened(await storyOf(sample), sample);
    await assertDrawn(hosted, 12);
    assert.match(await said(hosted.page, 'story-sentence'), /The first token sees only itself: there is nothing before it to read\./);
    await hosted.close();
  });

  it('of a target at 0 % says that it is, and how far it is from leading', async () => {
    const told = await storyOf();
    const layers = told.layers.map((layer) => ({ ...layer, target: { logit: -90, probability: 0, rank: 41 } }));
    const target = { ...told.target, id: 99_999, text: ' never', probability: 0, rank: 41 };
    const hosted = await opened({ ...told, layers, target, leadsFrom: null });
    await assertDrawn(hosted, 12);
    assert.match(await said(hosted.page, 'story-answer'), /^·never\s*0%\s*instead of/);
    assert.match(await said(hosted.page, 'story-sentence'), /^‘·never’ is only ranked 41 here, at 0 %\./);
    await hosted.close();
  });

  it('of reads that cancel says so where it is seen, not below the map', async () => {
    const told = await storyOf();
    const [read] = told.reads;
    assert.ok(read);
    const reads = [read, { ...read, layer: read.layer === 0 ? 1 : 0, share: -read.share }];
    const hosted = await opened({ ...told, reads, attention: { ...told.attention, absolute: 2 * Math.abs(read.share) } });
    await assertDrawn(hosted, 12);
    assert.match(await said(hosted.page, 'story-sentence'), /Reads for and against nearly cancel: they come to \+?0\.0/);
    const box = await hosted.page.getByTestId('story-sentence').boundingBox();
    assert.ok(box && box.y + box.height < 619 / 3);
    await hosted.close();
  });

  it('of a pass that is not finite says what is wrong, lets it be asked for again, and is told then', async () => {
    const hosted = await asking();
    const { page, send } = hosted;
    const problem = { code: 'weights-invalid', message: 'Some values in this pass are not finite.', hint: 'Try another model.' } as const;
    await send({ type: 'insightFailed', id: await idOf(hosted, 'story'), request: { of: 'story' }, problem });
    assert.match(await said(page, 'story-failed'), /Some values in this pass are not finite\. Try another model\./);
    assert.equal(await page.getByTestId('target-input').isVisible(), true, 'another target can be chosen');
    await page.getByTestId('story-again').click();
    await answer(hosted, { of: 'story' }, await storyOf());
    await assertDrawn(hosted, 12);
    await hosted.close();
  });

  it('of no read that brings anything has the stream and the bars, and says that there is none', async () => {
    const told = await storyOf();
    const none: Story = {
      ...told,
      reads: [],
      attention: { absolute: 0, count: 0, onFirst: 0, bySource: told.attention.bySource.map(() => 0) },
    };
    const hosted = await opened(none);
    await assertDrawn(hosted, 12);
    assert.match(await said(hosted.page, 'story-sentence'), /No head adds anything to this token’s logit\./);
    await hosted.page.getByTestId('story-map').focus();
    await hosted.page.keyboard.press('ArrowRight');
    assert.equal(await hosted.page.getByTestId('story-card').isVisible(), false);
    assert.equal(await hosted.page.getByTestId('story-alone').count(), 0, 'there is nothing that could be enough');
    await hosted.close();
  });

  it('of 500 tokens folds those that nothing is read from, and keeps the one that is read most', async () => {
    const sample = { prompt: 'the city of Japan '.repeat(125).trim() };
    const told = await storyOf(sample);
    assert.equal(told.tokens.length, 500);
    for (const size of [
      { width: 321, height: 600 },
      { width: 1500, height: 800 },
    ]) {
      const hosted = await opened(told, sample, size);
      await assertDrawn(hosted, 12);
      const words = await said(hosted.page, 'story-sentence');
      assert.match(words, /The strongest read: layer \d+ heads? \d/);
      const wide = await hosted.page.evaluate(() => document.documentElement.scrollWidth);
      assert.equal(wide, size.width);
      await hosted.close();
    }
  });

  it('of a first token that heads only rest on says so by its name, and has no read of it', async () => {
    const told = await storyOf();
    const reads = told.reads.filter(({ source }) => source !== 0);
    const resting = { layers: 9, share: 2.5 };
    const hosted = await opened({ ...told, reads, attention: { ...told.attention, onFirst: 0.58, resting } });
    await assertDrawn(hosted, 12);
    assert.match(
      await said(hosted.page, 'story-notes'),
      /In 9 layers heads rest on the first token, ‘The’: .* \+2\.5 in all, depends on ‘The’ alone/,
    );
    assert.doesNotMatch((await rows(hosted.page).allTextContents()).join(' '), /‘The’/);
    await hosted.close();
  });

  it('of a model with one head names that', async () => {
    const sample = { nHeads: 1 };
    const hosted = await opened(await storyOf(sample), sample);
    await assertDrawn(hosted, 12);
    assert.match(await said(hosted.page, 'story-sentence'), /layer \d+ head 0 looks at/);
    await hosted.close();
  });

  it('of norms on the stream has what layers say alone, and says why', async () => {
    const normed = Object.assign(samplePass({ seed: 11 }), { streamNormed: true });
    const options = { position: normed.tokens.length - 1, target: null, tokens: 5, labelled: 0.6 };
    const told = await buildStory(normed, options, { signal: { aborted: false }, report: () => undefined });
    const hosted = await opened(told);
    await assertDrawn(hosted, 12);
    assert.match(await said(hosted.page, 'story-sentence'), /applies its norms to the residual stream itself/);
    await hosted.close();
  });

  it('of capped logits and of windows says both below the map', async () => {
    const told = await storyOf();
    const layers = told.layers.map((layer) => ({ ...layer, seesFrom: 4 }));
    const hosted = await opened({ ...told, layers, target: { ...told.target, measured: told.target.measured / 2 } });
    const notes = await said(hosted.page, 'story-notes');
    assert.match(notes, /Each layer sees only the last 4 tokens/);
    assert.match(notes, /The model caps its logits/);
    await hosted.page.getByTestId('story-notes').scrollIntoViewIfNeeded();
    const box = await hosted.page.getByTestId('story-notes').boundingBox();
    assert.ok(box && box.y > 0 && box.y + box.height <= 619, 'it can be scrolled to');
    await hosted.close();
  });

  for (const width of [321, 461, 621, 1500]) {
    it(`of 80 layers has the answer in words at ${width} pixels, and reads that are out of view are scrolled to`, async () => {
      const sample = { nLayers: 80 };
      const told = await storyOf(sample);
      const hosted = await opened(told, sample, { width, height: 700 });
      await assertDrawn(hosted, 80);
      const { page } = hosted;
      const words = await page.getByTestId('story-sentence').boundingBox();
      assert.ok(words && words.y + words.height < 250);
      assert.match(await said(page, 'story-sentence'), /leads from (layer \d+|the first layer) on.*layer \d+ heads? \d/);
      await page.getByTestId('story-map').focus();
      const seen = async (): Promise<boolean> => {
        const [card, area] = [await page.getByTestId('story-card').boundingBox(), await page.getByTestId('story-scroll').boundingBox()];
        return card !== null && area !== null && card.y + card.height > area.y && card.y < area.y + area.height;
      };
      const scrolled = (): Promise<number> => page.getByTestId('story-scroll').evaluate((area) => area.scrollTop);
      await page.keyboard.press('ArrowRight');
      for (let layers = 0; layers < 80 && (await scrolled()) === 0; layers++) await page.keyboard.press('ArrowDown');
      await settle(page);
      assert.ok(await seen());
      assert.ok((await scrolled()) > 0, 'it has scrolled');
      await hosted.close();
    });
  }
});
