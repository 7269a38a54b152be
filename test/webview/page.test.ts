import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { nodeTitle } from '../../src/core/present/describe';
import { layoutGraph } from '../../src/core/present/layout';
import type { FlowGraph, FlowNode } from '../../src/core/format/flow-graph';
import type { NodeKind } from '../../src/core/format/node-kinds';
import type { HostMessage } from '../../src/core/protocol/inspector';
import { showToken } from '../../src/core/text/token-text';
import { requestOf } from '../../webview/host/standalone';
import { testLimit } from '../support/patience';
import { violationsInEveryTheme } from './accessibility';
import {
  atRest,
  buildInspector,
  clickNode,
  complaints,
  hover,
  launchChromium,
  locate,
  openHosted,
  openStandalone,
  settle,
  type Bundle,
  type HostedPage,
} from './inspector-page';
import { SAMPLE_MODEL } from './insight-messages';
import { FEW_PARTS, NASTY_TOKENS, sampleGraph } from './sample-graph';

function one(graph: FlowGraph, kind: NodeKind, which: (node: FlowNode) => boolean = () => true): FlowNode {
  const found = graph.nodes.find((node) => node.kind === kind && which(node));
  assert.ok(found, `the sample has a ${kind}`);
  return found;
}

describe('The inspector page', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  let graph: FlowGraph;
  before(async () => {
    [browser, bundle, graph] = await Promise.all([launchChromium(), buildInspector(), sampleGraph()]);
  });
  after(() => browser.close());

  const graphMessage = (of: FlowGraph = graph): HostMessage => ({
    type: 'graph',
    fingerprint: SAMPLE_MODEL,
    graph: of,
    request: requestOf(of),
    origin: { name: 'capitals.txt' },
  });

  describe('as a file of its own', () => {
    it('draws the graph under a strict policy without an error', async () => {
      const { page, errors, close } = await openStandalone(browser, bundle, graph, { rows: true });
      const colours = await page.evaluate(() => {
        const canvas = document.querySelector<HTMLCanvasElement>('[data-testid=canvas] canvas');
        const context = canvas?.getContext('2d');
        if (!canvas || !context) return 0;
        const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
        const seen = new Set<number>();
        for (let i = 0; i < data.length; i += 4) seen.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
        return seen.size;
      });
      assert.ok(colours > 50, `the canvas holds ${colours} colours`);
      const { left, top, width } = await locate(page, one(graph, 'resid_post').id);
      assert.ok(left > 0 && top > 0 && left + width <= 1400, 'the whole graph is in sight');
      assert.deepEqual(complaints(errors), []);
      await close();
    });

    it('leaves out what needs a model and keeps the rest', async () => {
      const { page, close } = await openStandalone(browser, bundle, graph);
      for (const absent of ['target-input', 'detail-toggle', 'export-json'])
        assert.equal(await page.getByTestId(absent).count(), 0, absent);
      for (const present of ['target-text', 'fit', 'table-toggle', 'legend', 'token-strip', 'layer-cell-3']) {
        assert.equal(await page.getByTestId(present).isVisible(), true, present);
      }
      assert.equal(await page.getByTestId('layer-cell-3').evaluate((cell) => cell.tagName), 'DIV');
      await close();
    });

    it('says so when the page holds no graph', async () => {
      const { page, close } = await openStandalone(browser, bundle, null as unknown as FlowGraph);
      assert.match((await page.getByTestId('problem').textContent()) ?? '', /does not contain a flow graph/);
      await close();
    });

    it('follows the theme of the system while it is open', async () => {
      const { page, close } = await openStandalone(browser, bundle, graph, { theme: 'light' });
      const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      assert.equal(await background(), 'rgb(255, 255, 255)');
      await page.emulateMedia({ colorScheme: 'dark' });
      await settle(page);
      assert.equal(await background(), 'rgb(31, 31, 31)');
      await close();
    });
  });

  describe('under the pointer', () => {
    it('shows the card of the hovered node with its three likeliest tokens', async () => {
      const { page, close } = await openStandalone(browser, bundle, graph);
      const node = one(graph, 'head_value');
      await hover(page, node.id);
      assert.equal(await page.getByTestId('card-title').textContent(), nodeTitle(node, graph));
      const tokens = await page.getByTestId('card-tokens').locator('.list-token').allTextContents();
      assert.deepEqual(tokens, node.reading?.top.slice(0, 3).map(showToken));
      await close();
    });

    it('never lets the card cover its node or leave the page', async () => {
      const { page, close } = await openStandalone(browser, bundle, graph);
      await page.getByTestId('fit').click();
      for (const kind of ['resid_pre', 'head_query', 'head_rest', 'neuron_value', 'mlp_bias_out', 'resid_post', 'heads_rest'] as const) {
        const node = one(graph, kind);
        await hover(page, node.id);
        const card = await page.locator('.hover-card').boundingBox();
        const box = await locate(page, node.id);
        assert.ok(card, `${kind} has a card`);
        const apart =
          card.x >= box.left + box.width ||
          card.x + card.width <= box.left ||
          card.y >= box.top + box.height ||
          card.y + card.height <= box.top;
        assert.ok(apart, `the card of ${kind} is beside it`);
        assert.ok(
          card.x >= 0 && card.y >= 0 && card.x + card.width <= 1400 && card.y + card.height <= 900,
          `the card of ${kind} is on the page`,
        );
      }
      await close();
    });

    it('names the least likely tokens where the coefficient is negative, and lists them first once pinned', async () => {
      const { page, close } = await openStandalone(browser, bundle, graph);
      const negative = one(graph, 'o_neuron', (node) => (node.coefficient ?? 0) < 0);
      await hover(page, one(graph, 'o_neuron', (node) => (node.coefficient ?? 0) > 0).id);
      assert.doesNotMatch((await page.getByTestId('card-tokens').textContent()) ?? '', /least likely/);
      await hover(page, negative.id);
      assert.match((await page.getByTestId('card-tokens').textContent()) ?? '', /^\s*least likely/);
      await clickNode(page, negative.id);
      assert.match((await page.locator('.card-list').first().textContent()) ?? '', /^Least likely/);
      await close();
    });

    it('marks the prompt token that a node reads', async () => {
      const { page, close } = await openStandalone(browser, bundle, graph);
      const node = one(graph, 'head_key', (key) => key.source !== graph.position);
      await hover(page, node.id);
      const marked = await page
        .locator('.token.source')
        .evaluateAll((tokens) => tokens.map((token) => (token as HTMLElement).dataset['testid']));
      assert.deepEqual(marked, [`token-${node.source}`]);
      await page.mouse.move(700, 300);
      await close();
    });

    it('pins several cards by click, and unpins by button and by Escape', async () => {
      const { page, close } = await openStandalone(browser, bundle, graph);
      const [first, second] = [one(graph, 'head_query'), one(graph, 'head_out')];
      await clickNode(page, first.id);
      await clickNode(page, second.id);
      const titles = page.getByTestId('pinned-card').getByTestId('card-title');
      assert.deepEqual(await titles.allTextContents(), [nodeTitle(second, graph), nodeTitle(first, graph)]);
      await page.getByTestId('pinned-close').first().click();
      assert.deepEqual(await titles.allTextContents(), [nodeTitle(first, graph)]);
      await page.mouse.move(5, 5);
      await page.keyboard.press('Escape');
      assert.equal(await titles.count(), 0);
      await close();
    });

    it('pins at the end of a press, however long it lasts, and nothing when the drawing is dragged after a rest', async () => {
      const { page, close } = await openStandalone(browser, bundle, graph);
      const pins = () => page.getByTestId('pinned-card').count();
      const [first, second] = [one(graph, 'head_query'), one(graph, 'head_out')];
      // vis-network takes a press for a long one after a quarter of a second, in which nothing changes on the page.
      const rest = () => page.waitForTimeout(400);
      await hover(page, first.id);
      await page.mouse.down();
      await rest();
      assert.equal(await pins(), 0);
      await page.mouse.up();
      await settle(page);
      assert.equal(await pins(), 1);

      await hover(page, second.id);
      const before = await locate(page, second.id);
      await page.mouse.down();
      await rest();
      await page.mouse.move(before.left + 60, before.top + 40, { steps: 4 });
      await page.mouse.up();
      await settle(page);
      assert.notEqual((await locate(page, second.id)).left, before.left, 'it has been dragged');
      assert.equal(await pins(), 1);
      await close();
    });

    it('keeps pins when the click goes beside every node', async () => {
      const { page, close } = await openStandalone(browser, bundle, graph);
      await clickNode(page, one(graph, 'head_query').id);
      const { left, top } = await locate(page, one(graph, 'ln1').id);
      await page.mouse.click(left + 20, top - 60);
      await settle(page);
      assert.equal(await page.getByTestId('card').count(), 0);
      assert.equal(await page.getByTestId('pinned-card').count(), 1);
      await close();
    });

    it('keeps a clicked node in sight when the dock opens', async () => {
      const { page, close } = await openStandalone(browser, bundle, graph);
      await page.getByTestId('fit').click();
      const last = one(graph, 'resid_post');
      await clickNode(page, last.id);
      const box = await locate(page, last.id);
      const dock = await page.getByTestId('dock').boundingBox();
      assert.ok(dock && box.left + box.width <= dock.x);
      await close();
    });
  });

  describe('with tokens that hold markup', () => {
    it('shows them as text and runs nothing', async () => {
      const { page, errors, close } = await openStandalone(browser, bundle, graph);
      const nasty = new Set(NASTY_TOKENS);
      const node = one(graph, 'neuron_value', ({ reading }) => nasty.has(reading?.top[0]?.text ?? ''));
      await clickNode(page, node.id);
      await page.getByTestId('table-toggle').click();
      await page.getByTestId('nodes-tree').click();
      for (let at = 0; at < 15; at++) await page.getByTestId('tree').locator('[aria-level="2"]').nth(at).click();
      const text = (await page.locator('body').innerText()).normalize();
      assert.ok(text.includes('<b>bold</b>') && text.includes('<script>window.pwned=1</script>'));
      assert.equal(await page.evaluate(() => document.querySelectorAll('#app img, #app b:not(.token-text), #app script').length), 0);
      assert.equal(await page.evaluate(() => 'pwned' in window), false);
      assert.deepEqual(complaints(errors), []);
      await close();
    });
  });

  describe('by keyboard', () => {
    it('reads every node in a tree: arrows, Home, End, letters, Enter', async () => {
      const { page, close } = await openStandalone(browser, bundle, graph);
      await page.getByTestId('table-toggle').focus();
      await page.keyboard.press('Enter');
      await page.getByTestId('nodes-tree').focus();
      await page.keyboard.press('Enter');
      await page.keyboard.press('Tab');
      const focused = () => page.evaluate(() => (document.activeElement as HTMLElement).dataset['key']);
      const press = async (...keys: string[]) => {
        for (const key of keys) await page.keyboard.press(key);
      };
      assert.equal(await focused(), 'layer 11');
      await press('ArrowDown', 'ArrowDown');
      assert.equal(await focused(), 'stage 11.ln1');
      await press('ArrowRight', 'ArrowRight');
      const norm = one(graph, 'ln1');
      assert.equal(await focused(), norm.id);
      assert.equal(await page.getByTestId('card').getByTestId('card-title').textContent(), nodeTitle(norm, graph));
      await press('Enter');
      assert.equal(await page.getByTestId('pinned-card').count(), 1);
      await press('ArrowLeft', 'ArrowLeft');
      assert.equal(await focused(), 'stage 11.ln1');
      await press('End');
      assert.equal(await focused(), 'stage 11.resid_post');
      await press('Home');
      assert.equal(await focused(), 'layer 11');
      await page.keyboard.type('ke');
      assert.equal(await focused(), 'stage 11.head_key');
      await press('ArrowRight');
      assert.equal(
        await page.getByTestId('tree').locator('[aria-level="3"]:visible').count(),
        graph.nodes.filter(({ kind }) => kind === 'head_key' || kind === 'head_rest').length,
      );
      await close();
    });

    it('zooms, pans and fits', async () => {
      const { page, close } = await openStandalone(browser, bundle, graph);
      const { id } = one(graph, 'concat');
      await page.keyboard.press('f');
      await settle(page);
      const start = await locate(page, id);
      await page.keyboard.press('+');
      await settle(page);
      const zoomed = await locate(page, id);
      assert.ok(Math.abs(zoomed.width / start.width - 1.25) < 0.01);
      await page.getByTestId('canvas').focus();
      await page.keyboard.press('ArrowRight');
      await settle(page);
      assert.ok(Math.abs((await locate(page, id)).left - (zoomed.left - 60)) < 1);
      await page.keyboard.press('f');
      await settle(page);
      assert.ok(Math.abs((await locate(page, id)).left - start.left) < 1);
      await close();
    });
  });

  describe('with a host', () => {
    it('says that it is ready, shows how to begin, then the graph', async () => {
      const { page, send, posted, errors, close } = await openHosted(browser, bundle);
      assert.deepEqual(await posted(), [{ type: 'ready' }]);
      await send({ type: 'welcome', model: graph.model });
      assert.match((await page.getByTestId('welcome').textContent()) ?? '', /Visualize Forward Pass/);
      await send(graphMessage());
      assert.equal(await page.getByTestId('welcome').isVisible(), false);
      assert.equal(await page.getByTestId('origin').textContent(), 'capitals.txt');
      assert.deepEqual(complaints(errors), []);
      await close();
    });

    it('asks for another position by click and by arrow', async () => {
      const { page, send, posted, close } = await openHosted(browser, bundle);
      await send(graphMessage());
      await page.getByTestId('token-3').click();
      await page.keyboard.press('ArrowRight');
      const changes = (await posted()).filter(({ type }) => type === 'change');
      assert.deepEqual(changes, [
        { type: 'change', change: { position: 3 } },
        { type: 'change', change: { position: 4 } },
      ]);
      assert.equal(await page.getByTestId('token-4').getAttribute('aria-selected'), 'true');
      await close();
    });

    it('asks for one layer by click, for a run by shift-click, by drag and by keyboard', async () => {
      const { page, send, posted, close } = await openHosted(browser, bundle);
      await send(graphMessage());
      const cell = (layer: number) => page.getByTestId(`layer-cell-${layer}`);
      await cell(3).click();
      await cell(5).click({ modifiers: ['Shift'] });
      const [from, to] = [await cell(8).boundingBox(), await cell(6).boundingBox()];
      assert.ok(from && to);
      await page.mouse.move(from.x + 9, from.y + 9);
      await page.mouse.down();
      await page.mouse.move(to.x + 9, to.y + 9, { steps: 4 });
      await page.mouse.up();
      await cell(1).focus();
      await page.keyboard.press('Enter');
      await page.keyboard.press('Shift+ArrowRight');
      const layers = (await posted()).flatMap((message) => (message.type === 'change' ? [message.change.layers] : []));
      assert.deepEqual(layers, [
        { from: 3, to: 3 },
        { from: 3, to: 5 },
        { from: 6, to: 8 },
        { from: 1, to: 1 },
        { from: 1, to: 2 },
      ]);
      await close();
    });

    it('asks for a typed target with the spaces that were typed, and for the predicted one again', async () => {
      const { page, send, posted, close } = await openHosted(browser, bundle);
      await send(graphMessage());
      const field = page.getByTestId('target-input').locator('input');
      await field.fill('·Tokyo');
      await field.press('Enter');
      await page.getByTestId('target-clear').click();
      const targets = (await posted()).flatMap((message) => (message.type === 'change' ? [message.change.target] : []));
      assert.deepEqual(targets, [' Tokyo', null]);
      await close();
    });

    it('explains a target that is no single token, and takes a suggestion', async () => {
      const { page, send, posted, close } = await openHosted(browser, bundle);
      await send(graphMessage());
      await send({
        type: 'targetProblem',
        text: 'New York',
        pieces: [
          { id: 3, text: 'New' },
          { id: 4, text: ' York' },
        ],
        near: [{ id: 9, text: ' York' }],
        field: { of: 'target' },
      });
      const text = (await page.getByTestId('target-problem').textContent()) ?? '';
      assert.match(text, /‘New York’ is 2 tokens/);
      assert.match(text, /·York/);
      await page.getByTestId('near-9').click();
      assert.deepEqual((await posted()).at(-1), { type: 'change', change: { target: ' York' } });
      assert.equal(await page.getByTestId('target-problem').isVisible(), false);
      await close();
    });

    it('asks once for several quick changes of the counts', async () => {
      const { page, send, posted, close } = await openHosted(browser, bundle);
      await send(graphMessage());
      await page.getByTestId('detail-toggle').click();
      // In one task: a busy machine would make slow changes of three calls.
      await page.evaluate(
        (changes) => {
          for (const [key, value] of changes) {
            const input = document.querySelector<HTMLInputElement>(`[data-testid=count-${key}]`);
            if (!input) throw new Error(`There is no field for ${key}.`);
            input.value = value;
            input.dispatchEvent(new Event('input', { bubbles: true }));
          }
        },
        [
          ['heads', '3'],
          ['heads', '30'],
          ['values', '4'],
        ] as const,
      );
      const counts = async () => (await posted()).flatMap((message) => (message.type === 'change' ? [message.change.counts] : []));
      while ((await counts()).length === 0) await settle(page);
      await settle(page);
      assert.deepEqual(await counts(), [{ ...graph.counts, heads: 30, values: 4 }]);
      await close();
    });

    it('lights up the token that a hovered node reads, scrolls to that of a pinned one, and goes dark', async () => {
      const { page, send, posted, close } = await openHosted(browser, bundle);
      await send(graphMessage());
      const node = one(graph, 'head_value');
      await clickNode(page, node.id);
      await page.mouse.move(5, 5);
      await settle(page);
      const highlights = (await posted()).filter(({ type }) => type === 'highlight');
      assert.deepEqual(highlights, [
        { type: 'highlight', token: node.source, focus: false },
        { type: 'highlight', token: node.source, focus: true },
        { type: 'highlight', token: null, focus: false },
      ]);
      await close();
    });

    it('shows work with a Cancel, keeps the graph, and offers what a problem offers', async () => {
      const { page, send, posted, close } = await openHosted(browser, bundle);
      await send(graphMessage());
      await send({ type: 'working', progress: { message: 'Looking into layer 3', done: 3, total: 12 } });
      assert.equal(await page.getByTestId('status').textContent(), 'Looking into layer 3');
      await page.getByTestId('cancel').click();
      await send({ type: 'idle' });
      assert.equal(await page.getByTestId('progress').isVisible(), false);
      await send({
        type: 'problem',
        problem: { code: 'prompt-too-long', message: 'Too long.', hint: 'Use less.', actions: [{ id: 'tail', title: 'Use the end' }] },
      });
      assert.match((await page.getByTestId('problem').textContent()) ?? '', /Too long\.Use less\./);
      await page.getByTestId('action-tail').click();
      assert.deepEqual((await posted()).slice(-2), [{ type: 'cancel' }, { type: 'action', id: 'tail' }]);
      assert.equal(await page.getByTestId('canvas').isVisible(), true);
      await close();
    });

    it('shows how to begin again when a first problem is dismissed', async () => {
      const { page, send, close } = await openHosted(browser, bundle);
      await send({ type: 'problem', problem: { code: 'weights-missing', message: 'No weights.' } });
      await page.getByTestId('problem-dismiss').click();
      assert.equal(await page.getByTestId('problem').isVisible(), false);
      assert.equal(await page.getByTestId('welcome').isVisible(), true);
      await close();
    });

    it('draws a graph once as it arrives, and the pictures of its legend only where they change', async () => {
      const { page, send, close } = await openHosted(browser, bundle, { kept: { legendOpen: true } });
      await send(graphMessage());
      const next = await sampleGraph({ position: 2 });
      // vis-network clears its canvas whenever it draws.
      await page.evaluate(() => {
        const canvas = document.querySelector<HTMLCanvasElement>('[data-testid=canvas] canvas');
        const context = canvas?.getContext('2d');
        const pictures = document.querySelectorAll('.legend-picture');
        if (!context || pictures.length === 0) throw new Error('There is no drawing, or no legend.');
        let cleared = 0;
        const clear = context.clearRect.bind(context);
        context.clearRect = (...area) => {
          cleared++;
          clear(...area);
        };
        Object.assign(window, {
          counted: () => ({ cleared, kept: [...pictures].filter((picture) => picture.isConnected).length, of: pictures.length }),
        });
      });
      await send(graphMessage(next));
      const { cleared, kept, of } = await page.evaluate(() =>
        (window as unknown as { counted: () => { cleared: number; kept: number; of: number } }).counted(),
      );
      assert.equal(cleared, 1);
      assert.equal(kept, of);
      await close();
    });

    it('keeps pins and the camera when the next graph has the same nodes', async () => {
      const { page, send, close } = await openHosted(browser, bundle);
      await send(graphMessage());
      const node = one(graph, 'neuron_value');
      await page.getByTestId('fit').click();
      await clickNode(page, node.id);
      await page.keyboard.press('+');
      await settle(page);
      const before = await locate(page, node.id);
      await send(graphMessage({ ...graph, target: { ...graph.target, chosen: 'user' } }));
      const after = await locate(page, node.id);
      assert.ok(Math.abs(after.left - before.left) < 1 && Math.abs(after.width - before.width) < 0.1);
      assert.equal(await page.getByTestId('pinned-card').count(), 1);
      await close();
    });

    for (const wholeCircuit of [true, false]) {
      it(`fits a drawing again when the panel changes size after a node was pinned, ${wholeCircuit ? 'the whole circuit' : 'rows'}`, async () => {
        const { page, send, close } = await openHosted(browser, bundle, { width: 1400, height: 800, kept: { wholeCircuit } });
        await send(graphMessage());
        const ends = [one(graph, 'resid_pre').id, one(graph, 'resid_post').id];
        const edges = async (id: string): Promise<number[]> => {
          const { left, top, width, height } = await locate(page, id);
          return [left, top, width, height].map((pixels) => Math.round(pixels));
        };
        const places = () => atRest(page, () => Promise.all(ends.map(edges)));
        await page.getByTestId('fit').click();
        await places();
        await clickNode(page, one(graph, 'attn_out').id);
        for (const size of [
          { width: 1250, height: 640 },
          { width: 1500, height: 900 },
          { width: 740, height: 880 },
          { width: 500, height: 900 },
          { width: 620, height: 640 },
          { width: 900, height: 640 },
        ]) {
          await page.setViewportSize(size);
          const after = await places();
          await page.getByTestId('fit').click();
          assert.deepEqual(after, await places(), JSON.stringify(size));
        }
        await close();
      });
    }

    it('keeps view state only, and begins where an earlier page ended', async () => {
      const first = await openHosted(browser, bundle);
      await first.send(graphMessage());
      const node = one(graph, 'neuron_value');
      await first.page.getByTestId('fit').click();
      await clickNode(first.page, node.id);
      await first.page.keyboard.press('+');
      const place = await atRest(first.page, () => locate(first.page, node.id));
      const kept = await keptWith(first, place.width / (layoutGraph(graph).nodes.get(node.id)?.width ?? NaN));
      await first.close();
      assert.ok(JSON.stringify(kept).length < 2000, 'no graph in the kept state');
      const second = await openHosted(browser, bundle, { kept });
      await second.send(graphMessage());
      const again = await locate(second.page, node.id);
      assert.ok(Math.abs(again.left - place.left) < 1 && Math.abs(again.width - place.width) < 0.1);
      assert.equal(await second.page.getByTestId('pinned-card').count(), 1);
      await second.close();
    });

    it('fits a drawing again that was fitted in an earlier page, of another size', async () => {
      const first = await openHosted(browser, bundle, { width: 1400, height: 800 });
      await first.send(graphMessage());
      const id = one(graph, 'resid_post').id;
      await first.page.getByTestId('fit').click();
      await clickNode(first.page, one(graph, 'attn_out').id);
      const { width } = await atRest(first.page, () => locate(first.page, id));
      const kept = await keptWith(first, width / (layoutGraph(graph).nodes.get(id)?.width ?? NaN));
      await first.close();
      const { page, send, close } = await openHosted(browser, bundle, { width: 900, height: 640, kept });
      await send(graphMessage());
      const again = await atRest(page, () => locate(page, id));
      assert.ok(again.width < width, 'there is less room');
      await page.getByTestId('fit').click();
      const fitted = await atRest(page, () => locate(page, id));
      assert.ok(Math.abs(again.left - fitted.left) < 1 && Math.abs(again.width - fitted.width) < 0.1, JSON.stringify([again, fitted]));
      await close();
    });

    it('follows the theme of the editor while it is open', async () => {
      const { page, send, close } = await openHosted(browser, bundle, { theme: 'dark' });
      await send(graphMessage());
      const ramp = () =>
        page
          .locator('.legend-ramp')
          .first()
          .evaluate((element) => getComputedStyle(element).backgroundImage);
      const dark = await ramp();
      await page.evaluate(() => {
        document.body.className = 'visit-standalone vscode-light';
      });
      await settle(page);
      assert.notEqual(await ramp(), dark);
      await close();
    });
  });

  describe('for everyone', () => {
    it('has no accessibility violation in any theme', async () => {
      const { page, send, close } = await openHosted(browser, bundle);
      const check = async (what: string) => assert.deepEqual(await violationsInEveryTheme(page), [], what);
      await send({ type: 'welcome', model: graph.model });
      await check('welcome');
      const small = await sampleGraph({ ...FEW_PARTS, prompt: 'The capital of Japan' });
      await send(graphMessage(small));
      await page.getByTestId('detail-toggle').click();
      await clickNode(page, one(small, 'head_value').id);
      await hover(page, one(small, 'head_query').id);
      await send({
        type: 'targetProblem',
        text: 'ab',
        pieces: [
          { id: 1, text: 'a' },
          { id: 2, text: 'b' },
        ],
        near: [{ id: 3, text: ' ab' }],
        field: { of: 'target' },
      });
      await check('graph with cards');
      await page.getByTestId('table-toggle').click();
      await check('table of nodes');
      await page.getByTestId('nodes-tree').click();
      await page.getByTestId('tree').locator('[aria-level="2"]').nth(4).click();
      await page.getByTestId('tree').locator('[aria-level="3"]').first().click();
      await send({
        type: 'problem',
        problem: { code: 'io', message: 'It failed.', hint: 'Try again.', actions: [{ id: 'again', title: 'Again' }] },
      });
      await check('table with a problem');
      await close();
    });

    for (const width of [240, 360, 420, 500, 700]) {
      it(`fits a panel ${width} pixels wide with nothing cut off`, async () => {
        const { page, send, close } = await openHosted(browser, bundle, { width });
        await send(graphMessage());
        await page.getByTestId('detail-toggle').click();
        await page.getByTestId('legend-toggle').click();
        await hover(page, one(graph, 'ln1').id);
        const wide = await page.evaluate(() =>
          [
            ...document.querySelectorAll<HTMLElement>(
              '#app, .header > *, .toolbar > *, .detail > *, .legend > *, .legend-group > *, .hover-card',
            ),
          ]
            .filter(
              (element) =>
                element.offsetParent !== null &&
                (element.getBoundingClientRect().right > innerWidth + 0.5 || element.getBoundingClientRect().left < -0.5),
            )
            .map((element) => element.className),
        );
        assert.deepEqual(wide, []);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
        const overlaps = await page.evaluate(() => {
          const boxes = [
            ...document.querySelectorAll<HTMLElement>('.toolbar > .control, .toolbar > .modes, .toolbar > .disclosure, .target > *'),
          ]
            .filter((element) => element.offsetParent !== null)
            .map((element) => ({ element, box: element.getBoundingClientRect() }));
          return boxes.flatMap(({ element, box }, i) =>
            boxes
              .slice(i + 1)
              .filter(
                (other) =>
                  !element.contains(other.element) &&
                  box.left < other.box.right - 0.5 &&
                  other.box.left < box.right - 0.5 &&
                  box.top < other.box.bottom - 0.5 &&
                  other.box.top < box.bottom - 0.5,
              )
              .map((other) => `${element.className || element.tagName} over ${other.element.className || other.element.tagName}`),
          );
        });
        assert.deepEqual(overlaps, []);
        await close();
      });
    }

    it('does not move by itself where motion is unwanted', async () => {
      const { page, close } = await openStandalone(browser, bundle, graph, { reducedMotion: true });
      const { id } = one(graph, 'concat');
      const before = await locate(page, id);
      await page.getByTestId('zoom-in').click();
      const after = await locate(page, id);
      assert.ok(Math.abs(after.width / before.width - 1.25) < 0.01, 'the zoom is done at once');
      await close();
    });
  });
});

/** What a page has kept, once that has the camera at this scale: a camera is kept when it has rested for a while. */
async function keptWith({ page, kept }: Pick<HostedPage, 'page' | 'kept'>, scale: number): Promise<unknown> {
  for (;;) {
    const now = (await kept()) as { readonly camera?: { readonly scale: number } | null } | null;
    if (Math.abs((now?.camera?.scale ?? 0) / scale - 1) < 1e-3) return now;
    await settle(page);
  }
}
