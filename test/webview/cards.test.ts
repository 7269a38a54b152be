import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import type { Comparison } from '../../src/core/format/comparison';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import type { NodeKind } from '../../src/core/format/node-kinds';
import type { HostMessage } from '../../src/core/protocol/inspector';
import { SWITCHED_OFF } from '../../src/core/present/effect-words';
import { nodeText } from '../../src/core/present/node-text';
import { compareRequestOf, requestOf } from '../../webview/host/standalone';
import { contrast, mix, parseColour } from '../../webview/lib/colour/colour';
import { overlap, type Rect } from '../../webview/lib/dom/place-card';
import { testLimit } from '../support/patience';
import { atRest, buildInspector, clickNode, hover, launchChromium, locate, openHosted, settle, type Bundle } from './inspector-page';
import { SAMPLE_MODEL } from './insight-messages';
import { sampleComparison } from './sample-comparison';
import { sampleGraph } from './sample-graph';
import { hostedClass, THEMES } from './themes';

const SIZES = [
  { width: 1400, height: 900 },
  { width: 621, height: 898 },
  { width: 461, height: 619 },
];
const KINDS: readonly NodeKind[] = [
  'head_out',
  'head_key',
  'head_value',
  'head_query',
  'attn_out',
  'mlp_out',
  'neuron_value',
  'resid_post',
  'ln1',
];

const comparisonMessage = (comparison: Comparison): HostMessage => ({
  type: 'comparison',
  fingerprint: SAMPLE_MODEL,
  comparison,
  request: compareRequestOf(comparison),
  origins: { left: {}, right: {} },
});

describe('The cards', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  let graph: FlowGraph;
  before(async () => {
    [browser, bundle, graph] = await Promise.all([launchChromium(), buildInspector(), sampleGraph({ nHeads: 6 })]);
  });
  after(() => browser.close());

  const message = (): HostMessage => ({ type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin: {} });
  const firstOf = (kind: NodeKind): string =>
    graph.nodes.find((node) => node.kind === kind)?.id ?? assert.fail(`the sample has no ${kind}`);

  for (const { width, height } of SIZES) {
    it(`under the pointer are low and cover no end of a highlighted edge, at ${width}×${height}`, async () => {
      const { page, send, close } = await openHosted(browser, bundle, { width, height });
      await send(message());
      await page.getByTestId('fit').click();
      for (const kind of KINDS) {
        const id = firstOf(kind);
        await atRest(page, () => locate(page, id));
        await hover(page, id);
        const card = await page.locator('.hover-card').boundingBox();
        assert.ok(card, `${kind} has a card`);
        assert.ok(card.height <= 110, `the card of ${kind} is ${card.height} px high`);
        assert.ok(
          card.x >= 0 && card.y >= 0 && card.x + card.width <= width && card.y + card.height <= height,
          `the card of ${kind} is on the page`,
        );
        const box: Rect = { left: card.x, top: card.y, width: card.width, height: card.height };
        const ends = new Set([id, ...graph.edges.filter(({ from, to }) => from === id || to === id).flatMap(({ from, to }) => [from, to])]);
        for (const end of ends) assert.ok(!overlap(box, await locate(page, end)), `the card of ${kind} covers ${end}`);
      }
      await close();
    });

    it(`offer what if directly under the title of a pinned node, and its form in sight, at ${width}×${height}`, async () => {
      const { page, send, close } = await openHosted(browser, bundle, { width, height });
      await send(message());
      const id = firstOf('head_out');
      await page.getByTestId('fit').click();
      await atRest(page, () => locate(page, id));
      await clickNode(page, id);
      const header = await page.getByTestId('pinned-card').locator('.card-header').boundingBox();
      const whatIf = await page.getByTestId('what-if').boundingBox();
      assert.ok(header && whatIf && whatIf.y - header.y - header.height < 20, 'what if follows the title');
      for (const one of await page.getByTestId('patch').all()) {
        await one.click();
        await settle(page);
        const field = page.getByTestId('patch-prompt');
        assert.equal(await field.evaluate((element) => element === document.activeElement), true);
        const [box, dock] = [await field.boundingBox(), await page.getByTestId('dock').boundingBox()];
        assert.ok(
          box && dock && box.y >= dock.y && box.y + box.height <= dock.y + dock.height && box.y + box.height <= height,
          'the field is in sight',
        );
      }
      await close();
    });
  }

  it('are copied as they say it, every token with its figures, by a button that is in sight and by keyboard', async () => {
    for (const width of [321, 1400]) {
      const { page, send, close } = await openHosted(browser, bundle, { width, height: 900 });
      await page.evaluate(() => {
        Object.defineProperty(navigator, 'clipboard', {
          value: { writeText: async (text: string) => void Object.assign(window, { copied: text }) },
        });
      });
      await send(message());
      const id = firstOf('head_out');
      await page.getByTestId('fit').click();
      await atRest(page, () => locate(page, id));
      await clickNode(page, id);
      const button = page.getByTestId('card-copy');
      assert.equal(await button.evaluate((element) => getComputedStyle(element).opacity), '1');
      await button.press('Enter');
      await page.waitForFunction(() => 'copied' in window);
      const text = await page.evaluate(() => (window as unknown as { copied: string }).copied);
      const node = graph.nodes.find((each) => each.id === id) ?? assert.fail(id);
      assert.equal(text, nodeText(node, graph, SWITCHED_OFF));
      await page.getByText('Copied', { exact: true }).or(page.locator('[data-copied]')).first().waitFor({ state: 'attached' });
      await close();
    }
  });

  it('under the pointer say in a comparison what both sides say and what changed, and are low', async () => {
    const comparison = await sampleComparison();
    const { page, send, close } = await openHosted(browser, bundle, { width: 1400, height: 900 });
    await send(comparisonMessage(comparison));
    await page.getByTestId('fit').click();
    const head = comparison.nodes.find(({ left, right }) => left !== null && right !== null && left.endsWith('head.3')) ?? assert.fail();
    await atRest(page, () => locate(page, head.id));
    await hover(page, head.id);
    const card = page.getByTestId('card');
    assert.match((await card.textContent()) ?? '', /share of the contrast/);
    for (const side of ['left', 'right']) assert.ok((await card.getByTestId(`card-list-${side}`).locator('.list-token').count()) > 0);
    assert.ok(((await page.locator('.hover-card').boundingBox())?.height ?? Infinity) <= 110);
    await close();
  });

  it('are copied in a comparison with what both sides say, each under its name', async () => {
    const comparison = await sampleComparison();
    const { page, send, close } = await openHosted(browser, bundle, { width: 1400, height: 900 });
    await page.evaluate(() => {
      Object.defineProperty(navigator, 'clipboard', {
        value: { writeText: async (text: string) => void Object.assign(window, { copied: text }) },
      });
    });
    await send(comparisonMessage(comparison));
    const { id, left, right } =
      comparison.nodes.find((each) => each.left?.endsWith('head.3') && each.right?.endsWith('head.3')) ?? assert.fail();
    await page.getByTestId('fit').click();
    await atRest(page, () => locate(page, id));
    await clickNode(page, id);
    await page.getByTestId('pinned-card').getByTestId('card-copy').press('Enter');
    await page.waitForFunction(() => 'copied' in window);
    const text = await page.evaluate(() => (window as unknown as { copied: string }).copied);
    const of = (side: 'left' | 'right', node: string | null): string => {
      const own = comparison[side];
      return nodeText(own.nodes.find((each) => each.id === node) ?? assert.fail(), own, SWITCHED_OFF);
    };
    assert.equal(text, `A\n${of('left', left)}\nB\n${of('right', right)}`);
    await close();
  });

  it('have buttons that can be read in every theme, also under the pointer', async () => {
    const hosted = await openHosted(browser, bundle);
    const head = graph.nodes.find(({ kind }) => kind === 'head_out') ?? assert.fail();
    await hosted.send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin: {} });
    await hosted.page.getByTestId('fit').click();
    await clickNode(hosted.page, head.id);
    const button = hosted.page.getByTestId('switch-off').first();
    for (const theme of THEMES) {
      await hosted.page.evaluate((of) => (document.body.className = of), hostedClass(theme));
      await settle(hosted.page);
      for (const under of [false, true]) {
        await (under ? button.hover() : hosted.page.mouse.move(1, 1));
        const [text, ground, below] = await button.evaluate((made) => {
          const { color, backgroundColor } = getComputedStyle(made);
          return [color, backgroundColor, getComputedStyle(document.body).backgroundColor];
        });
        const colour = (of: string | undefined) => parseColour(of ?? '') ?? assert.fail(of);
        const alpha = Number(/rgba\([^)]*,\s*([\d.]+)\)/.exec(ground ?? '')?.[1] ?? 1);
        const painted = mix(colour(below), alpha === 0 ? colour(below) : colour(ground), alpha);
        const found = contrast(colour(text), painted);
        assert.ok(found >= 4.5, `${theme}${under ? ', under the pointer' : ''}: ${text} on ${ground} is ${found.toFixed(1)}`);
      }
    }
    await hosted.close();
  });
});
