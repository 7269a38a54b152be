import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import type { GeneratedToken } from '../../src/core/format/continuation';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { requestOf } from '../../webview/host/standalone';
import { answer, SAMPLE_MODEL } from './insight-messages';
import { buildInspector, complaints, launchChromium, openHosted, settle, type Bundle, type HostedPage } from './inspector-page';
import { sampleGraph } from './sample-graph';
import { sampleStory } from './sample-insight';

/** A token that was said, with one that is likelier where its rank is not 1. */
function said(id: number, text: string, rank = 1, more: Partial<GeneratedToken> = {}): GeneratedToken {
  const own = { id, text, probability: 0.4 };
  const other = { id: 900, text: ' other', probability: rank === 1 ? 0.2 : 0.5 };
  return { ...own, rank, entropy: 1, top: rank === 1 ? [own, other] : [other, own], ...more };
}

describe('A conversation and its continuation in the page', () => {
  let browser: Browser;
  let bundle: Bundle;
  let hosted: HostedPage;
  let graph: FlowGraph;

  before(async () => {
    [browser, bundle] = [await launchChromium(), await buildInspector()];
    const sample = await sampleGraph();
    graph = { ...sample, given: 'marked', tokens: sample.tokens.map((token, i) => (i === 0 ? { ...token, special: true } : token)) };
  });
  after(() => browser.close());

  const show = (shown: FlowGraph, generated?: number) =>
    hosted.send({
      type: 'graph',
      fingerprint: SAMPLE_MODEL,
      graph: shown,
      request: requestOf(shown),
      origin: { name: 'chat.md' },
      ...(generated !== undefined && { generated }),
    });
  const continuing = (tokens: readonly GeneratedToken[], ended: 'length' | 'end-token' | 'cancelled' | null) =>
    hosted.send({ type: 'continuation', continuation: { prompt: graph.tokens.map(({ id }) => id), tokens, ended } });
  const posted = async () =>
    (await hosted.posted()).filter(({ type }) => ['continue', 'stopContinuing', 'openGenerated', 'showPlain'].includes(type));

  beforeEach(async () => {
    hosted = await openHosted(browser, bundle, { width: 1000 });
    await show(graph);
    await hosted.page.getByTestId('continue').waitFor();
  });
  afterEach(() => hosted.close());

  for (const theme of ['dark', 'light', 'high-contrast', 'high-contrast-light'] as const) {
    it(`shows marks of the vocabulary in a look of their own: ${theme}`, async () => {
      await hosted.close();
      hosted = await openHosted(browser, bundle, { width: 1000, theme });
      await show(graph);
      const borderOf = (index: number) =>
        hosted.page.getByTestId(`token-${index}`).evaluate((token) => {
          const { borderTopStyle, borderTopColor } = getComputedStyle(token);
          return `${borderTopStyle} ${borderTopColor}`;
        });
      await hosted.page.getByTestId('token-0').waitFor();
      const [mark, text] = [await borderOf(0), await borderOf(1)];
      assert.match(mark, /^dashed rgb/);
      assert.doesNotMatch(mark, /, 0\)$/);
      assert.match(text, /^solid rgba\(0, 0, 0, 0\)$/);
      assert.match((await hosted.page.getByTestId('token-0').getAttribute('title')) ?? '', /stands for no text/);
    });
  }

  it('has a way back to the plain text, where there is one', async () => {
    await hosted.page.getByTestId('show-plain').click();
    assert.deepEqual(await posted(), [{ type: 'showPlain' }]);
    const { given: _marked, ...ordinary } = graph;
    await show(ordinary);
    await hosted.page.getByTestId('show-plain').waitFor({ state: 'detached' });
  });

  it('has the model continue, shows tokens as they come, and stops it', async () => {
    const { page } = hosted;
    await page.getByTestId('continue').click();
    await continuing([], null);
    await continuing([said(1, ' one')], null);
    await page.getByTestId('generated-0').waitFor();
    assert.equal(await page.getByTestId('continue').getAttribute('aria-label'), 'Stop');
    await continuing([said(1, ' one'), said(2, 'two', 3)], null);
    await page.getByTestId('generated-1').waitFor();
    await page.getByTestId('continue').click();
    await continuing([said(1, ' one'), said(2, 'two', 3)], 'cancelled');
    await page.getByTestId('continuation-end').waitFor();
    assert.equal(await page.getByTestId('continue').getAttribute('aria-label'), 'Continue');
    assert.deepEqual(await posted(), [{ type: 'continue' }, { type: 'stopContinuing' }]);
  });

  it('says of each token how likely it was, and what else it might have been; a click looks into it', async () => {
    const { page } = hosted;
    await continuing([said(1, ' one'), said(2, 'two', 2)], 'length');
    const title = async (index: number) => (await page.getByTestId(`generated-${index}`).getAttribute('title')) ?? '';
    await page.getByTestId('generated-1').waitFor();
    assert.match(await title(0), /·one 40\s?%, the most likely token\nOthers: ·other 20\s?%/);
    assert.match(await title(1), /two 40\s?%, number 2 of the most likely tokens\nOthers: ·other 50\s?%/);
    await page.getByTestId('generated-1').click();
    assert.deepEqual(await posted(), [{ type: 'openGenerated', index: 1 }]);
    const end = graph.tokens.at(-1)!;
    const longer = [1, 2].map((id, i) => ({ id, text: `${id}`, start: end.end + i, end: end.end + i + 1 }));
    await show({ ...graph, given: 'tokens', tokens: [...graph.tokens, ...longer], position: graph.tokens.length }, 2);
    await page.locator('[data-testid=generated-1].current').waitFor();
    assert.equal(await page.locator('.token.said').count(), 2);
    assert.equal(await page.getByTestId('show-plain').innerText(), 'Prompt alone');
  });

  it('says that the model has ended, and cannot go on from there', async () => {
    const { page } = hosted;
    await continuing([said(1, ' one'), said(0, '<end>', 1, { ends: true })], 'end-token');
    await page.getByTestId('continuation-end').waitFor();
    assert.equal(await page.getByTestId('continuation-end').innerText(), 'ended by the model');
    assert.ok(await page.getByTestId('continue').isDisabled());
    await hosted.send({ type: 'continuation', continuation: null });
    await page.getByTestId('generated-0').waitFor({ state: 'detached' });
  });

  it('is asked for and read on the first view too, where it takes a row only once there is something to be read', async () => {
    await hosted.close();
    hosted = await openHosted(browser, bundle, { width: 461, height: 619, kept: null });
    const { page } = hosted;
    const { given: _marked, ...ordinary } = graph;
    await show(ordinary);
    await answer(hosted, { of: 'story' }, await sampleStory());
    await page.getByTestId('continue').waitFor();
    assert.equal(await page.getByTestId('continuation').isVisible(), false);
    assert.equal((await page.getByTestId('story-answer').locator('.story-top').boundingBox())?.height, 28, 'one line');
    await page.getByTestId('continue').click();
    assert.deepEqual(await posted(), [{ type: 'continue' }]);
    await continuing([said(1, ' one'), said(2, 'two')], 'length');
    await page.getByTestId('generated-1').click();
    assert.deepEqual((await posted()).at(-1), { type: 'openGenerated', index: 1 });
    assert.deepEqual(complaints(hosted.errors), []);
  });

  it('is the same on all tabs, and fits a narrow panel', async () => {
    const { page } = hosted;
    await continuing(
      Array.from({ length: 40 }, (_, i) => said(i, ` token${i}`)),
      'length',
    );
    for (const width of [321, 461, 1500]) {
      await page.setViewportSize({ width, height: 900 });
      await settle(page);
      const { isIn, height } = await page.getByTestId('continuation').evaluate((row) => ({
        isIn: row.getBoundingClientRect().right <= innerWidth && row.scrollWidth <= row.clientWidth,
        height: row.getBoundingClientRect().height,
      }));
      assert.ok(isIn, `${width} px`);
      assert.ok(height <= 90, `${height} px high at ${width} px`);
    }
    assert.deepEqual(complaints(hosted.errors), []);
  });
});
