import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import type { Comparison } from '../../src/core/format/comparison';
import type { Overview } from '../../src/core/insight/overview';
import type { OverviewDifference } from '../../src/core/insight/overview-difference';
import type { HostMessage } from '../../src/core/protocol/inspector';
import { showToken } from '../../src/core/text/token-text';
import { testLimit } from '../support/patience';
import { readSvg } from '../support/svg';
import { answer, idOf, insightResult } from './insight-messages';
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
import { sampleWhatIf } from './sample-comparison';
import { comparisonMessage, sampleBoth, sampleOverviewDifference } from './sample-difference';

const OVERVIEW = { of: 'overviewDifference' } as const;

describe('The overview of a comparison on the page', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  let comparison: Comparison;
  let overview: OverviewDifference;
  before(async () => {
    [browser, bundle, { comparison }, overview] = await Promise.all([
      launchChromium(),
      buildInspector(),
      sampleBoth(),
      sampleOverviewDifference(),
    ]);
  });
  after(() => browser.close());

  async function opened(options: OpenOptions = {}, shown = comparison): Promise<HostedPage> {
    const hosted = await openHosted(browser, bundle, { width: 621, height: 800, kept: null, ...options });
    await hosted.send(comparisonMessage(shown));
    await hosted.page.getByTestId('tab-overview').click();
    await answer(hosted, OVERVIEW, overview);
    return hosted;
  }

  const cell = (hosted: HostedPage, row: number, column: number) =>
    hosted.page.getByTestId('difference-grid').locator(`[data-row="${row}"][data-column="${column}"]`);

  it('says of each layer and pair of tokens what both say, or what the right side says instead', async () => {
    const hosted = await opened({ width: 1500 });
    const layer = overview.model.nLayers - 1;
    const said = overview.tokens.map((pair) =>
      pair.left === null || pair.right === null
        ? null
        : { left: overview.left.grid.resid_post[layer]?.[pair.left], right: overview.right.grid.resid_post[layer]?.[pair.right] },
    );
    const column = said.findIndex((of) => of !== null && of.left?.top.id !== of.right?.top.id);
    const { left, right } = said[column] ?? {};
    assert.ok(left && right, 'the sample says different tokens somewhere');
    assert.equal(((await cell(hosted, 0, column).textContent()) ?? '').trim(), `→${showToken(right.top)}`);
    assert.match((await cell(hosted, 0, column).getAttribute('aria-label')) ?? '', /A .*target.*B .*target/);
    await cell(hosted, 0, column).hover();
    const card = hosted.page.getByTestId('difference-grid-card');
    for (const said of [showToken(left.top), showToken(right.top)]) assert.ok(((await card.textContent()) ?? '').includes(said), said);
    await hosted.close();
  });

  it('is shown as it comes, the last layers of both sides first, and heads and blocks at the end', async () => {
    const hosted = await openHosted(browser, bundle, { width: 1500, height: 800, kept: null });
    await hosted.send(comparisonMessage(comparison));
    await hosted.page.getByTestId('tab-overview').click();
    const last = overview.model.nLayers - 1;
    const begun = (side: Overview): Overview => {
      const onlyLast = (rows: Overview['grid']['attn_out']) => rows.map((cells, layer) => (layer === last ? cells : []));
      const { resid_post, attn_out, mlp_out } = side.grid;
      return { ...side, blocks: [], grid: { resid_post: onlyLast(resid_post), attn_out: onlyLast(attn_out), mlp_out: onlyLast(mlp_out) } };
    };
    const part = { ...overview, left: begun(overview.left), right: begun(overview.right) };
    await hosted.send({ ...insightResult(await idOf(hosted, 'overviewDifference'), OVERVIEW, part), type: 'insightPart' } as HostMessage);
    const text = async (row: number): Promise<string> => ((await cell(hosted, row, 0).textContent()) ?? '').trim();
    assert.notEqual(await text(0), '');
    assert.equal(await text(1), '');
    assert.match((await cell(hosted, 1, 0).getAttribute('aria-label')) ?? '', /on its way/);
    for (const id of ['no-shares', 'difference-heads-grid', 'block-changes'])
      assert.equal(await hosted.page.getByTestId(id).isVisible(), false, id);
    // What says how far it has come keeps nobody from the controls.
    await hosted.page.getByTestId('overviewDifference-cancel').waitFor();
    await hosted.page.getByTestId('grid-side-right').click();
    assert.equal(await text(0), showToken(overview.right.grid.resid_post[last][0].top));
    assert.equal(await text(1), '');
    await hosted.page.getByTestId('grid-side-change').click();
    await answer(hosted, OVERVIEW, overview);
    assert.notEqual(await text(1), '');
    for (const id of ['difference-heads-grid', 'block-changes']) assert.equal(await hosted.page.getByTestId(id).isVisible(), true, id);
    await hosted.close();
  });

  it('shows the overview of one side alone when asked, such as that of the changed pass', async () => {
    const hosted = await opened({ width: 1500 }, await sampleWhatIf('blocks.2.attn.head.3'));
    assert.equal(
      await hosted.page
        .getByTestId('grid-side-right')
        .textContent()
        .then((text) => text?.trim()),
      'After',
    );
    await hosted.page.getByTestId('grid-side-right').click();
    const { position, grid, model } = overview.right;
    const said = grid.resid_post[model.nLayers - 1]?.[position]?.top;
    assert.ok(said);
    assert.equal(((await cell(hosted, 0, position).textContent()) ?? '').trim(), showToken(said));
    assert.equal(await hosted.page.getByTestId('effects').isVisible(), true);
    await hosted.close();
  });

  it('breaks down what changes by head and by block', async () => {
    const hosted = await opened();
    const rows = hosted.page.getByTestId('block-changes').locator('[role=row]');
    assert.equal(await rows.count(), overview.model.nLayers + 1);
    const heads = hosted.page.getByTestId('difference-heads-grid').locator('[role=gridcell]');
    assert.equal(await heads.count(), overview.model.nLayers * overview.model.nHeads);
    await hosted.close();
  });

  it('leads from a cell to the flow graphs of its layer and pair of tokens, with the stream pinned', async () => {
    const hosted = await opened();
    await cell(hosted, 1, overview.position).click();
    const change = (await hosted.posted()).findLast((message) => message.type === 'changeComparison');
    const layer = overview.model.nLayers - 2;
    assert.ok(change?.type === 'changeComparison');
    assert.deepEqual(change.change.layers, { from: layer, to: layer });
    const pair = overview.tokens[overview.position];
    assert.deepEqual([change.change.left?.position, change.change.right?.position], [pair?.left, pair?.right]);
    assert.equal(await hosted.page.getByTestId('tab-graph').getAttribute('aria-selected'), 'true');
    await hosted.close();
  });

  it('is what a comparison opens on where the overview is being looked at', async () => {
    const hosted = await openHosted(browser, bundle, { width: 1200, kept: { tab: 'overview' } });
    await hosted.send(comparisonMessage(comparison));
    assert.equal(await hosted.page.getByTestId('tab-overview').getAttribute('aria-selected'), 'true');
    assert.ok((await idOf(hosted, 'overviewDifference')) > 0);
    await hosted.close();
  });

  it('has a picture with its text as text', async () => {
    const hosted = await opened();
    await hosted.send({ type: 'question', id: 1, question: { of: 'picture', as: 'svg', ground: 'light' } });
    const answered = (await hosted.posted()).findLast((message) => message.type === 'answer');
    assert.ok(answered?.type === 'answer' && answered.answer.of === 'picture');
    const { texts } = readSvg(answered.answer.data);
    assert.ok(texts.some((text) => text.includes(overview.left.prompt)));
    const drawn = texts.join(' ').split(/\s+/);
    const figures = (await hosted.page.getByTestId('block-changes').locator('.effects-figure, .effects-from').allInnerTexts())
      .join(' ')
      .split(/\s+/);
    assert.ok(figures.length >= 4 * overview.model.nLayers);
    assert.deepEqual(
      figures.filter((figure) => !drawn.includes(figure)),
      [],
      'every figure of the blocks is in it',
    );
    await hosted.close();
  });

  for (const width of [321, 461, 621, 771, 1500]) {
    it(`is as wide as the panel at ${width} pixels, and has no accessibility violation`, async () => {
      const hosted = await opened({ width });
      await settle(hosted.page);
      const cut = await hosted.page
        .getByTestId('block-changes')
        .evaluate((table) =>
          [...table.querySelectorAll('span')]
            .filter((part) => part.clientWidth > 1 && part.getBoundingClientRect().right > table.getBoundingClientRect().right + 0.5)
            .map((part) => part.textContent),
        );
      assert.deepEqual(cut, [], 'every figure of the blocks is whole');
      const overflow = await hosted.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(overflow, 0);
      assert.deepEqual(await violations(hosted.page), []);
      await hosted.close();
    });
  }
});
