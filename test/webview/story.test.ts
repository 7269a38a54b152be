import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { buildStory, type Story } from '../../src/core/insight/story';
import type { HostMessage } from '../../src/core/protocol/inspector';
import { showToken } from '../../src/core/text/token-text';
import { requestOf } from '../../webview/host/standalone';
import { testLimit } from '../support/patience';
import { answer, insightResult, SAMPLE_MODEL } from './insight-messages';
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
import { sampleGraph, samplePass } from './sample-graph';

const STORY = { of: 'story' } as const;

describe('The first view', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  let graph: FlowGraph;
  let story: Story;
  before(async () => {
    const pass = samplePass({});
    const options = { position: pass.tokens.length - 1, target: null, tokens: 5, labelled: 0.6 };
    [browser, bundle, graph, story] = await Promise.all([
      launchChromium(),
      buildInspector(),
      sampleGraph(),
      buildStory(pass, options, { signal: { aborted: false }, report: () => undefined }),
    ]);
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

  it('lists causes when they are asked for, each with what is left without it', async () => {
    const hosted = await opened();
    const { page, send, close } = hosted;
    if ((await page.getByTestId('causes-open').getAttribute('aria-expanded')) === 'false') await page.getByTestId('causes-open').click();
    const [read] = story.reads;
    assert.ok(read);
    const [token] = story.predictions;
    assert.ok(token);
    const cause = {
      kind: 'heads',
      layer: read.layer,
      position: story.position,
      heads: [{ head: 2, attention: 0.92, estimated: 1 }],
      source: read.source,
      neurons: [],
      components: [`blocks.${read.layer}.attn.head.2@${story.position}`],
      writes: [token],
      estimated: 1,
      off: { measured: 1.2, probability: story.target.probability / 2, predicts: token },
    } as const;
    const { model, prompt, tokens, position, target } = story;
    const effects = { of: 'centred', value: 1, baseline: 'zero', first: 0 } as const;
    await send(
      insightResult(
        null,
        { of: 'explain' },
        { schema: 'visit.explanation/1', model, prompt, tokens, position, target, effects, causes: [cause] },
      ),
    );
    const line = (await page.getByTestId('causes').locator('li').textContent()) ?? '';
    assert.match(line, new RegExp(`Layer ${read.layer} head 2 reads .* \\(92.%\\) and writes .* Off: `));
    await close();
  });
});
