import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import type { Comparison } from '../../src/core/format/comparison';
import type { StoryDifference } from '../../src/core/insight/story-difference';
import { differenceText } from '../../src/core/present/difference-words';
import type { PageMessage } from '../../src/core/protocol/page-messages';
import { showToken } from '../../src/core/text/token-text';
import { inspectorPage } from '../../src/export/inspector-page';
import { requestOf } from '../../webview/host/standalone';
import { testLimit } from '../support/patience';
import { readSvg } from '../support/svg';
import { answer, idOf, SAMPLE_MODEL } from './insight-messages';
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
import { sampleWhatIf } from './sample-comparison';
import { candidateAt, candidatesOf, checkOf, comparisonMessage, sampleBoth, sampleDifference } from './sample-difference';
import { sampleGraph } from './sample-graph';

const DIFFERENCE = { of: 'storyDifference' } as const;

/** All texts of the picture that the page draws of itself. */
async function pictureTexts({ page, send, posted }: HostedPage): Promise<readonly string[]> {
  await send({ type: 'question', id: 1, question: { of: 'picture', as: 'svg', ground: 'light' } });
  await page.waitForFunction(() => (window as unknown as { posted: readonly PageMessage[] }).posted.some(({ type }) => type === 'answer'));
  const said = (await posted()).findLast((message) => message.type === 'answer');
  assert.ok(said?.answer.of === 'picture');
  return readSvg(said.answer.data).texts;
}

describe('The story of a comparison on the page', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  let comparison: Comparison;
  let story: StoryDifference;
  before(async () => {
    [browser, bundle, { comparison, story }] = await Promise.all([launchChromium(), buildInspector(), sampleBoth()]);
  });
  after(() => browser.close());

  /** A new page that is sent a comparison, and its story where it asks for it. */
  async function opened(
    options: OpenOptions & { readonly kept?: unknown } = {},
    shown: { readonly comparison: Comparison; readonly story: StoryDifference } = { comparison, story },
  ): Promise<HostedPage> {
    const hosted = await openHosted(browser, bundle, { width: 621, height: 800, kept: null, ...options });
    await hosted.send(comparisonMessage(shown.comparison));
    await answer(hosted, DIFFERENCE, shown.story);
    return hosted;
  }

  const sentence = async ({ page }: HostedPage): Promise<string> =>
    ((await page.getByTestId('story-sentence').textContent()) ?? '').replaceAll(/\s+/g, ' ').trim();

  const asked = async ({ posted }: HostedPage): Promise<readonly string[]> =>
    (await posted()).flatMap((message) => (message.type === 'requestInsight' ? [message.request.of] : []));

  it('comes first below 900 pixels, where two graphs have no room, and is a tab beside them above', async () => {
    const narrow = await opened({ width: 899 });
    assert.equal(await narrow.page.getByTestId('tab-story').getAttribute('aria-selected'), 'true');
    await narrow.close();
    const wide = await openHosted(browser, bundle, { width: 900, kept: null });
    await wide.send(comparisonMessage(comparison));
    assert.equal(await wide.page.getByTestId('tab-graph').getAttribute('aria-selected'), 'true');
    assert.deepEqual(await asked(wide), []);
    await wide.page.getByTestId('tab-story').click();
    await answer(wide, DIFFERENCE, story);
    assert.equal(await sentence(wide), differenceText(story).replaceAll('\u00a0', ' '));
    await wide.close();
  });

  it('stays away where the flow graph is what is being looked at', async () => {
    const hosted = await openHosted(browser, bundle, { width: 621, kept: { tab: 'graph' } });
    await hosted.send(comparisonMessage(comparison));
    assert.equal(await hosted.page.getByTestId('tab-graph').getAttribute('aria-selected'), 'true');
    await hosted.close();
  });

  for (const width of [321, 461, 621, 1500]) {
    it(`says at ${width} pixels what both predict, from which layer on they differ, and what is read differently`, async () => {
      const hosted = await openHosted(browser, bundle, { width, height: 700, kept: null });
      await hosted.send(comparisonMessage(comparison));
      await hosted.page.getByTestId('tab-story').click();
      await answer(hosted, DIFFERENCE, story);
      const { page, close } = hosted;
      for (const side of ['left', 'right'] as const) {
        const line = (await page.getByTestId(`difference-${side}`).textContent()) ?? '';
        assert.ok(line.includes(showToken(story[side].target)), line);
      }
      const words = await sentence(hosted);
      assert.match(words, /^(They say different tokens|Both say)/);
      const [read] = story.reads;
      assert.ok(read);
      assert.match(words, new RegExp(`layer ${read.layer} heads? \\d.* reads? ‘`));
      assert.equal(await page.getByTestId('story-map').isVisible(), true);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(overflow, 0);
      await close();
    });
  }

  it('is kept when the page is loaded again, whatever its width is then', async () => {
    const hosted = await opened();
    const kept = await hosted.kept();
    await hosted.close();
    const again = await opened({ width: 1400, kept });
    assert.equal(await again.page.getByTestId('tab-story').getAttribute('aria-selected'), 'true');
    await again.close();
  });

  it('is a stop of its own on the way back, between the graphs and what was shown before', async () => {
    const hosted = await openHosted(browser, bundle, { width: 1200, kept: { tab: 'graph' } });
    const { page, send, posted, close } = hosted;
    const graph = await sampleGraph();
    await send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin: {}, seen: 'one' });
    await send(comparisonMessage(comparison, { seen: 'two' }));
    await page.getByTestId('tab-story').click();
    await answer(hosted, DIFFERENCE, story);
    await page.getByTestId('go-back').click();
    await settle(page);
    assert.equal(await page.getByTestId('tab-graph').getAttribute('aria-selected'), 'true');
    assert.equal(await page.getByTestId('canvas-left').isVisible(), true);
    await page.getByTestId('go-forward').click();
    await settle(page);
    assert.equal(await page.getByTestId('difference-answer').isVisible(), true);
    await page.getByTestId('go-back').click();
    await page.getByTestId('go-back').click();
    assert.deepEqual(
      (await posted()).findLast(({ type }) => type === 'showAgain'),
      { type: 'showAgain', seen: 'one' },
    );
    await close();
  });

  it('is walked by keyboard: a card has both sides of a read, and Enter opens the two graphs there with it pinned', async () => {
    const hosted = await opened();
    const { page, posted, kept, close } = hosted;
    await page.getByTestId('story-map').focus();
    await page.keyboard.press('ArrowRight');
    await settle(page);
    const [read] = story.reads;
    assert.ok(read);
    const card = (await page.getByTestId('story-card').textContent()) ?? '';
    assert.match(card, new RegExp(`^Layer ${read.layer} heads? .* reads? ‘`));
    for (const side of ['left', 'right'] as const) {
      const [written] = read.writes?.[side] ?? [];
      if (written) assert.ok(card.includes(showToken(written)), `${card} has not ${showToken(written)}`);
    }
    await page.keyboard.press('Enter');
    await settle(page);
    assert.equal(await page.getByTestId('tab-graph').getAttribute('aria-selected'), 'true');
    const change = (await posted()).findLast((message) => message.type === 'changeComparison');
    assert.deepEqual(change?.change.layers, { from: read.layer, to: read.layer });
    const { pinned } = (await kept()) as { readonly pinned: readonly string[] };
    assert.match(pinned[0] ?? '', new RegExp(`blocks\\.${read.layer}\\.attn\\.head\\.\\d+\\.value\\.`));
    await close();
  });

  it('lights a token up on the side that has it while its column is pointed at', async () => {
    const hosted = await opened();
    const { page, posted, close } = hosted;
    const box = await page.getByTestId('story-map').boundingBox();
    assert.ok(box);
    const lit = async () => (await posted()).findLast((message) => message.type === 'highlight');
    for (let x = box.x + 20; (await lit()) === undefined; x += 10) await page.mouse.move(x, box.y + box.height - 12);
    const first = await lit();
    assert.equal(typeof first?.token, 'number');
    assert.ok(first?.side === 'left' || first?.side === 'right');
    await close();
  });

  it('has the map as a table for screen readers, and breaks no rule of accessibility', async () => {
    const { page, close } = await opened({ theme: 'light' });
    assert.equal(await page.getByTestId('story-table').locator('tbody tr').count(), story.layers.length);
    assert.match((await page.getByTestId('story-table').textContent()) ?? '', /A says[^]*B says[^]*Bits apart/);
    assert.deepEqual(await violations(page), []);
    await close();
  });

  it('explains another token on one side when it is clicked', async () => {
    const hosted = await opened();
    const other = story.right.predictions.find(({ id }) => id !== story.right.target.id);
    assert.ok(other);
    await hosted.page.getByTestId('difference-right').locator('.story-other').first().click();
    const change = (await hosted.posted()).findLast((message) => message.type === 'changeComparison');
    assert.equal(change?.change.right?.target, other.text);
    await hosted.close();
  });

  it('lists each cause once it has been measured, the largest first, one call after the other', async () => {
    const hosted = await opened();
    const { page, close } = hosted;
    assert.deepEqual(await asked(hosted), ['storyDifference', 'differenceCauses']);
    const [weak, strong] = [candidateAt(1, story), candidateAt(2, story)];
    await answer(hosted, { of: 'differenceCauses' }, candidatesOf(story, [weak, strong]));
    assert.match((await page.getByTestId('checkDifference-waiting').textContent()) ?? '', /Checking cause 1 of 2/);
    const check = ({ components }: typeof weak) => ({ of: 'checkDifference', components: components.join(' ') }) as const;
    await answer(hosted, check(weak), checkOf(weak, story, 0.5));
    const lines = page.getByTestId('causes').locator('li');
    assert.match((await lines.first().textContent()) ?? '', /Feed-forward layer 1\.\s+‘.*’ .* → /);
    assert.match((await page.getByTestId('checkDifference-waiting').textContent()) ?? '', /Checking cause 2 of 2/);
    await answer(hosted, check(strong), checkOf(strong, story, 2));
    assert.match((await lines.first().textContent()) ?? '', /Feed-forward layer 2\./);
    assert.equal(await lines.count(), 2);
    assert.equal((await asked(hosted)).filter((of) => of === 'checkDifference').length, 2);
    // A picture has them in the same words.
    const words = (await lines.allInnerTexts()).join(' ').split(/\s+/);
    const drawn = (await pictureTexts(hosted)).join(' ').split(/\s+/);
    assert.deepEqual(
      words.filter((word) => !drawn.includes(word)),
      [],
    );
    await close();
  });

  it('leaves causes at what has been measured when that is cancelled, and copies the story with them as text', async () => {
    const hosted = await opened();
    const { page, posted, send, close } = hosted;
    await page.evaluate(() => {
      const written: string[] = [];
      Object.assign(window, { written });
      Object.defineProperty(navigator, 'clipboard', { value: { writeText: (text: string) => Promise.resolve(written.push(text)) } });
    });
    const candidates = [candidateAt(1, story), candidateAt(2, story)] as const;
    await answer(hosted, { of: 'differenceCauses' }, candidatesOf(story, candidates));
    const request = (i: 0 | 1) => ({ of: 'checkDifference', components: candidates[i].components.join(' ') }) as const;
    await answer(hosted, request(0), checkOf(candidates[0], story, 1));
    await page.getByTestId('checkDifference-cancel').click();
    assert.deepEqual(
      (await posted()).findLast(({ type }) => type === 'cancelInsight'),
      { type: 'cancelInsight', request: request(1) },
    );
    await send({ type: 'insightFailed', id: await idOf(hosted, 'checkDifference'), request: request(1), problem: null });
    assert.equal(await page.getByTestId('checkDifference-again').isVisible(), true);
    assert.equal((await asked(hosted)).filter((of) => of === 'checkDifference').length, 2);
    await page.getByTestId('story-copy').click();
    const [text] = await page.evaluate(() => (window as unknown as { written: readonly string[] }).written);
    assert.ok(text?.includes(differenceText(story)));
    assert.match(text ?? '', /^A: .*\nB: .*\n[^]*\n\nWhy do they differ\? [^]*\n1\. Feed-forward layer 1\. /);
    await close();
  });

  it('says why nothing is measured where the positions are not equally far from their ends', async () => {
    const hosted = await opened();
    await answer(hosted, { of: 'differenceCauses' }, candidatesOf(story, [], { unmeasured: 'positions' }));
    assert.match((await hosted.page.getByTestId('story-causes').textContent()) ?? '', /equally far from the end of their prompts/);
    await hosted.close();
  });

  it('says of a pass that is not finite what is wrong with it, and asks again when it is told to', async () => {
    const hosted = await openHosted(browser, bundle, { width: 621, kept: null });
    const { page, send, close } = hosted;
    await send(comparisonMessage(comparison));
    const problem = { code: 'weights-invalid' as const, message: 'Some values in this pass are not finite.' };
    await send({ type: 'insightFailed', id: await idOf(hosted, 'storyDifference'), request: DIFFERENCE, problem });
    assert.match((await page.getByTestId('storyDifference-failed').textContent()) ?? '', /not finite/);
    await page.getByTestId('storyDifference-again').click();
    await answer(hosted, DIFFERENCE, story);
    assert.equal(await page.getByTestId('difference-answer').isVisible(), true);
    await close();
  });

  it('says of two passes that are the same that nothing differs', async () => {
    const same = { left: 'The capital of Japan is', right: 'The capital of Japan is' };
    const hosted = await opened({}, await sampleBoth(same));
    assert.match(await sentence(hosted), /^Nothing differs/);
    assert.equal(await hosted.page.getByTestId('story-map').isVisible(), true);
    await answer(hosted, { of: 'differenceCauses' }, candidatesOf(await sampleDifference(same), []));
    assert.match((await hosted.page.getByTestId('story-causes').textContent()) ?? '', /No part differs/);
    await hosted.close();
  });

  it('draws prompts of one token each, and one of three hundred beside a short one', async () => {
    const long = Array.from({ length: 300 }, (_, i) => `word${i}`).join(' ');
    for (const prompts of [
      { left: 'Japan', right: 'France' },
      { left: 'The city of', right: long },
    ]) {
      const hosted = await opened({ width: 461 }, await sampleBoth(prompts));
      assert.match(await sentence(hosted), /read that differs most|Nothing is read differently/);
      assert.equal(await hosted.page.getByTestId('story-table').locator('tbody tr').count(), story.layers.length);
      assert.deepEqual(complaints(hosted.errors), []);
      await hosted.close();
    }
  });

  it('tells of a change to the model what it changed, before and after, with the change to be taken back', async () => {
    const component = 'blocks.2.attn.head.3';
    const whatIf = await sampleWhatIf(component);
    const { left, right, ...rest } = await sampleDifference({ left: whatIf.left.prompt, right: whatIf.right.prompt });
    const interventions = [{ mode: 'zero', component }] as const;
    const told = { left, right: { ...right, interventions }, ...rest };
    const hosted = await opened({}, { comparison: whatIf, story: told });
    const { page, close } = hosted;
    assert.match((await page.getByTestId('difference-left').textContent()) ?? '', /Before/);
    assert.match((await page.getByTestId('difference-right').textContent()) ?? '', /After/);
    assert.equal(await page.getByTestId('take-back').count(), 1);
    assert.equal(await page.getByTestId('swap').isVisible(), false);
    await close();
  });

  it('is a picture of its own, with both answers, the map, and what its colours mean', async () => {
    const hosted = await opened();
    const texts = await pictureTexts(hosted);
    for (const side of ['left', 'right'] as const) {
      const token = showToken(story[side].target);
      assert.ok(
        texts.some((text) => text.includes(token)),
        token,
      );
    }
    await hosted.close();
  });

  it('is held by a page of its own, which opens on it where it was looked at', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'visit-difference-'));
    try {
      await writeFile(path.join(folder, 'inspector.js'), bundle.script);
      await writeFile(path.join(folder, 'inspector.css'), bundle.style);
      const candidate = candidateAt(2, story);
      const insights = [
        { request: DIFFERENCE, value: story },
        { request: { of: 'differenceCauses' } as const, value: candidatesOf(story, [candidate]) },
        { request: { of: 'checkDifference', components: candidate.components.join(' ') } as const, value: checkOf(candidate, story, 2) },
      ];
      const view = { tab: 'story', compare: { tab: 'story' }, causesOpen: true };
      const file = path.join(folder, 'page.html');
      await writeFile(file, await inspectorPage({ shown: comparison, insights, view }, folder));
      const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
      await page.goto(pathToFileURL(file).href);
      await page.getByTestId('story-sentence').waitFor();
      assert.equal(await page.getByTestId('causes').locator('li').count(), 1);
      await page.getByTestId('tab-graph').click();
      await page.getByTestId('canvas-left').waitFor();
      await page.close();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
