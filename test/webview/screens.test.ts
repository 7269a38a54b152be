import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import type { Comparison } from '../../src/core/format/comparison';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import type { NormFilters } from '../../src/core/insight/norm-filters';
import type { Overview } from '../../src/core/insight/overview';
import type { OverviewDifference } from '../../src/core/insight/overview-difference';
import type { StoryDifference } from '../../src/core/insight/story-difference';
import { buildStory, type Story } from '../../src/core/insight/story';
import { compareRequestOf, requestOf } from '../../webview/host/standalone';
import { testLimit } from '../support/patience';
import { insightResult, SAMPLE_MODEL } from './insight-messages';
import { buildInspector, launchChromium, openHosted, settle, type Bundle, type HostedPage } from './inspector-page';
import { overlaps, scrolledAway, silentControls, textFaults, watchCanvases } from './looks';
import { sampleComparison, sampleWhatIf } from './sample-comparison';
import { sampleGraph, samplePass } from './sample-graph';
import { sampleDifference, sampleOverviewDifference } from './sample-difference';
import { sampleNorms, sampleOverview } from './sample-insight';

/** Part of a panel of 461 × 619 pixels that is content, at least. */
const CONTENT = 0.65;
const SIZE = { nLayers: 30, nHeads: 9 };
/** Widths of a panel, in pixels: opening a screen takes longer than looking at it. */
const WIDTHS = [321, 461, 621, 771, 1500] as const;

describe('Every screen', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  let graph: FlowGraph;
  let story: Story;
  let overview: Overview;
  let comparison: Comparison;
  let whatIf: Comparison;
  let difference: StoryDifference;
  let overviews: OverviewDifference;
  let norms: NormFilters;
  before(async () => {
    const pass = samplePass(SIZE);
    const options = { position: pass.tokens.length - 1, target: null, tokens: 5, labelled: 0.6 };
    [browser, bundle, graph, story, overview, comparison, whatIf, difference, overviews, norms] = await Promise.all([
      launchChromium(),
      buildInspector(),
      sampleGraph(SIZE),
      buildStory(pass, options, { signal: { aborted: false }, report: () => undefined }),
      sampleOverview(SIZE),
      sampleComparison(),
      sampleWhatIf('blocks.2.attn.head.3'),
      sampleDifference(),
      sampleOverviewDifference(),
      sampleNorms(SIZE),
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
  const drawings: typeof screens = [
    ['what-if, merged', ({ page }) => page.getByTestId('view-merged').click()],
    ['what-if, what changed', ({ page }) => page.getByTestId('view-changes').click()],
  ];
  /** More of them, of which the content is tables and texts. */
  const others: typeof screens = [
    [
      'layer, for two tokens',
      async ({ send }) => {
        const target = { ...graph.target, against: graph.target };
        await send({
          type: 'graph',
          fingerprint: SAMPLE_MODEL,
          graph: { ...graph, target },
          request: { ...requestOf(graph), target: ' Mary', against: ' John' },
          origin: { name: 'a.txt' },
        });
      },
    ],
    ['what-if again', ({ send }) => send(compared(whatIf))],
    ...drawings,
    [
      'story of the difference',
      async ({ page, send }) => {
        await page.getByTestId('tab-story').click();
        await send(insightResult(null, { of: 'storyDifference' }, difference));
      },
    ],
    [
      'overview of the difference',
      async ({ page, send }) => {
        await page.getByTestId('tab-overview').click();
        await send(insightResult(null, { of: 'overviewDifference' }, overviews));
      },
    ],
    ['neurons', ({ page }) => page.getByTestId('tab-neurons').click()],
    ['calibration', ({ page }) => page.getByTestId('tab-calibration').click()],
    ['lenses', ({ page }) => page.getByTestId('tab-lenses').click()],
    [
      'norms',
      async ({ page, send }) => {
        await send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin: { name: 'a.txt' } });
        await page.getByTestId('tab-norms').click();
        await send(insightResult(null, { of: 'norms' }, norms));
      },
    ],
    [
      'table of nodes',
      async ({ page }) => {
        await page.getByTestId('tab-graph').click();
        await page.getByTestId('table-toggle').click();
      },
    ],
  ];

  it(`has text that can be read and is not cut, nothing on anything else, and nothing that cannot be used without a reason, in panels ${WIDTHS.join(', ')} pixels wide`, async () => {
    const height = 900;
    const hosted = await openHosted(browser, bundle, { width: WIDTHS[0], height, kept: { wholeCircuit: false } });
    const { page } = hosted;
    await watchCanvases(page);
    const wrong: string[] = [];
    for (const [name, open] of [...screens, ...others]) {
      await open(hosted);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height });
        await settle(page);
        const found = [
          ...(await textFaults(page)),
          ...(await overlaps(page)),
          ...(await silentControls(page)),
          ...(await scrolledAway(page)),
        ];
        wrong.push(...found.map((fault) => `${name}, ${width} pixels wide: ${fault}`));
      }
    }
    assert.deepEqual(wrong, []);
    await hosted.close();
  });

  it('would be found out: what lies on something else, and what cannot be used without a word', async () => {
    const hosted = await openHosted(browser, bundle, { width: 621, height: 600 });
    await hosted.page.evaluate(() => {
      const place = 'position: fixed; top: 300px; width: 80px; height: 20px;';
      for (const left of [100, 150]) {
        const made = document.createElement('button');
        Object.assign(made, { textContent: String(left), disabled: true });
        made.style.cssText = `${place} left: ${left}px`;
        document.getElementById('app')?.append(made);
      }
    });
    assert.equal((await overlaps(hosted.page)).length, 1);
    assert.equal((await silentControls(hosted.page)).length, 2);
    await hosted.close();
  });

  it(`leaves at least ${100 * CONTENT} % of a panel of 461×619 to its content`, async () => {
    const size = { width: 461, height: 619 };
    const hosted = await openHosted(browser, bundle, { ...size, kept: { wholeCircuit: false } });
    const parts: Record<string, number> = {};
    const ofTwo = others.filter(([name]) => name.endsWith('of the difference'));
    for (const [name, open] of [...screens, ...drawings, ...ofTwo]) {
      await open(hosted);
      await settle(hosted.page);
      // What is in sight of it: the screen of a comparison is scrolled.
      const heights = await hosted.page.locator('.stage').evaluateAll((stages) =>
        stages.map((stage) => {
          const { top, bottom } = stage.getBoundingClientRect();
          return Math.min(bottom, innerHeight) - top;
        }),
      );
      parts[name] = Math.max(...heights) / size.height;
    }
    const low = Object.entries(parts).filter(([, part]) => part < CONTENT);
    assert.deepEqual(low, [], JSON.stringify(parts));
    await hosted.close();
  });
});
