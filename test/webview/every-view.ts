/** The page on each of its views of text and tables, with samples in it: for tests and for the eye. */
import type { Browser } from 'playwright-core';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Calibration } from '../../src/core/insight/calibration';
import type { LensListing } from '../../src/core/insight/lens-listing';
import { compareRequestOf, requestOf } from '../../webview/host/standalone';
import { insightResult, SAMPLE_MODEL } from './insight-messages';
import { openHosted, type Bundle, type HostedPage, type OpenOptions } from './inspector-page';
import { sampleComparison } from './sample-comparison';
import { sampleGraph } from './sample-graph';
import { sampleNeurons, sampleNorms, sampleNormSummary, sampleOverview } from './sample-insight';

/** Names of the views, and how to come to each. */
export const VIEWS: Readonly<Record<string, (browser: Browser, bundle: Bundle, options: OpenOptions) => Promise<HostedPage>>> = {
  norms: async (browser, bundle, options) => {
    const hosted = await ofPrompt(browser, bundle, options, { tab: 'norms' });
    await hosted.send(insightResult(null, { of: 'norms' }, await sampleNorms()));
    await hosted.send(insightResult(null, { of: 'normSummary' }, await sampleNormSummary(PROMPTS), { file: 'capitals.txt' }));
    return hosted;
  },
  neurons: async (browser, bundle, options) => {
    const hosted = await ofPrompt(browser, bundle, options, { tab: 'neurons' });
    await hosted.send(insightResult(null, { of: 'activeNeurons' }, await sampleNeurons(PROMPTS)));
    return hosted;
  },
  overview: async (browser, bundle, options) => {
    const hosted = await ofPrompt(browser, bundle, options, { tab: 'overview' });
    await hosted.send(insightResult(null, { of: 'overview' }, await sampleOverview()));
    return hosted;
  },
  calibration: async (browser, bundle, options) => {
    const hosted = await ofPrompt(browser, bundle, options, { tab: 'calibration' });
    const file = path.resolve(__dirname, '../../models/visit-small/calibration.json');
    await hosted.send(insightResult(null, { of: 'calibrate' }, JSON.parse(readFileSync(file, 'utf8')) as Calibration));
    return hosted;
  },
  lenses: async (browser, bundle, options) => {
    const hosted = await ofPrompt(browser, bundle, options, { tab: 'lenses' });
    await hosted.send({ type: 'lenses', listing: lenses(4), chosen: 'logit' });
    return hosted;
  },
  nodes: (browser, bundle, options) => ofPrompt(browser, bundle, options, { mode: 'table' }),
  tree: async (browser, bundle, options) => {
    const hosted = await ofPrompt(browser, bundle, options, { mode: 'table' });
    await hosted.page.getByTestId('nodes-tree').click();
    for (let stage = 0; stage < 3; stage++) await hosted.page.locator('.tree-branch[aria-expanded=false]').first().click();
    return hosted;
  },
  changes: (browser, bundle, options) => ofComparison(browser, bundle, options, 'changes'),
  twins: (browser, bundle, options) => ofComparison(browser, bundle, options, 'tree'),
  predictions: async (browser, bundle, options) => {
    const hosted = await openHosted(browser, bundle, options);
    const { model, tokens, stream } = await sampleGraph();
    const rows = PROMPTS.map((prompt) => ({ prompt, tokens, top: stream.at(-1)?.reading.top.slice(0, 5) ?? [], entropy: 1.25 }));
    const left = { prompt: 'Too much', problem: { code: 'prompt-too-long' as const, message: 'This prompt is too long.' } };
    await hosted.send({
      type: 'predictions',
      table: { schema: 'visit.predictions/1', model, rows: [...rows, left] },
      origin: { name: 'capitals.txt' },
    });
    return hosted;
  },
};

const PROMPTS = ['The capital of Japan is the city of', 'The capital of France is the city of'];

async function ofPrompt(browser: Browser, bundle: Bundle, options: OpenOptions, kept: unknown): Promise<HostedPage> {
  const hosted = await openHosted(browser, bundle, { ...options, kept });
  const graph = await sampleGraph();
  await hosted.send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin: { name: 'capitals.txt' } });
  return hosted;
}

async function ofComparison(browser: Browser, bundle: Bundle, options: OpenOptions, listing: 'changes' | 'tree'): Promise<HostedPage> {
  const hosted = await openHosted(browser, bundle, options);
  const comparison = await sampleComparison();
  const origins = { left: {}, right: {} };
  await hosted.send({ type: 'comparison', comparison, fingerprint: SAMPLE_MODEL, request: compareRequestOf(comparison), origins });
  await hosted.page.getByTestId(`view-${listing}`).click();
  for (let stage = 0; listing === 'tree' && stage < 3; stage++)
    await hosted.page.locator('.tree-branch[aria-expanded=false]').first().click();
  return hosted;
}

/** A lens with figures at each border of so many blocks. */
export function lenses(blocks: number): LensListing {
  const borders = Array.from({ length: blocks + 1 }, (_, border) => border / blocks);
  const figuresFrom = (first: number) => ({
    agreement: borders.map((part) => first + (1 - first) * part),
    divergence: borders.map((part) => 10 * (1 - part) * (1 - first)),
  });
  return {
    schema: 'visit.lenses/1',
    weights: 'a',
    unchosen: 'fitted',
    lenses: [
      {
        kind: 'fitted',
        name: 'fitted',
        source: 'published',
        file: 'lens.safetensors',
        ridge: 0.001,
        tokens: { fitted: 20_000, chosen: 500, judged: 1_000 },
        logit: figuresFrom(0.03),
        fitted: figuresFrom(0.27),
        baseline: { agreement: 0.06, divergence: 9 },
      },
    ],
    refused: [],
  };
}
