import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import type { CauseCandidate, CauseCandidates } from '../../src/core/insight/cause-candidates';
import type { CauseCheck } from '../../src/core/insight/explanation';
import { headsBehind, type HeadsAlone } from '../../src/core/insight/heads-alone';
import type { Story } from '../../src/core/insight/story';
import { reaching } from '../../src/core/insight/strongest-reads';
import type { HostMessage } from '../../src/core/protocol/inspector';
import { storyText } from '../../src/core/present/story-words';
import { showToken } from '../../src/core/text/token-text';
import { requestOf } from '../../webview/host/standalone';
import { testLimit } from '../support/patience';
import { readSvg } from '../support/svg';
import { answer, idOf, SAMPLE_MODEL } from './insight-messages';
import {
  buildInspector,
  launchChromium,
  openHosted,
  settle,
  violations,
  type Bundle,
  type HostedPage,
  type OpenOptions,
} from './inspector-page';
import { sampleGraph } from './sample-graph';
import { sampleStory } from './sample-insight';

const STORY = { of: 'story' } as const;

describe('The first view', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  let graph: FlowGraph;
  let story: Story;
  before(async () => {
    [browser, bundle, graph, story] = await Promise.all([launchChromium(), buildInspector(), sampleGraph(), sampleStory()]);
  });
  after(() => browser.close());

  /** A new page, which has shown nothing yet. */
  async function opened(options: OpenOptions = {}): Promise<HostedPage> {
    const hosted = await openHosted(browser, bundle, { ...options, kept: null });
    const message: HostMessage = {
      type: 'graph',
      fingerprint: SAMPLE_MODEL,
      graph,
      request: requestOf(graph),
      origin: { name: 'capitals.txt' },
    };
    await hosted.send(message);
    await answer(hosted, STORY, story);
    return hosted;
  }

  it('is the story, and asks for it as soon as there is a graph', async () => {
    const { page, close } = await opened();
    assert.equal(await page.getByTestId('tab-story').getAttribute('aria-selected'), 'true');
    assert.equal(await page.getByTestId('story-token').textContent(), showToken(story.target));
    await close();
  });

  for (const width of [321, 461, 621, 1500]) {
    it(`says at ${width} pixels what is predicted, from which layer on, what was read, and by which head`, async () => {
      const { page, close } = await opened({ width, height: 700 });
      const sentence = (await page.getByTestId('story-sentence').textContent()) ?? '';
      assert.match(sentence, new RegExp(`leads from (layer ${story.leadsFrom}|the first layer)`));
      const [read] = story.reads;
      assert.ok(read);
      const token = story.tokens[read.source];
      assert.ok(token && sentence.includes(showToken(token)));
      assert.match(sentence, new RegExp(`layer ${read.layer} heads? \\d`));
      for (const id of ['story-token', 'story-sentence', 'story-map']) assert.equal(await page.getByTestId(id).isVisible(), true);
      // Nothing is cut off at the right.
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(overflow, 0);
      await close();
    });
  }

  it('is walked by keyboard: arrows go from read to read, Enter opens the flow graph at what is read', async () => {
    const { page, posted, close } = await opened();
    await page.getByTestId('story-map').focus();
    await page.keyboard.press('ArrowRight');
    await settle(page);
    const [read] = story.reads;
    assert.ok(read);
    const title = (await page.getByTestId('story-card').textContent()) ?? '';
    assert.match(title, new RegExp(`^Layer ${read.layer} head`));
    await page.keyboard.press('Enter');
    await settle(page);
    assert.equal(await page.getByTestId('tab-graph').getAttribute('aria-selected'), 'true');
    const change = (await posted()).findLast((message) => message.type === 'change');
    assert.deepEqual(change?.change.layers, { from: read.layer, to: read.layer });
    await close();
  });

  it('lights a token of the prompt up in the editor while the pointer is on it, and no longer', async () => {
    const { page, posted, close } = await opened();
    const box = await page.getByTestId('story-map').boundingBox();
    assert.ok(box);
    const lit = async () => (await posted()).findLast((message) => message.type === 'highlight')?.token;
    // The prompt is the lowest line of the map; its last token is the rightmost column before the stream.
    for (let x = box.x + 20; (await lit()) === undefined; x += 12) await page.mouse.move(x, box.y + box.height - 12);
    assert.equal(typeof (await lit()), 'number');
    await page.mouse.move(box.x + box.width / 2, box.y - 30);
    await settle(page);
    assert.equal(await lit(), null);
    await close();
  });

  it('leaves what is not on the way through what is pointed at faint, and all of it as it was afterwards', async () => {
    const { page, close } = await opened();
    await page.evaluate(() => {
      const inks: number[] = [];
      Object.assign(window, { inks });
      const { fillText } = CanvasRenderingContext2D.prototype;
      // What is written by reads alone is bold.
      CanvasRenderingContext2D.prototype.fillText = function (...of) {
        if (this.font.startsWith('600')) inks.push(this.globalAlpha);
        fillText.apply(this, of);
      };
    });
    const inks = (): Promise<readonly number[]> => page.evaluate(() => (window as unknown as { inks: number[] }).inks.splice(0));
    await page.getByTestId('story-map').focus();
    await page.keyboard.press('ArrowRight');
    await settle(page);
    assert.deepEqual([...new Set(await inks())].toSorted(), [0.2, 1]);
    await page.keyboard.press('Escape');
    await settle(page);
    assert.deepEqual([...new Set(await inks())], [1]);
    await close();
  });

  it('opens a row for another target when it is asked for, and shows what was typed there for as long as it holds', async () => {
    const { page, posted, send, close } = await opened();
    const field = page.getByTestId('target-input');
    assert.equal(await field.isVisible(), false);
    await page.getByTestId('target-open').click();
    await field.locator('input').fill('Paris');
    await page.keyboard.press('Enter');
    assert.deepEqual((await posted()).findLast((message) => message.type === 'change')?.change, { target: 'Paris' });
    await page.keyboard.press('Escape');
    await settle(page);
    assert.equal(await field.isVisible(), true, 'what was chosen stays in sight');
    await page.getByTestId('target-clear').click();
    await send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin: {} });
    await answer({ page, posted, send } as HostedPage, STORY, story);
    await field.locator('input').focus();
    await page.keyboard.press('Escape');
    assert.equal(await field.isVisible(), false);
    await close();
  });

  it('is copied as text: the prompt, the answer and what happened', async () => {
    const { page, close } = await opened();
    await page.evaluate(() => {
      Object.defineProperty(navigator, 'clipboard', {
        value: { writeText: async (text: string) => void Object.assign(window, { copied: text }) },
      });
    });
    await page.getByTestId('story-copy').click();
    const copied = await page.evaluate(() => (window as unknown as { copied: string }).copied);
    assert.ok(copied.startsWith(`${story.prompt}\n${story.model.name}: ${showToken(story.target)} `), copied);
    assert.ok(copied.includes(storyText(story)));
    await close();
  });

  it('has the map as a table for screen readers, and breaks no rule of accessibility', async () => {
    const { page, close } = await opened({ theme: 'light' });
    const rows = page.getByTestId('story-table').locator('tbody tr');
    assert.equal(await rows.count(), story.layers.length);
    assert.deepEqual(await violations(page), []);
    await close();
  });

  it('makes a runner-up the target when it is clicked', async () => {
    const { page, posted, close } = await opened();
    const other = story.predictions.find(({ id }) => id !== story.target.id);
    assert.ok(other);
    await page.locator('.story-other').first().click();
    const change = (await posted()).findLast((message) => message.type === 'change');
    assert.deepEqual(change?.change, { target: other.text });
    await close();
  });

  it('draws more reads where more of the share is asked for', async () => {
    const { page, close } = await opened();
    const drawn = async (): Promise<number> =>
      (await page.getByTestId('story-table').locator('tbody td:last-child').allTextContents()).join(' ').split('Share').length - 1;
    const before = await drawn();
    await page.getByTestId('story-kept').fill('95');
    await settle(page);
    assert.ok((await drawn()) > before);
    await close();
  });

  it('draws hops once candidates for causes bring them: on the map, with a card each, and in the table', async () => {
    const hosted = await opened();
    const { page, close } = hosted;
    await openCauses(page);
    const [read] = story.reads;
    assert.ok(read);
    const layer = Math.max(...story.reads.filter(({ source }) => source === read.source).map((one) => one.layer)) - 1;
    const hop = { layer, position: read.source, source: read.source - 1, effect: 0.75, heads: [{ head: 1, attention: 0.5, effect: 0.75 }] };
    await answer(hosted, { of: 'causes' }, { ...candidatesOf([]), hops: [hop] });
    const words = new RegExp(`Layer ${layer} head 1 at .* reads .* estimated effect \\+0\\.8`);
    assert.match((await page.getByTestId('story-table').textContent()) ?? '', words);
    // Its ring is in the lower part of its row.
    const box = await page.getByTestId('story-map').boundingBox();
    assert.ok(box);
    const rowHeight = (box.height - 24) / story.layers.length;
    const y = box.y + (story.layers.length - 1 - layer + 0.75) * rowHeight;
    const card = page.getByTestId('story-card');
    for (let x = box.x + 30; x < box.x + box.width && !((await card.textContent()) ?? '').includes('estimated effect'); x += 6) {
      await page.mouse.move(x, y);
    }
    assert.match((await card.textContent()) ?? '', /estimated effect\s*\+0\.75/);
    await close();
  });

  it('says what running these reads alone means, in lines that can be read in the narrowest panel', async () => {
    const hosted = await opened({ width: 321 });
    const { page, close } = hosted;
    await answer(hosted, { of: 'causes' }, candidatesOf([]));
    const note = page.getByText(/^Runs the prompt with only the heads/);
    assert.ok(((await note.boundingBox())?.width ?? 0) >= 200);
    await close();
  });

  it('holds still under what is pressed until it is let go, so that the click is not lost, and shows then what has come meanwhile', async () => {
    const hosted = await opened();
    const { page, posted, close } = hosted;
    await answer(hosted, { of: 'causes' }, candidatesOf([]));
    const button = page.getByTestId('story-alone');
    const top = async (): Promise<number> => (await button.boundingBox())?.y ?? assert.fail('it is not in sight');
    const asked = async (): Promise<boolean> =>
      (await posted()).some((message) => message.type === 'requestInsight' && message.request.of === 'headsAlone');
    const problem = page.getByTestId('problem');
    const before = await top();
    await button.hover();
    await page.mouse.down();
    // It stands above the button, and moves it down by its own height.
    await hosted.send({ type: 'problem', problem: { code: 'io', message: 'A disk is full.' } });
    assert.deepEqual([await problem.isVisible(), await top()], [false, before]);
    await page.mouse.up();
    await problem.waitFor();
    assert.equal(await asked(), true);
    await close();
  });

  it('says what is drawn comes to alone, when it is asked once causes have been checked, and asks anew for other reads', async () => {
    const hosted = await opened();
    const { page, posted, close } = hosted;
    assert.equal(await page.getByTestId('story-alone').count(), 0, 'the list above it still grows');
    await answer(hosted, { of: 'causes' }, candidatesOf([]));
    await page.getByTestId('story-alone').click();
    const request = (await posted()).flatMap((message) =>
      message.type === 'requestInsight' && message.request.of === 'headsAlone' ? [message.request] : [],
    )[0];
    assert.ok(request);
    const heads = request.components.split(' ');
    assert.deepEqual(heads, headsBehind(story.reads.slice(0, reaching(story.reads, 0.6 * story.attention.absolute))));
    const [predicts] = story.predictions;
    assert.ok(predicts);
    const kept = heads.length;
    const value: HeadsAlone = {
      schema: 'visit.heads-alone/1',
      kept,
      heads: kept + 40,
      prompts: 8,
      value: 1,
      probability: 0.78,
      predicts: { ...predicts, probability: 0.78 },
    };
    await answer(hosted, request, value);
    const says = new RegExp(
      `\\(${kept} heads, .* the other 40 at ‘.*’ at their mean over 8 other prompts; .*\\), the model says ‘.*’ 78.%\\.`,
    );
    assert.match((await page.getByTestId('story-alone-says').textContent()) ?? '', says);
    await page.getByTestId('story-kept').fill('95');
    await settle(page);
    assert.equal(await page.getByTestId('story-alone').isVisible(), true);
    await close();
  });

  it('lists each cause as soon as it has been checked, strongest first, and asks for the next', async () => {
    const hosted = await opened();
    const { page, posted, close } = hosted;
    await openCauses(page);
    const weak = candidate(2, 'weak');
    const strong = candidate(3, 'strong');
    await answer(hosted, { of: 'causes' }, candidatesOf([weak, strong]));
    const lines = page.getByTestId('causes').locator('li');
    assert.equal(await lines.count(), 0);
    assert.match((await page.getByTestId('checkCause-waiting').textContent()) ?? '', /Checking cause 1 of 2/);
    await answer(hosted, check(weak), checked(weak, story.target.measured - 0.5));
    assert.equal(await lines.count(), 1);
    assert.match(
      (await lines.first().textContent()) ?? '',
      new RegExp(`Layer ${weak.layer} head 2 reads .* \\(92.%\\) and writes .* Off: `),
    );
    assert.match((await page.getByTestId('checkCause-waiting').textContent()) ?? '', /Checking cause 2 of 2/);
    await answer(hosted, check(strong), checked(strong, story.target.measured - 2));
    assert.match((await lines.first().textContent()) ?? '', new RegExp(`Layer ${strong.layer} head 3 reads `));
    assert.equal(await lines.count(), 2);
    assert.equal(await page.getByTestId('checkCause-waiting').count(), 0);
    const asked = (await posted()).flatMap((message) =>
      message.type === 'requestInsight' && message.request.of === 'checkCause' ? [message.request.components] : [],
    );
    assert.deepEqual(asked, [weak.components[0], strong.components[0]]);
    // A picture has them in the same words.
    const words = (await lines.allInnerTexts()).join(' ').split(/\s+/);
    await hosted.send({ type: 'question', id: 1, question: { of: 'picture', as: 'svg', ground: 'light' } });
    const said = (await posted()).findLast((message) => message.type === 'answer');
    assert.ok(said?.type === 'answer' && said.answer.of === 'picture');
    const drawn = readSvg(said.answer.data).texts.join(' ').split(/\s+/);
    assert.deepEqual(
      words.filter((word) => !drawn.includes(word)),
      [],
    );
    await close();
  });

  it('leaves causes at what has been checked when that is cancelled, with the map and all else in use, and goes on when it is told to', async () => {
    const hosted = await opened();
    const { page, posted, send, close } = hosted;
    await openCauses(page);
    const candidates = [candidate(2, 'a'), candidate(3, 'b'), candidate(4, 'c')] as const;
    await answer(hosted, { of: 'causes' }, candidatesOf(candidates));
    await answer(hosted, check(candidates[0]), checked(candidates[0], 0));
    await page.getByTestId('story-map').focus();
    await page.keyboard.press('ArrowRight');
    await settle(page);
    assert.equal(await page.getByTestId('story-card').isVisible(), true);
    await page.getByTestId('checkCause-cancel').click();
    const request = check(candidates[1]);
    assert.deepEqual(
      (await posted()).findLast(({ type }) => type === 'cancelInsight'),
      { type: 'cancelInsight', request },
    );
    await send({ type: 'insightFailed', id: await idOf(hosted, 'checkCause'), request, problem: null });
    assert.equal(await page.getByTestId('causes').locator('li').count(), 1);
    const questions = async (): Promise<number> =>
      (await posted()).filter((message) => message.type === 'requestInsight' && message.request.of === 'checkCause').length;
    assert.equal(await questions(), 2);
    await page.getByTestId('checkCause-again').click();
    assert.equal(await questions(), 3);
    await answer(hosted, request, checked(candidates[1], 0));
    assert.equal(await questions(), 4);
    await close();
  });

  async function openCauses(page: Page): Promise<void> {
    if ((await page.getByTestId('causes-open').getAttribute('aria-expanded')) === 'false') await page.getByTestId('causes-open').click();
  }

  /** A head that reads what the strongest read reads. @param name of what is switched off */
  function candidate(head: number, name: string): CauseCandidate {
    const [read] = story.reads;
    const [token] = story.predictions;
    assert.ok(read && token);
    return {
      kind: 'heads',
      layer: read.layer,
      position: story.position,
      heads: [{ layer: read.layer, head, attention: 0.92, estimated: 1 }],
      source: read.source,
      neurons: [],
      components: [name],
      writes: [token],
      estimated: 1,
    };
  }

  function candidatesOf(candidates: readonly CauseCandidate[]): CauseCandidates {
    const { model, prompt, tokens, position, target } = story;
    const effects = { of: 'centred', value: target.measured, baseline: 'zero', first: 0 } as const;
    return { schema: 'visit.cause-candidates/1', model, prompt, tokens, position, target, effects, wanted: 5, candidates, hops: [] };
  }

  function check({ components }: CauseCandidate): { readonly of: 'checkCause'; readonly components: string } {
    return { of: 'checkCause', components: components.join(' ') };
  }

  /** @param value what is left of the target's logit */
  function checked({ components }: CauseCandidate, value: number): CauseCheck {
    const [token] = story.predictions;
    assert.ok(token);
    return { schema: 'visit.cause-check/1', components, value, probability: story.target.probability / 2, predicts: token };
  }
});
