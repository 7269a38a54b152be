import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import type { Comparison } from '../../src/core/format/comparison';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import type { Overview } from '../../src/core/insight/overview';
import { buildStory, type Story } from '../../src/core/insight/story';
import { compareRequestOf, requestOf } from '../../webview/host/standalone';
import { testLimit } from '../support/patience';
import { insightResult, SAMPLE_MODEL } from './insight-messages';
import { buildInspector, launchChromium, openHosted, settle, type Bundle, type HostedPage } from './inspector-page';
import { sampleComparison, sampleWhatIf } from './sample-comparison';
import { sampleGraph, samplePass } from './sample-graph';
import { sampleOverview } from './sample-insight';

/** No text is smaller, in pixels. */
const LEAST_TEXT = 11;
/** Part of a panel of 461 × 619 pixels that is content, at least. */
const CONTENT = 0.65;
const SIZE = { nLayers: 30, nHeads: 9 };

describe('Every screen', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  let graph: FlowGraph;
  let story: Story;
  let overview: Overview;
  let comparison: Comparison;
  let whatIf: Comparison;
  before(async () => {
    const pass = samplePass(SIZE);
    const options = { position: pass.tokens.length - 1, target: null, tokens: 5, labelled: 0.6 };
    [browser, bundle, graph, story, overview, comparison, whatIf] = await Promise.all([
      launchChromium(),
      buildInspector(),
      sampleGraph(SIZE),
      buildStory(pass, options, { signal: { aborted: false }, report: () => undefined }),
      sampleOverview(SIZE),
      sampleComparison(),
      sampleWhatIf('blocks.2.attn.head.3'),
    ]);
  });
  after(() => browser.close());

  const compared = (of: Comparison) =>
    ({
      type: 'comparison',
      fingerprint: SAMPLE_MODEL,
      comparison: of,
      request: compareRequestOf(of),
      origins: { left: { name: 'a.txt' }, right: { name: 'a.txt' } },
    }) as const;

  /** What leads to each screen, in an order in which one follows the other. */
  const screens: readonly (readonly [name: string, open: (hosted: HostedPage) => Promise<void>])[] = [
    [
      'layer',
      ({ send }) => send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin: { name: 'a.txt' } }),
    ],
    [
      'story',
      async ({ page, send }) => {
        await page.getByTestId('tab-story').click();
        await send(insightResult(null, { of: 'story' }, story));
      },
    ],
    [
      'overview',
      async ({ page, send }) => {
        await page.getByTestId('tab-overview').click();
        await send(insightResult(null, { of: 'overview' }, overview));
      },
    ],
    [
      'comparison',
      async ({ page, send }) => {
        await page.getByTestId('tab-graph').click();
        await send(compared(comparison));
      },
    ],
    ['what-if', ({ send }) => send(compared(whatIf))],
  ];

  /** Notes how large every text is that a canvas of the page writes. */
  const watchCanvases = (page: Page): Promise<void> =>
    page.evaluate(() => {
      const texts: { text: string; size: number }[] = [];
      Object.assign(window, { texts });
      const { fillText } = CanvasRenderingContext2D.prototype;
      CanvasRenderingContext2D.prototype.fillText = function (...of) {
        const size = Number(/([\d.]+)px/.exec(this.font)?.[1]) * Math.abs(this.getTransform().d);
        if (this.canvas.isConnected) texts.push({ text: of[0], size: size / devicePixelRatio });
        fillText.apply(this, of);
      };
    });

  /** What is wrong with the texts of the page: too small, or cut without a sign. */
  const faults = (page: Page): Promise<readonly string[]> =>
    page.evaluate((least) => {
      const { texts } = window as unknown as { texts: { text: string; size: number }[] };
      if (document.querySelector('canvas')?.checkVisibility() === true && texts.length === 0) return ['the drawing writes nothing'];
      const drawn = texts
        .splice(0)
        .flatMap(({ text, size }) => (size < least - 0.01 && text.trim() !== '' ? [`“${text}” is drawn ${size} px high`] : []));
      const isUnseen = (element: Element): boolean => element.closest('.unseen, [aria-hidden=true] svg, vscode-option, option') !== null;
      const written = [...document.querySelectorAll<HTMLElement>('#app *')].flatMap((element) => {
        const own = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim());
        if (own.length === 0 || !element.checkVisibility() || isUnseen(element)) return [];
        const style = getComputedStyle(element);
        const said = element.textContent?.trim().slice(0, 30);
        const isCut = style.overflowX === 'hidden' && style.textOverflow !== 'ellipsis' && element.scrollWidth > element.clientWidth + 1;
        return [
          ...(Number.parseFloat(style.fontSize) < least ? [`“${said}” is ${style.fontSize} high`] : []),
          ...(isCut ? [`“${said}” is cut`] : []),
        ];
      });
      const wide = document.documentElement.scrollWidth > innerWidth ? [`the page is ${document.documentElement.scrollWidth} px wide`] : [];
      return [...new Set([...drawn, ...written, ...wide])];
    }, LEAST_TEXT);

  for (const width of [321, 461, 621, 771, 1500]) {
    it(`has text that can be read and is not cut, in a panel ${width} pixels wide`, async () => {
      const hosted = await openHosted(browser, bundle, { width, height: 900, kept: { wholeCircuit: false } });
      await watchCanvases(hosted.page);
      const wrong: string[] = [];
      for (const [name, open] of screens) {
        await open(hosted);
        await settle(hosted.page);
        wrong.push(...(await faults(hosted.page)).map((fault) => `${name}: ${fault}`));
      }
      assert.deepEqual(wrong, []);
      await hosted.close();
    });
  }

  it(`leaves at least ${100 * CONTENT} % of a panel of 461×619 to its content`, async () => {
    const size = { width: 461, height: 619 };
    const hosted = await openHosted(browser, bundle, { ...size, kept: { wholeCircuit: false } });
    const parts: Record<string, number> = {};
    for (const [name, open] of screens) {
      await open(hosted);
      await settle(hosted.page);
      const heights = await hosted.page
        .locator('.stage')
        .evaluateAll((stages) => stages.map((stage) => stage.getBoundingClientRect().height));
      parts[name] = Math.max(...heights) / size.height;
    }
    const low = Object.entries(parts).filter(([, part]) => part < CONTENT);
    assert.deepEqual(low, [], JSON.stringify(parts));
    await hosted.close();
  });
});
