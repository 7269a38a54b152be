import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { attributionLines, attribute, nodesForShare } from '../../src/core/analyse/attribution';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { measuredFigures } from '../../src/core/present/describe';
import { leftOutId, pruned } from '../../src/core/present/pruned';
import { requestOf } from '../../webview/host/standalone';
import { formatProbability } from '../../webview/lib/format/number';
import { testLimit } from '../support/patience';
import { readSvg } from '../support/svg';
import { SAMPLE_MODEL } from './insight-messages';
import { buildInspector, hover, launchChromium, locate, openHosted, settle, type Bundle, type HostedPage } from './inspector-page';
import { sampleGraph } from './sample-graph';

/** No text is smaller, in pixels. */
const LEAST_TEXT = 11;

describe('The whole circuit', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  let graph: FlowGraph;
  before(async () => {
    [browser, bundle, graph] = await Promise.all([launchChromium(), buildInspector(), sampleGraph()]);
  });
  after(() => browser.close());

  const show = async (width: number, of = graph): Promise<HostedPage> => {
    const hosted = await openHosted(browser, bundle, { width, height: 900, kept: { tab: 'graph', wholeCircuit: true } });
    await hosted.send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph: of, request: requestOf(of), origin: { name: 'capitals.txt' } });
    return hosted;
  };

  /** Texts that the next frame writes, with their sizes on the screen in pixels. */
  const written = async (page: Page): Promise<readonly { readonly text: string; readonly size: number }[]> => {
    await page.evaluate(() => {
      const texts: { text: string; size: number }[] = [];
      Object.assign(window, { texts });
      const { fillText } = CanvasRenderingContext2D.prototype;
      CanvasRenderingContext2D.prototype.fillText = function (...of) {
        const size = (Number(/([\d.]+)px/.exec(this.font)?.[1]) * this.getTransform().d) / devicePixelRatio;
        if (this.canvas.isConnected) texts.push({ text: of[0], size });
        fillText.apply(this, of);
      };
    });
    // What is under the pointer is drawn anew.
    await page.mouse.move(1, 1);
    await page.keyboard.press('Tab');
    await page.getByTestId('zoom-in').click();
    await page.getByTestId('zoom-out').click();
    await settle(page);
    return page.evaluate(() => (window as unknown as { texts: { text: string; size: number }[] }).texts);
  };

  it('has on each edge how much is attended, from a tenth on, in text that can be read', async () => {
    const { page, close } = await show(1500);
    const figures = graph.edges.flatMap(({ kind, attention = 0, from }) =>
      kind === 'attention' && attention >= 0.1 && graph.nodes.find(({ id }) => id === from)?.kind === 'head_query'
        ? [formatProbability(attention)]
        : [],
    );
    const texts = (await written(page)).filter(({ text }) => /^\d+%$/.test(text));
    assert.ok(figures.length > 0 && texts.length > 0, 'the sample attends');
    for (const { text, size } of texts) {
      assert.ok(figures.includes(text), `${text} is the attention of an edge`);
      assert.ok(size >= LEAST_TEXT - 0.01, `${size} px`);
    }
    await close();
  });

  it('gathers what Keep leaves out in one node a layer, which says what it brings, and shows all again at a click', async () => {
    const { page, close } = await show(1500);
    await page.getByTestId('share-kept').fill('40');
    await settle(page);
    const [layer] = graph.layers;
    assert.ok(layer !== undefined);
    const { nodes } = pruned(graph, nodesForShare(graph, 0.4));
    const others = nodes.find(({ id }) => id === leftOutId(layer));
    assert.ok(others);
    await page.getByTestId('fit').click();
    await settle(page);
    await hover(page, others.id);
    const hint = page.getByTestId('graph-hint');
    await hint.waitFor();
    assert.match((await hint.textContent()) ?? '', new RegExp(`Left out of layer ${layer} by Keep: .* parts, together [+−]`));
    const at = await locate(page, others.id);
    await page.mouse.click(at.left + at.width / 2, at.top + at.height / 2);
    await settle(page);
    assert.equal(await page.getByTestId('share-kept').inputValue(), '100');
    await assert.rejects(locate(page, others.id), /draws no node/);
    await close();
  });

  it('writes figures and what is left out into its picture', async () => {
    const hosted = await show(1500);
    await hosted.page.getByTestId('share-kept').fill('40');
    await settle(hosted.page);
    await hosted.send({ type: 'question', id: 1, question: { of: 'picture', as: 'svg', ground: 'light' } });
    const said = (await hosted.posted()).findLast((message) => message.type === 'answer');
    assert.ok(said?.type === 'answer' && said.answer.of === 'picture');
    const { texts } = readSvg(said.answer.data);
    assert.ok(texts.some((text) => /^\d+%$/.test(text)) && texts.some((text) => /^(\d+ others|\+\d+)$/.test(text)), texts.join('|'));
    await hosted.close();
  });

  for (const width of [321, 461, 621, 771, 1500]) {
    it(`has below it a line that says what is drawn, never cut, at ${width} pixels`, async () => {
      const { page, close } = await show(width);
      const line = page.getByTestId('share-line');
      const lines = attributionLines(attribute(graph), measuredFigures(graph));
      assert.ok(lines.includes((await line.textContent()) ?? ''), (await line.textContent()) ?? '');
      assert.ok(await line.evaluate((element) => element.scrollWidth <= element.clientWidth), 'it is not cut');
      if (width > 600) assert.match((await line.textContent()) ?? '', /other layers/, 'and says what is elsewhere');
      assert.ok((await line.getAttribute('title'))?.startsWith(lines[0]), 'all of it is under the pointer');
      await close();
    });
  }
});
