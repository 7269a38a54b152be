import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import type { LensListing } from '../../src/core/insight/lens-listing';
import { requestOf } from '../../webview/host/standalone';
import { testLimit } from '../support/patience';
import { SAMPLE_MODEL } from './insight-messages';
import { buildInspector, complaints, launchChromium, openHosted, openStandalone, violations, type Bundle } from './inspector-page';
import { sampleGraph } from './sample-graph';

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
    assert.equal(await page.getByTestId('delete-lens-fitted').count(), 0);
    assert.match((await page.getByTestId('lens-refused').textContent()) ?? '', /made for other weights/);
    await page.getByTestId('delete-lens-mine').click();
    assert.deepEqual((await hosted.posted()).at(-1), { type: 'deleteLens', lens: 'mine' });
    await page.getByTestId('fit-lens').click();
    assert.deepEqual((await hosted.posted()).at(-1), { type: 'command', command: 'fitLens' });
    assert.deepEqual(await violations(page), []);
    await hosted.close();
  });

  it('is recorded in a file of its own, which has no model to choose another for', async () => {
    const opened = await openStandalone(browser, bundle, read());
    assert.equal(await opened.page.getByTestId('lens').textContent(), 'Lens: Logit');
    assert.equal(await opened.page.getByTestId('lens-select').count(), 0);
    await opened.close();
  });
});
