import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { compareLenses, readBorders, type LensDifference } from '../../src/core/insight/lens-difference';
import type { LensListing } from '../../src/core/insight/lens-listing';
import { showToken } from '../../src/core/text/token-text';
import { inspectorPage } from '../../src/export/inspector-page';
import { requestOf } from '../../webview/host/standalone';
import { testLimit } from '../support/patience';
import { answer, SAMPLE_MODEL } from './insight-messages';
import {
  buildInspector,
  complaints,
  launchChromium,
  openHosted,
  openStandalone,
  violations,
  type Bundle,
  type HostedPage,
} from './inspector-page';
import { sampleGraph, samplePass } from './sample-graph';
import { sampleOverview } from './sample-insight';

describe('The choice of a lens', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  let graph: FlowGraph;
  let listing: LensListing;
  before(async () => {
    [browser, bundle, graph] = await Promise.all([launchChromium(), buildInspector(), sampleGraph()]);
    const borders = Array.from({ length: graph.model.nLayers + 1 }, (_, border) => border / graph.model.nLayers);
    const [logit, fitted] = [0.03, 0.27].map((first) => ({
      agreement: borders.map((part) => first + (1 - first) * part),
      divergence: borders.map((part) => 10 * (1 - part) * (1 - first)),
    }));
    assert.ok(logit && fitted);
    const figures = {
      ridge: 0.001,
      tokens: { fitted: 20_000, chosen: 500, judged: 1_000 },
      logit,
      fitted,
      baseline: { agreement: 0.06, divergence: 9 },
    };
    listing = {
      schema: 'visit.lenses/1',
      weights: 'a',
      unchosen: 'fitted',
      lenses: [
        { kind: 'fitted', name: 'fitted', source: 'published', file: 'lens.safetensors', ...figures },
        { kind: 'fitted', name: 'mine', source: 'kept', file: 'mine.safetensors', ...figures },
      ],
      refused: ['other.safetensors was made for other weights, and is not used.'],
    };
  });
  after(() => browser.close());

  /** The graph as the logit lens reads it, with figures that are known. */
  const read = (): FlowGraph => ({
    ...graph,
    model: { ...graph.model, lens: { kind: 'logit', name: 'logit', figures: listing.lenses[0]?.logit } },
  });
  const opened = async (kept?: unknown) => {
    const hosted = await openHosted(browser, bundle, kept === undefined ? {} : { kept });
    const of = read();
    await hosted.send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph: of, request: requestOf(of), origin: { name: 'capitals.txt' } });
    await hosted.send({ type: 'lenses', listing, chosen: 'logit' });
    return hosted;
  };

  it('offers the lenses of the model by name, and asks the host for the one that is chosen', async () => {
    const hosted = await opened();
    const select = hosted.page.getByTestId('lens-select');
    assert.deepEqual(await select.locator('option').allTextContents(), ['Logit', 'Fitted', 'mine']);
    assert.equal(await select.inputValue(), 'logit');
    await select.selectOption('mine');
    assert.deepEqual((await hosted.posted()).at(-1), { type: 'chooseLens', lens: 'mine' });
    // What the host says counts, not what was clicked.
    await hosted.send({ type: 'lenses', listing, chosen: 'fitted' });
    assert.equal(await select.inputValue(), 'fitted');
    assert.deepEqual(complaints(hosted.errors), []);
    await hosted.close();
  });

  it('says on the depth strip how often the lens agrees, and writes what is below 5 % faintly', async () => {
    const hosted = await opened();
    const embeddings = hosted.page.getByTestId('layer-cell--1');
    assert.match((await embeddings.getAttribute('title')) ?? '', /The logit lens agrees with the model in 3 % of cases here/);
    assert.equal(await embeddings.locator('.doubtful').count(), 1);
    assert.equal(await hosted.page.getByTestId('layer-cell-0').locator('.doubtful').count(), 0);
    await hosted.close();
  });

  it('compares each lens with the logit lens in a picture and a table; only what the user keeps can be deleted', async () => {
    const hosted = await opened();
    const { page } = hosted;
    await page.getByTestId('tab-lenses').click();
    assert.equal(await page.getByTestId('lens-mine').getByTestId('lens-table').locator('tbody tr').count(), graph.model.nLayers + 1);
    assert.equal(await page.getByTestId('lens-mine').locator('.lens-plot').count(), 2);
    assert.match((await page.getByTestId('lens-mine').textContent()) ?? '', /variance\. Judged on .* bits\. It is /, 'three sentences');
    assert.equal(await page.getByTestId('delete-lens-fitted').count(), 0);
    assert.match((await page.getByTestId('lens-refused').textContent()) ?? '', /made for other weights/);
    await page.getByTestId('delete-lens-mine').click();
    assert.deepEqual((await hosted.posted()).at(-1), { type: 'deleteLens', lens: 'mine' });
    await page.getByTestId('fit-lens').click();
    assert.deepEqual((await hosted.posted()).at(-1), { type: 'command', command: 'fitLens' });
    assert.deepEqual(await violations(page), []);
    await hosted.close();
  });

  describe('beside another, in the overview', () => {
    const OTHER = { of: 'lensDifference', lens: 'mine' } as const;
    let difference: LensDifference;
    before(async () => {
      const pass = samplePass({});
      const [more = []] =
        (await readBorders(pass, 9, { signal: { aborted: false }, report: () => undefined }))[1]?.map((list) => list.slice(-1)) ?? [];
      const lists = await readBorders(pass, 3, { signal: { aborted: false }, report: () => undefined });
      const swapped = lists.map((border, b) => (b === 1 ? border.map((list) => [...list.slice(0, -1), ...more]) : border));
      const figures = listing.lenses[1]?.fitted;
      const lens = { kind: 'fitted', name: 'mine', ...(figures && { figures }) } as const;
      difference = compareLenses({ model: read().model, prompt: pass.prompt, tokens: pass.tokens }, lists, { lens, lists: swapped });
    });
    const compared = async () => {
      const hosted = await opened();
      await hosted.page.getByTestId('tab-overview').click();
      const overview = await sampleOverview();
      await answer(hosted, { of: 'overview' }, { ...overview, model: read().model });
      await hosted.page.getByTestId('other-lens').selectOption('mine');
      return hosted;
    };
    const cell = (page: HostedPage['page'], border: number, position: number) =>
      page.locator(`[data-testid=lens-difference-grid] [data-row="${graph.model.nLayers - 1 - border}"][data-column="${position}"]`);

    it('shows what the one reads and the other does not, the other way round on request, and names both', async () => {
      const hosted = await compared();
      const { page } = hosted;
      assert.deepEqual(await page.getByTestId('other-lens').locator('option').allTextContents(), ['no other lens', 'Fitted', 'mine']);
      await answer(hosted, OTHER, difference);
      const [only, otherOnly] = [difference.cells[1]?.[0]?.only[0], difference.cells[1]?.[0]?.otherOnly[0]];
      assert.ok(only && otherOnly);
      assert.equal((await cell(page, 1, 0).textContent())?.trim(), showToken(only));
      await page.getByTestId('only-other').click();
      assert.equal((await cell(page, 1, 0).textContent())?.trim(), showToken(otherOnly));
      assert.match((await cell(page, 1, 0).getAttribute('aria-label')) ?? '', /only Logit: .*; only mine: /);
      assert.match(
        (await page.getByTestId('lens-difference-note').textContent()) ?? '',
        /the logit lens and the fitted lens “mine” each list/,
      );
      assert.deepEqual(await violations(page), []);
      assert.deepEqual(complaints(hosted.errors), []);
      await hosted.close();
    });

    it('asks again when the lenses have changed, and not when the same are listed', async () => {
      const hosted = await compared();
      await answer(hosted, OTHER, difference);
      const asked = async () =>
        (await hosted.posted()).filter((each) => each.type === 'requestInsight' && each.request.of === 'lensDifference');
      assert.equal((await asked()).length, 1);
      await hosted.send({ type: 'lenses', listing, chosen: 'logit' });
      assert.equal((await asked()).length, 1);
      const lenses = listing.lenses.map((lens) => ({ ...lens, ridge: 0.01 }));
      await hosted.send({ type: 'lenses', listing: { ...listing, lenses }, chosen: 'logit' });
      assert.equal((await asked()).length, 2);
      await hosted.close();
    });

    it('is held by a file of its own', async () => {
      const overview = { ...(await sampleOverview()), model: read().model };
      const insights = [
        { request: { of: 'overview' }, value: overview },
        { request: OTHER, value: difference },
      ] as const;
      const view = { tab: 'overview', grid: { stream: 'resid_post', colourBy: 'rank', heads: 'share', otherLens: 'mine', readBy: 'one' } };
      const folder = await mkdtemp(path.join(tmpdir(), 'visit-lenses-'));
      try {
        await writeFile(path.join(folder, 'inspector.js'), bundle.script);
        await writeFile(path.join(folder, 'inspector.css'), bundle.style);
        const file = path.join(folder, 'page.html');
        await writeFile(file, await inspectorPage({ shown: read(), insights, view }, folder));
        const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
        await page.goto(pathToFileURL(file).href);
        const only = difference.cells[1]?.[0]?.only[0];
        assert.ok(only);
        assert.equal(await page.getByTestId('other-lens').inputValue(), 'mine');
        assert.equal((await cell(page, 1, 0).textContent())?.trim(), showToken(only));
        await page.close();
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
  });

  it('is recorded in a file of its own, which has no model to choose another for', async () => {
    const opened = await openStandalone(browser, bundle, read());
    assert.equal(await opened.page.getByTestId('lens').textContent(), 'Lens: Logit');
    assert.equal(await opened.page.getByTestId('lens-select').count(), 0);
    await opened.close();
  });
});
