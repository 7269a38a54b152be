import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { buildStory, type Story } from '../../src/core/insight/story';
import type { Overview } from '../../src/core/insight/overview';
import type { HostMessage } from '../../src/core/protocol/inspector';
import type { PageMessage } from '../../src/core/protocol/page-messages';
import type { PageAnswer, PageQuestion } from '../../src/core/protocol/page-questions';
import { showToken } from '../../src/core/text/token-text';
import { inspectorPage } from '../../src/export/inspector-page';
import { compareRequestOf, requestOf } from '../../webview/host/standalone';
import { sharpnessFor } from '../../webview/picture/png';
import { deepStory } from '../support/deep-story';
import { testLimit } from '../support/patience';
import { readSvg } from '../support/svg';
import { answer, SAMPLE_MODEL } from './insight-messages';
import { buildInspector, complaints, launchChromium, openHosted, settle, type Bundle, type HostedPage } from './inspector-page';
import { sampleComparison } from './sample-comparison';
import { sampleGraph, samplePass } from './sample-graph';
import { sampleOverview } from './sample-insight';

describe('What the page exports', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  let graph: FlowGraph;
  let story: Story;
  let overview: Overview;
  before(async () => {
    const pass = samplePass({});
    const options = { position: pass.tokens.length - 1, target: null, tokens: 5, labelled: 0.6 };
    [browser, bundle, graph, story, overview] = await Promise.all([
      launchChromium(),
      buildInspector(),
      sampleGraph(),
      buildStory(pass, options, { signal: { aborted: false }, report: () => undefined }),
      sampleOverview(),
    ]);
  });
  after(() => browser.close());

  const graphMessage = (): HostMessage => ({
    type: 'graph',
    fingerprint: SAMPLE_MODEL,
    graph,
    request: requestOf(graph),
    origin: { name: 'capitals.txt' },
  });

  let asked = 0;
  /** Asks the page as the host does. */
  async function ask(hosted: HostedPage, question: PageQuestion): Promise<PageAnswer> {
    const id = ++asked;
    await hosted.send({ type: 'question', id, question });
    await hosted.page.waitForFunction(
      (of) => (window as unknown as { posted: PageMessage[] }).posted.some((said) => said.type === 'answer' && said.id === of),
      id,
    );
    const said = (await hosted.posted()).find((message) => message.type === 'answer' && message.id === id);
    assert.ok(said?.type === 'answer');
    return said.answer;
  }

  async function svgOf(hosted: HostedPage, ground: 'light' | 'dark' = 'light'): Promise<string> {
    const picture = await ask(hosted, { of: 'picture', as: 'svg', ground });
    assert.ok(picture.of === 'picture', JSON.stringify(picture));
    return picture.data;
  }

  /** What the canvases of the page write while it is drawn again. */
  async function written({ page }: HostedPage, again: () => Promise<void>): Promise<readonly string[]> {
    await page.evaluate(() => {
      const texts = Object.assign(window, { texts: new Set<string>() });
      const { fillText } = CanvasRenderingContext2D.prototype;
      CanvasRenderingContext2D.prototype.fillText = function (...of) {
        if (this.canvas.isConnected) texts.texts.add(of[0]);
        fillText.apply(this, of);
      };
    });
    await again();
    await settle(page);
    return page.evaluate(() => [...(window as unknown as { texts: Set<string> }).texts]);
  }

  /**
   * Texts of the screen that a drawing does not have. A text is cut, and a heading broken, as there is room for it in the font and at
   * the scale of either: what is left of it must be there.
   */
  function missing(texts: readonly string[], exported: readonly string[]): readonly string[] {
    const words = exported.flatMap((text) => [text, ...text.split(' ')]).map((text) => text.replace(/…$/, ''));
    const isThere = (text: string): boolean => words.some((word) => word !== '' && (word.startsWith(text) || text.startsWith(word)));
    return texts.filter((text) => !isThere(text.replace(/…$/, '')));
  }

  /** Draws again all that the page shows, and forgets what was written before: another size may have other rows. */
  const redraw = (hosted: HostedPage) => async (): Promise<void> => {
    const { page } = hosted;
    await page.setViewportSize({ width: 1390, height: 890 });
    await settle(page);
    await page.evaluate(() => {
      (window as unknown as { texts: Set<string> }).texts.clear();
    });
    await page.setViewportSize({ width: 1400, height: 900 });
    await page.waitForFunction(() => (window as unknown as { texts: Set<string> }).texts.size > 0);
    await settle(page);
  };

  it('writes every text of the story’s map into the SVG, on the ground that is asked for', async () => {
    const hosted = await openHosted(browser, bundle, { kept: { tab: 'story' } });
    await hosted.send(graphMessage());
    await answer(hosted, { of: 'story' }, story);
    const texts = await written(hosted, redraw(hosted));
    assert.ok(texts.length > story.layers.length, 'the map was drawn');
    for (const ground of ['light', 'dark'] as const) {
      const svg = await svgOf(hosted, ground);
      const exported = new Set(readSvg(svg).texts);
      assert.deepEqual(
        texts.filter((text) => !exported.has(text)),
        [],
      );
      assert.ok(svg.includes(ground === 'light' ? 'fill="#ffffff"' : 'fill="#1f1f1f"'));
    }
    assert.deepEqual(complaints(hosted.errors), []);
    await hosted.close();
  });

  it('writes every label of the whole circuit into the SVG, however the drawing is zoomed', async () => {
    const hosted = await openHosted(browser, bundle, { kept: { wholeCircuit: true } });
    await hosted.send(graphMessage());
    const texts = await written(hosted, async () => {
      await hosted.page.getByTestId('fit').click();
      for (let step = 0; step < 4; step++) await hosted.page.getByTestId('zoom-in').click();
      await redraw(hosted)();
    });
    const svg = readSvg(await svgOf(hosted));
    assert.ok(texts.length > 20, `${texts.length} texts`);
    assert.deepEqual(missing(texts, svg.texts), []);
    assert.equal(svg.titles.length, graph.nodes.length + 1);
    await hosted.close();
  });

  it('writes every row of the upright flow graph into the SVG', async () => {
    const hosted = await openHosted(browser, bundle);
    await hosted.send(graphMessage());
    const texts = await written(hosted, redraw(hosted));
    const svg = await svgOf(hosted);
    assert.doesNotMatch(svg, /NaN|undefined/);
    const { texts: exported } = readSvg(svg);
    assert.ok(texts.length > 20, `${texts.length} texts`);
    assert.deepEqual(missing(texts, exported), []);
    await hosted.close();
  });

  it('leaves edges out of the SVG that are hidden on the screen', async () => {
    const hosted = await openHosted(browser, bundle, { kept: { wholeCircuit: true } });
    await hosted.send(graphMessage());
    const all = await svgOf(hosted);
    await hosted.page.getByTestId('edge-kind-attention').click();
    const fewer = await svgOf(hosted);
    const lines = (svg: string): number => svg.split('fill="none"').length;
    assert.ok(lines(fewer) < lines(all));
    await hosted.close();
  });

  for (const drawing of ['sides', 'merged'] as const) {
    it(`writes both prompts of a comparison that is drawn ${drawing}, and every node`, async () => {
      const comparison = await sampleComparison();
      const hosted = await openHosted(browser, bundle, { kept: { compare: { drawing } } });
      await hosted.send({
        type: 'comparison',
        comparison,
        fingerprint: SAMPLE_MODEL,
        request: compareRequestOf(comparison),
        origins: { left: {}, right: {} },
      });
      const { texts, titles } = readSvg(await svgOf(hosted));
      const all = texts.join(' ');
      for (const { prompt } of [comparison.left, comparison.right]) assert.ok(all.includes(prompt), prompt);
      const nodes = drawing === 'merged' ? comparison.nodes.length : comparison.left.nodes.length + comparison.right.nodes.length;
      assert.equal(titles.length, nodes + 1);
      await hosted.close();
    });
  }

  it('draws a PNG twice as large as the drawing', async () => {
    const hosted = await openHosted(browser, bundle);
    await hosted.send(graphMessage());
    const { width, height } = readSvg(await svgOf(hosted));
    const picture = await ask(hosted, { of: 'picture', as: 'png', ground: 'light' });
    assert.ok(picture.of === 'picture');
    const bytes = Buffer.from(picture.data, 'base64');
    assert.deepEqual([...bytes.subarray(1, 4)].map((code) => String.fromCharCode(code)).join(''), 'PNG');
    assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], [Math.round(2 * width), Math.round(2 * height)]);
    await hosted.close();
  });

  it('draws a PNG that is too large for a canvas in less detail', () => {
    assert.equal(sharpnessFor({ width: 800, height: 600 }), 2);
    const [width, height] = [40_000, 2_000];
    const sharpness = sharpnessFor({ width, height });
    assert.ok(sharpness * width <= 16_000 && sharpness * sharpness * width * height <= 120_000_000);
  });

  it('writes every cell of the overview into the SVG, and the figures of the heads', async () => {
    const hosted = await openHosted(browser, bundle, { kept: { tab: 'overview' } });
    await hosted.send(graphMessage());
    await answer(hosted, { of: 'overview' }, overview);
    const texts = readSvg(await svgOf(hosted)).texts;
    const tops = overview.grid.resid_post.flat().map(({ top }) => showToken(top));
    assert.deepEqual(
      tops.filter((top) => !texts.some((text) => text === top || (text.endsWith('…') && top.startsWith(text.slice(0, -1))))),
      [],
    );
    assert.ok(texts.includes(overview.prompt), 'what it is of');
    for (let head = 0; head < overview.model.nHeads; head++) assert.ok(texts.includes(`h${head}`), `head ${head}`);
    await hosted.close();
  });

  it('copies an image of the drawing, and says that it has', async () => {
    const hosted = await openHosted(browser, bundle);
    await hosted.page.evaluate(() => {
      const written: string[] = [];
      Object.assign(window, { written });
      Object.defineProperty(navigator, 'clipboard', {
        value: {
          write: async ([item]: ClipboardItem[]) => void written.push(...item.types, String((await item.getType('image/png')).size)),
        },
      });
    });
    await hosted.send(graphMessage());
    const button = hosted.page.getByTestId('copy-image');
    await button.click();
    await hosted.page.waitForFunction(() => (window as unknown as { written: string[] }).written.length === 2);
    const [type, bytes] = await hosted.page.evaluate(() => (window as unknown as { written: string[] }).written);
    assert.equal(type, 'image/png');
    assert.ok(Number(bytes) > 10_000, `${bytes} bytes`);
    await hosted.page.waitForFunction(() =>
      document.querySelector('[data-testid=copy-image]')?.getAttribute('aria-label')?.includes('clipboard'),
    );
    await hosted.close();
  });

  it('says which view is on the screen, and that there is no picture of a table that is not there yet', async () => {
    const hosted = await openHosted(browser, bundle);
    await hosted.send(graphMessage());
    const view = await ask(hosted, { of: 'view' });
    assert.ok(view.of === 'view');
    assert.deepEqual([view.screen, view.drawn, view.kept['tab']], ['graph', true, 'graph']);
    await hosted.page.getByTestId('tab-norms').click();
    const norms = await ask(hosted, { of: 'view' });
    assert.ok(norms.of === 'view');
    assert.deepEqual([norms.screen, norms.drawn], ['norms', true]);
    assert.equal((await ask(hosted, { of: 'picture', as: 'svg', ground: 'light' })).of, 'nothing');
    await hosted.close();
  });

  describe('as a page of its own', () => {
    let folder: string;
    before(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'visit-export-'));
      await Promise.all([
        writeFile(path.join(folder, 'inspector.js'), bundle.script),
        writeFile(path.join(folder, 'inspector.css'), bundle.style),
      ]);
    });
    after(() => rm(folder, { recursive: true }));

    /** Opens what is written, as a file, without a network. */
    async function opened(html: string, viewport = { width: 1000, height: 800 }) {
      const file = path.join(folder, 'page.html');
      await writeFile(file, html);
      const context = await browser.newContext({ viewport, offline: true, reducedMotion: 'reduce' });
      const page = await context.newPage();
      await page.addInitScript('globalThis.__name = (f) => f'); // tsx names functions with it, also those sent to the page
      const errors: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error') errors.push(message.text());
      });
      page.on('pageerror', (error) => errors.push(String(error)));
      await page.goto(pathToFileURL(file).href);
      return { page, errors, close: () => context.close() };
    }

    it('holds story, flow graph and overview, opens on what was shown, and names what it does not hold', async () => {
      const insights = [
        { request: { of: 'story' }, value: story },
        { request: { of: 'overview' }, value: overview },
      ] as const;
      const html = await inspectorPage({ shown: graph, insights, view: { tab: 'story', storyKept: 0.8 } }, folder);
      const { page, errors, close } = await opened(html);
      await page.getByTestId('story-token').waitFor();
      assert.equal(await page.getByTestId('story-token').textContent(), showToken(story.target));
      await page.getByTestId('tab-overview').click();
      await page.getByTestId('overview-grid').waitFor();
      await page.getByTestId('tab-graph').click();
      await page.getByTestId('canvas').locator('canvas:not(.minimap-picture)').waitFor();
      const norms = page.getByTestId('tab-norms');
      assert.equal(await norms.isDisabled(), true);
      assert.match((await norms.getAttribute('title')) ?? '', /not contain/);
      assert.deepEqual(complaints(errors), []);
      await close();
    });

    it('opens the layer of a read that is in the file, and asks nobody for others', async () => {
      const insights = [{ request: { of: 'story' }, value: story }] as const;
      const whole = await sampleGraph({ layers: { from: 0, to: story.layers.length - 1 } });
      const { page, errors, close } = await opened(await inspectorPage({ shown: whole, insights, view: { tab: 'story' } }, folder));
      await page.getByTestId('story-map').focus();
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Enter');
      await page.getByTestId('canvas').locator('canvas:not(.minimap-picture)').waitFor();
      assert.equal(await page.getByTestId('progress').isVisible(), false);
      assert.deepEqual(complaints(errors), []);
      await close();
    });

    for (const [nLayers, viewport] of [
      [30, { width: 621, height: 500 }],
      [80, { width: 1000, height: 700 }],
    ] as const) {
      it(`shows all of ${nLayers} layers at one look, quiet ones folded, which open and close without a model`, async () => {
        const deep = deepStory(nLayers);
        const shown = {
          ...graph,
          model: { ...graph.model, nLayers },
          layers: [nLayers - 1],
          tokens: [...deep.tokens],
          target: deep.target,
        };
        const insights = [{ request: { of: 'story' }, value: deep }] as const;
        const { page, errors, close } = await opened(await inspectorPage({ shown, insights, view: { tab: 'story' } }, folder), viewport);
        const map = page.getByTestId('story-map');
        await map.focus();
        const height = async () => (await map.boundingBox())?.height ?? 0;
        const place = await page.getByTestId('story-scroll').boundingBox();
        const [low, box] = [await height(), await map.boundingBox()];
        assert.ok(place && box && box.y + box.height <= place.y + place.height + 0.5, 'the whole map is in view');
        const card = page.getByTestId('story-card');
        const says = async () => ((await card.isVisible()) ? ((await card.textContent()) ?? '') : '');
        for (let i = 0; i < nLayers && !/^Layers \d+–\d+/.test(await says()); i++) {
          await page.keyboard.press('ArrowDown');
          await settle(page);
        }
        assert.match(await says(), /^Layers \d+–\d+/, 'a run of layers is folded');
        await page.keyboard.press('Enter');
        await settle(page);
        assert.match(await says(), /fold them again/);
        assert.ok((await height()) > low, 'open, they take room');
        await page.keyboard.press('Enter');
        await settle(page);
        assert.equal(await height(), low);
        assert.deepEqual(complaints(errors), []);
        await close();
      });
    }

    it('is the flow graph alone where nothing else is given, without tabs', async () => {
      const { page, close } = await opened(await inspectorPage({ shown: graph, view: { tab: 'overview' } }, folder));
      await page.getByTestId('canvas').locator('canvas:not(.minimap-picture)').waitFor();
      assert.equal(await page.getByTestId('tabs').isVisible(), false);
      await close();
    });

    it('has no token that could end its data', async () => {
      const hostile = { ...graph, prompt: '</script><script>window.pwned = 1</script>' };
      const html = await inspectorPage({ shown: hostile, view: { tab: '</script>' } }, folder);
      assert.equal(html.split('</script>').length - 1, 3, 'graph, view and the page’s own script');
    });
  });
});
