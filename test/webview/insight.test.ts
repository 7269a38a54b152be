import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { nodeId } from '../../src/core/format/node-id';
import type { Overview } from '../../src/core/insight/overview';
import type { HostMessage } from '../../src/core/protocol/inspector';
import { showToken } from '../../src/core/text/token-text';
import { requestOf } from '../../webview/host/standalone';
import { shownIn } from '../support/fields';
import { testLimit } from '../support/patience';
import { violationsInEveryTheme } from './accessibility';
import { buildInspector, launchChromium, openHosted, openStandalone, settle, type Bundle, type HostedPage } from './inspector-page';
import { answer, idOf, insightResult, SAMPLE_MODEL } from './insight-messages';
import { FEW_PARTS, sampleGraph } from './sample-graph';
import { sampleGradient, sampleMemory, sampleNeurons, sampleNorms, sampleNormSummary, sampleOverview } from './sample-insight';

const OVERVIEW = { of: 'overview' } as const;
const NORMS = { of: 'norms' } as const;
const SUMMARY = { of: 'normSummary' } as const;
const NEURONS = { of: 'activeNeurons' } as const;

describe('The views beside the flow graph', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  let graph: FlowGraph;
  let overview: Overview;
  before(async () => {
    [browser, bundle, graph, overview] = await Promise.all([launchChromium(), buildInspector(), sampleGraph(), sampleOverview()]);
  });
  after(() => browser.close());

  const graphMessage = (of: FlowGraph = graph): HostMessage => ({
    type: 'graph',
    fingerprint: SAMPLE_MODEL,
    graph: of,
    request: requestOf(of),
    origin: { name: 'capitals.txt' },
  });

  async function opened(options: Parameters<typeof openHosted>[2] = {}, of = graph): Promise<HostedPage> {
    const hosted = await openHosted(browser, bundle, options);
    await hosted.send(graphMessage(of));
    return hosted;
  }
  /** The cell of a layer: the last layer is on top. */
  const cellOf = (page: HostedPage['page'], grid: string, layer: number, column: number) =>
    page.locator(`[data-testid=${grid}] [role=gridcell][data-row="${graph.model.nLayers - 1 - layer}"][data-column="${column}"]`);
  async function onOverview(): Promise<HostedPage> {
    const hosted = await opened();
    await hosted.page.getByTestId('tab-overview').click();
    await answer(hosted, OVERVIEW, overview);
    return hosted;
  }

  describe('are switched by tabs', () => {
    it('that the keyboard walks and that name what they switch', async () => {
      const { page, close } = await opened();
      const tab = (name: string) => page.getByTestId(`tab-${name}`);
      await tab('graph').focus();
      await page.keyboard.press('ArrowRight');
      assert.equal(await tab('overview').getAttribute('aria-selected'), 'true');
      assert.equal(await tab('overview').getAttribute('aria-controls'), await page.locator('[role=tabpanel]').getAttribute('id'));
      await page.keyboard.press('ArrowRight');
      assert.equal(await tab('norms').getAttribute('aria-selected'), 'true');
      await page.keyboard.press('Home');
      assert.equal(await tab('story').evaluate((button) => button === document.activeElement), true);
      await page.keyboard.press('ArrowRight');
      assert.equal(await tab('graph').getAttribute('aria-selected'), 'true');
      assert.equal(await page.getByTestId('canvas').isVisible(), true);
      await close();
    });

    it('of which there are none in a file of its own, nor before there is a graph', async () => {
      const alone = await openStandalone(browser, bundle, graph);
      assert.equal(await alone.page.getByTestId('tabs').isVisible(), false);
      await alone.close();
      const hosted = await openHosted(browser, bundle);
      await hosted.send({ type: 'welcome', model: null });
      assert.equal(await hosted.page.getByTestId('tabs').isVisible(), false);
      await hosted.close();
    });

    it('and ask for their data when they are opened, once', async () => {
      const hosted = await opened();
      const { page, posted, close } = hosted;
      const looks = async () => (await posted()).filter(({ type }) => type === 'requestInsight');
      assert.deepEqual(await looks(), []);
      await page.getByTestId('tab-overview').click();
      assert.deepEqual(await looks(), [{ type: 'requestInsight', id: 1, request: OVERVIEW }]);
      await answer(hosted, OVERVIEW, overview);
      await page.getByTestId('tab-graph').click();
      await page.getByTestId('tab-overview').click();
      assert.equal((await looks()).length, 1);
      await close();
    });

    it('and ask again for another position: the former answer stays, dimmed, until the new one is there', async () => {
      const hosted = await onOverview();
      const { page, posted, send, close } = hosted;
      const first = await idOf(hosted, 'overview');
      const found = page.locator('.insight-found');
      const target = () => page.getByTestId('heads-scale').textContent();
      const before = await target();
      await send(graphMessage(await sampleGraph({ position: 3 })));
      assert.equal((await posted()).filter(({ type }) => type === 'requestInsight').length, 2);
      assert.deepEqual([await found.isVisible(), await found.getAttribute('aria-busy')], [true, 'true']);
      await send(insightResult(first, OVERVIEW, overview));
      assert.equal(await found.getAttribute('aria-busy'), 'true', 'a late answer to the former request is no answer');
      await answer(hosted, OVERVIEW, await sampleOverview({ position: 3 }));
      assert.equal(await found.getAttribute('aria-busy'), null);
      assert.notEqual(await target(), before);
      await send(graphMessage(await sampleGraph({ prompt: 'Paris is the capital of' })));
      assert.equal(await found.isVisible(), false, 'nothing is shown of another prompt');
      await close();
    });

    for (const tab of ['overview', 'norms'] as const) {
      it(`and let the target and the position be chosen on the ${tab} too, for all of them`, async () => {
        const { page, posted, send, close } = await opened();
        await page.getByTestId(`tab-${tab}`).click();
        const changes = async () => (await posted()).flatMap((message) => (message.type === 'change' ? [message.change] : []));
        await page.getByTestId('token-2').click();
        const field = page.getByTestId('target-input').locator('input');
        await field.fill('·Tokyo');
        await field.press('Enter');
        assert.deepEqual(await changes(), [{ position: 2 }, { target: ' Tokyo' }]);
        await send({
          type: 'targetProblem',
          text: 'Tokyo',
          pieces: [
            { id: 1, text: 'Tok' },
            { id: 2, text: 'yo' },
          ],
          near: [{ id: 3, text: ' Tokyo' }],
          field: { of: 'target' },
        });
        await page.getByTestId('near-3').click();
        assert.deepEqual((await changes()).at(-1), { target: ' Tokyo' });
        await send({ ...graphMessage(), request: { ...requestOf(graph), target: ' Tokyo' } } as HostMessage);
        await page.getByTestId('tab-graph').click();
        assert.equal(await shownIn(page.getByTestId('target-input')), '·Tokyo');
        assert.equal(await page.getByTestId('target-problem').isVisible(), false);
        await close();
      });
    }

    it('come back after a reload of the page, and ask for what they show', async () => {
      const before = await opened();
      await before.page.getByTestId('tab-norms').click();
      const kept = await before.kept();
      await before.close();
      const { page, posted, close } = await opened({ kept });
      assert.equal(await page.getByTestId('tab-norms').getAttribute('aria-selected'), 'true');
      assert.deepEqual(
        (await posted()).filter(({ type }) => type === 'requestInsight'),
        [{ type: 'requestInsight', id: 1, request: NORMS }],
      );
      await close();
    });

    it('tell how far they are, are cancelled, and say why they failed', async () => {
      const hosted = await opened();
      const { page, posted, send, close } = hosted;
      await page.getByTestId('tab-overview').click();
      await send({
        type: 'insightProgress',
        id: await idOf(hosted, 'overview'),
        request: OVERVIEW,
        progress: { message: 'Looking at layer 3', done: 3, total: 12 },
      });
      assert.match((await page.getByTestId('overview-waiting').textContent()) ?? '', /Looking at layer 3/);
      await page.getByTestId('overview-cancel').click();
      assert.deepEqual((await posted()).at(-1), { type: 'cancelInsight', request: OVERVIEW });
      await send({ type: 'insightFailed', id: 1, request: OVERVIEW, problem: { code: 'engine-died', message: 'The process has ended.' } });
      assert.match((await page.getByTestId('overview-failed').textContent()) ?? '', /has ended/);
      await page.getByTestId('overview-again').click();
      assert.deepEqual((await posted()).at(-1), { type: 'requestInsight', id: 2, request: OVERVIEW });
      await close();
    });
  });

  describe('show an overview', () => {
    it('as it comes, the last layers first, and what follows from all of them at the end', async () => {
      const hosted = await opened();
      const { page, send, close } = hosted;
      await page.getByTestId('tab-overview').click();
      const last = overview.model.nLayers - 1;
      const onlyLast = (rows: Overview['grid']['attn_out']) => rows.map((cells, layer) => (layer === last ? cells : []));
      const { resid_post, attn_out, mlp_out } = overview.grid;
      const part: Overview = {
        ...overview,
        blocks: [],
        grid: { resid_post: onlyLast(resid_post), attn_out: onlyLast(attn_out), mlp_out: onlyLast(mlp_out) },
      };
      await send({ ...insightResult(await idOf(hosted, 'overview'), OVERVIEW, part), type: 'insightPart' } as HostMessage);
      assert.equal(await cellOf(page, 'overview-grid', last, 5).textContent(), showToken(resid_post[last][5].top));
      assert.equal(await cellOf(page, 'overview-grid', last - 1, 5).textContent(), '');
      assert.match((await cellOf(page, 'overview-grid', last - 1, 5).getAttribute('aria-label')) ?? '', /on its way/);
      assert.equal(await page.getByTestId('overview-cancel').isVisible(), true);
      assert.equal(await page.getByTestId('no-shares').count(), 0);
      assert.equal(await page.getByTestId('effects').count(), 0);
      await answer(hosted, OVERVIEW, overview);
      assert.equal(await cellOf(page, 'overview-grid', last - 1, 5).textContent(), showToken(resid_post[last - 1][5].top));
      assert.equal(await page.getByTestId('effects').isVisible(), true);
      await close();
    });

    it('of the top token of every layer and position, coloured', async () => {
      const { page, close } = await onOverview();
      const cell = cellOf(page, 'overview-grid', 2, 5);
      assert.equal(await cell.textContent(), showToken(overview.grid.resid_post[2][5].top));
      const before = await cell.evaluate((one: HTMLElement) => one.style.backgroundColor);
      assert.match(before, /^rgb/);
      await page.getByTestId('stream-mlp_out').click();
      assert.equal(await cell.textContent(), showToken(overview.grid.mlp_out[2][5].top));
      await close();
    });

    it('whose cells the keyboard walks, and opens as a flow graph of that layer and position', async () => {
      const { page, posted, close } = await onOverview();
      await page.locator('[data-testid=overview-grid] [role=gridcell][tabindex="0"]').focus();
      for (const key of ['ArrowDown', 'ArrowDown', 'End', 'ArrowLeft']) await page.keyboard.press(key);
      const position = graph.tokens.length - 2;
      const layer = graph.model.nLayers - 3; // the last is on top
      assert.equal(await page.evaluate(() => (document.activeElement as HTMLElement).dataset['row']), '2');
      assert.match((await page.getByTestId('overview-grid-card').textContent()) ?? '', new RegExp(`Layer ${layer} · position ${position}`));
      await page.keyboard.press('Enter');
      assert.deepEqual(
        (await posted()).find(({ type }) => type === 'change'),
        { type: 'change', change: { layers: { from: layer, to: layer }, position } },
      );
      assert.equal(await page.getByTestId('tab-graph').getAttribute('aria-selected'), 'true');
      await close();
    });

    it('that holds only the columns in sight of a prompt of hundreds of tokens', async () => {
      const prompt = Array.from({ length: 400 }, (_, i) => `w${i}`).join(' ');
      const [long, wide] = await Promise.all([
        sampleGraph({ prompt, nLayers: 3, nHeads: 2 }),
        sampleOverview({ prompt, nLayers: 3, nHeads: 2 }),
      ]);
      const hosted = await openHosted(browser, bundle);
      const { page, send, close } = hosted;
      await send(graphMessage(long));
      await page.getByTestId('tab-overview').click();
      await answer(hosted, OVERVIEW, wide);
      const cells = page.locator('[data-testid=overview-grid] [role=gridcell]');
      const count = await cells.count();
      assert.ok(count > 3 * 10 && count < 3 * 60, `${count} cells`);
      await cells.first().focus();
      await page.keyboard.press('Control+End');
      await settle(page);
      const last = await page.evaluate(() => {
        const { row, column } = (document.activeElement as HTMLElement).dataset;
        return { row, column };
      });
      assert.deepEqual(last, { row: '2', column: '399' });
      assert.equal(
        await page.evaluate(() => {
          const grid = document.querySelector('[data-testid=overview-grid]')!.getBoundingClientRect();
          const cell = document.activeElement!.getBoundingClientRect();
          return cell.left >= grid.left && cell.right <= grid.right + 1;
        }),
        true,
      );
      await close();
    });

    it('of what each block promotes and suppresses, and opens the graph at a head', async () => {
      const { page, posted, close } = await onOverview();
      const shown = await page.getByTestId('effects-4').locator('.promotes').first().locator('.list-token').allTextContents();
      assert.deepEqual(shown, overview.blocks[4].attention.promotes.map(showToken));
      await cellOf(page, 'heads-grid', 4, 11).click();
      const changes = (await posted()).filter((message) => message.type === 'change').map((message) => message.change);
      assert.deepEqual(changes.at(-1), { layers: { from: 4, to: 4 }, position: graph.position });
      assert.equal(changes[0]?.counts?.heads, 0, 'all heads are drawn where not all would be');
      assert.deepEqual(await page.evaluate(() => (window as unknown as { keptState: () => { pinned: string[] } }).keptState().pinned), [
        nodeId.headOut(4, 11),
      ]);
      await close();
    });

    for (const [nLayers, width, height] of [
      [30, 621, 600],
      [30, 461, 619],
      [30, 771, 800],
      [12, 321, 700],
    ] as const) {
      it(`whose ${nLayers} layers are seen at once in ${width} × ${height} pixels, the last on top, in text that can be read`, async () => {
        const [of, small] = await Promise.all([sampleGraph({ nLayers, nHeads: 4 }), sampleOverview({ nLayers, nHeads: 4 })]);
        assert.equal(of.tokens.length, 8);
        const hosted = await openHosted(browser, bundle, { width, height });
        const { page, send, close } = hosted;
        await send(graphMessage(of));
        await page.getByTestId('tab-overview').click();
        await answer(hosted, OVERVIEW, small);
        const grid = page.getByTestId('overview-grid');
        const seen = await grid.evaluate((element) => {
          const { top, bottom, right } = element.getBoundingClientRect();
          const cell = element.querySelector('[role=gridcell]')!;
          return {
            top,
            bottom,
            right,
            scrolls: element.scrollHeight > element.clientHeight,
            fontSize: Number.parseFloat(getComputedStyle(cell).fontSize),
            cell: cell.getBoundingClientRect(),
            first: element.querySelector('[role=rowheader]')!.textContent,
          };
        });
        assert.ok(seen.top > 0 && seen.bottom <= height && seen.right <= width, JSON.stringify(seen));
        assert.equal(seen.scrolls, false, 'nothing scrolls within');
        assert.ok(seen.fontSize >= 11 && seen.cell.height >= 13 && seen.cell.height <= 24 && seen.cell.width >= 48, JSON.stringify(seen));
        assert.equal(seen.first?.trim(), String(nLayers - 1));
        await close();
      });
    }

    it('of 80 layers and hundreds of tokens, which scrolls below its headings', async () => {
      const prompt = Array.from({ length: 500 }, (_, i) => `w${i}`).join(' ');
      const nLayers = 80;
      const [of, few] = await Promise.all([
        sampleGraph({ prompt, nLayers: 3, nHeads: 2 }),
        sampleOverview({ prompt, nLayers: 3, nHeads: 2 }),
      ]);
      // A pass of so many layers takes minutes to sample: its few layers stand for all.
      const repeated = <T>(layers: readonly T[]): readonly T[] =>
        Array.from({ length: nLayers }, (_, layer) => layers[layer % layers.length]);
      const { resid_post, attn_out, mlp_out } = few.grid;
      const large: Overview = {
        ...few,
        model: { ...few.model, nLayers },
        grid: { resid_post: repeated(resid_post), attn_out: repeated(attn_out), mlp_out: repeated(mlp_out) },
        blocks: repeated(few.blocks).map((block, layer) => ({ ...block, layer })),
      };
      const hosted = await openHosted(browser, bundle, { width: 621, height: 600 });
      const { page, send, close } = hosted;
      await send(graphMessage(of));
      await page.getByTestId('tab-overview').click();
      await answer(hosted, OVERVIEW, large);
      const boxes = () =>
        page.getByTestId('overview-grid').evaluate((grid) => {
          const focused = document.activeElement!.getBoundingClientRect();
          const { top, bottom } = grid.getBoundingClientRect();
          return {
            top,
            bottom,
            focused: focused.top,
            end: focused.bottom,
            head: grid.querySelector('.cells-head')!.getBoundingClientRect().bottom,
          };
        });
      const before = await boxes();
      assert.ok(before.bottom <= 600, JSON.stringify(before));
      await page.locator('[data-testid=overview-grid] [role=gridcell][tabindex="0"]').focus();
      await page.keyboard.press('Control+End');
      await settle(page);
      const after = await boxes();
      assert.ok(after.focused >= after.head && after.end <= after.bottom, JSON.stringify(after));
      assert.match((await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))) ?? '', /^Layer 0, position 499/);
      await close();
    });

    it('whose bars of attention and feed-forward layer stand under one another in a narrow panel', async () => {
      const hosted = await opened({ width: 621 });
      const { page, close } = hosted;
      await page.getByTestId('tab-overview').click();
      await answer(hosted, OVERVIEW, overview);
      const lefts = await page.locator('.signed-bar').evaluateAll((bars) => bars.map((bar) => bar.getBoundingClientRect().left));
      assert.equal(new Set(lefts).size, 1);
      await close();
    });

    it('whose figures of every block are whole in the narrowest panel', async () => {
      const hosted = await opened({ width: 321 });
      const { page, close } = hosted;
      await page.getByTestId('tab-overview').click();
      await answer(hosted, OVERVIEW, overview);
      const table = await page.getByTestId('effects').boundingBox();
      const ends = await page.locator('.effects-figure').evaluateAll((all) => all.map((each) => each.getBoundingClientRect().right));
      assert.ok(table && ends.length > 0);
      assert.ok(Math.max(...ends) <= table.x + table.width + 0.5, `${Math.max(...ends)}`);
      await close();
    });

    it('that says why no branch has a share, of a model whose norms stand on the stream', async () => {
      const { page, send, close } = await onOverview();
      assert.equal(await page.getByTestId('no-shares').isVisible(), false);
      await send(insightResult(null, OVERVIEW, { ...overview, blocks: [] }));
      assert.equal(await page.getByTestId('no-shares').isVisible(), true);
      assert.equal(await page.getByTestId('effects').isVisible(), false);
      assert.equal(await page.getByTestId('overview-grid').isVisible(), true);
      await close();
    });
  });

  describe('show the norms', () => {
    it('of the prompt: kept, gained and lost, and how far the target has come', async () => {
      const norms = await sampleNorms();
      const hosted = await opened();
      const { page, close } = hosted;
      await page.getByTestId('tab-norms').click();
      await answer(hosted, NORMS, norms);
      const row = page.getByTestId('norm-ln2-3');
      const norm = norms.norms.find(({ kind, layer }) => kind === 'ln2' && layer === 3)!;
      assert.deepEqual(await row.locator('.lost .list-token').allTextContents(), norm.lost.map(showToken));
      assert.deepEqual(await row.locator('.gained .list-token').allTextContents(), norm.gained.map(showToken));
      const { before, after } = norm.targetRank;
      const arrow = before === after ? '=' : `${before > after ? '↑' : '↓'}${Math.abs(before - after)}`;
      assert.equal(await row.locator('.rank-change').textContent(), arrow);
      await close();
    });

    it('over all prompts of the file, when that is asked for', async () => {
      const hosted = await opened();
      const { page, posted, close } = hosted;
      await page.getByTestId('tab-norms').click();
      await answer(hosted, NORMS, await sampleNorms());
      await page.getByTestId('norm-summary').click();
      assert.deepEqual((await posted()).at(-1), { type: 'requestInsight', id: 2, request: SUMMARY });
      const value = await sampleNormSummary(['The capital of Japan', 'The capital of Japan', 'Paris is the capital of']);
      await answer(hosted, SUMMARY, value, { file: 'capitals.txt' });
      const row = page.getByTestId('norm-summary-ln1-0');
      const { suppressed } = value.norms[0];
      const habits = suppressed.filter(({ frequency }) => frequency > 1 / 2);
      assert.ok(habits.length > 0 && habits.length < suppressed.length, 'some tokens are suppressed twice, some once');
      assert.deepEqual(await row.locator('.lost .list-token').allTextContents(), habits.map(showToken));
      assert.match((await page.locator('.insight').textContent()) ?? '', /over 3 prompts of capitals\.txt/);
      await close();
    });
  });

  describe('show the always-active neurons', () => {
    it('as a table that is sorted by any column, and with their tokens', async () => {
      const neurons = await sampleNeurons(['The capital of Japan']);
      assert.ok(neurons.neurons.length > 20, 'the sample has some');
      const { page, posted, send, close } = await openHosted(browser, bundle);
      await send({ type: 'welcome', model: null });
      await send(insightResult(null, NEURONS, neurons));
      await send({ type: 'reveal', what: 'neurons' });
      const rows = page.getByTestId('neurons-table').locator('tbody tr');
      assert.equal(await rows.count(), neurons.neurons.length);
      await page.getByTestId('sort-Entropy').click();
      const least = [...neurons.neurons].sort((a, b) => a.entropy - b.entropy);
      assert.equal(await rows.last().getAttribute('data-testid'), `neuron-${least[0].layer}-${least[0].neuron}`);
      await page.getByTestId('sort-Entropy').click();
      assert.equal(await rows.first().getAttribute('data-testid'), `neuron-${least[0].layer}-${least[0].neuron}`);
      const negative = neurons.neurons.find(({ mean }) => mean < 0)!;
      const tokens = await page.getByTestId(`neuron-${negative.layer}-${negative.neuron}`).locator('.list-token').allTextContents();
      assert.deepEqual(tokens, negative.reading.bottom.map(showToken));
      await page.getByTestId('neurons-export').click();
      assert.deepEqual((await posted()).at(-1), { type: 'exportNeurons' });
      await close();
    });

    for (const width of [321, 461, 621, 1500]) {
      it(`in lines below headings that stay, at ${width} pixels, nothing cut at the side`, async () => {
        const neurons = await sampleNeurons(['The capital of Japan']);
        const { page, send, close } = await openHosted(browser, bundle, { width, height: 619 });
        await send({ type: 'welcome', model: null });
        await send(insightResult(null, NEURONS, neurons));
        await send({ type: 'reveal', what: 'neurons' });
        const table = page.getByTestId('neurons-table');
        const scroller = page.locator('.insight', { has: table });
        await scroller.evaluate((area) => area.scrollTo(0, area.scrollHeight));
        await settle(page);
        const [area, heading, row] = await Promise.all(
          [scroller, table.locator('thead th').first(), table.locator('tbody tr').nth(3)].map((part) => part.boundingBox()),
        );
        assert.ok(area && heading && row);
        assert.ok(heading.y >= area.y - 3 && heading.y < area.y + 3, `headings are at the top: ${heading.y}`);
        assert.ok(row.height <= 25, `a row takes ${row.height} px`);
        assert.ok(await scroller.evaluate((box) => box.scrollWidth <= box.clientWidth), 'nothing is at the side');
        await close();
      });
    }

    it('and say how little so few prompts tell, until there are enough', async () => {
      const neurons = await sampleNeurons(['The capital of Japan']);
      const { page, send, close } = await openHosted(browser, bundle);
      await send({ type: 'welcome', model: null });
      await send(insightResult(null, NEURONS, { ...neurons, prompts: 12 }));
      await send({ type: 'reveal', what: 'neurons' });
      assert.match(
        (await page.getByTestId('neurons-few').textContent()) ?? '',
        /12 prompts are few: .*only 78% of others.*From 59 prompts/s,
      );
      await send(insightResult(null, NEURONS, { ...neurons, prompts: 59 }));
      assert.equal(await page.getByTestId('neurons-few').count(), 0);
      await close();
    });

    it('and mark them in the flow graph: on the card, in the tree and in the legend', async () => {
      const neurons = await sampleNeurons(['The capital of Japan']);
      const drawn = graph.nodes.find(({ kind }) => kind === 'neuron_value')!;
      const { page, send, close } = await opened({ kept: { pinned: [drawn.id] } });
      assert.equal(await page.getByTestId('card-note').count(), 0);
      const neuron = { ...neurons.neurons[0], layer: drawn.layer, neuron: drawn.neuron!, frequency: 0.98 };
      await send(insightResult(null, NEURONS, { ...neurons, prompts: 240, neurons: [neuron] }));
      assert.match((await page.getByTestId('card-note').textContent()) ?? '', /in 98% of 240 prompts/);
      assert.equal(await page.getByTestId('legend-always').isVisible(), true);
      await page.getByTestId('table-toggle').click();
      await page.getByTestId('nodes-tree').click();
      await page.getByTestId('tree').locator(`[data-key="stage ${drawn.layer}.neuron_value"]`).click();
      assert.equal(await page.getByTestId('tree').locator('.always-badge').count(), 1);
      await close();
    });
  });

  describe('show what a head reads and writes', () => {
    it('on its pinned card, when it is asked for', async () => {
      const head = graph.nodes.find(({ kind }) => kind === 'head_out')!;
      const memory = { of: 'headMemory', layer: head.layer, head: head.head! } as const;
      const hosted = await opened({ kept: { pinned: [head.id] } });
      const { page, posted, close } = hosted;
      await page.getByTestId('memory-ask').click();
      assert.deepEqual((await posted()).at(-1), { type: 'requestInsight', id: 1, request: memory });
      const value = await sampleMemory(memory.layer, memory.head);
      await answer(hosted, memory, value);
      const sources = await page.getByTestId('memory-sources').locator('li > .list-token').allTextContents();
      assert.deepEqual(
        sources,
        value.sources.map(({ position }) => showToken(value.tokens[position])),
      );
      const written = await page.getByTestId('memory-written').locator('li > .list-token').allTextContents();
      assert.deepEqual(written, value.written.map(showToken));
      await close();
    });
  });

  describe('show what the gradient says', () => {
    const { last, request } = { last: 11, request: { of: 'backwardLens', layer: 11 } as const };

    it('on the card of a feed-forward output, with what a step would write, when a section is opened', async () => {
      const hosted = await opened({ kept: { pinned: [nodeId.mlpOut(last)] } });
      const { page, posted, close } = hosted;
      await page.getByTestId('gradient').locator('summary').click();
      await page.getByTestId('backwardLens-waiting').first().waitFor();
      assert.deepEqual((await posted()).at(-1), { type: 'requestInsight', id: 1, request });
      const value = await sampleGradient(last);
      await answer(hosted, request, value);
      const { reading } = value.layer!.mlpOut[value.position];
      const said = await page.getByTestId('gradient-says').locator('.list-token').allTextContents();
      assert.deepEqual(said, [...reading!.top.slice(0, 6), ...reading!.bottom.slice(0, 6)].map(showToken));

      await page.getByTestId('update').locator('summary').click();
      const { positions, neurons } = value.layer!.update;
      const rows = page.getByTestId('update-positions').locator('li');
      assert.deepEqual(
        await rows.locator('> .list-token').allTextContents(),
        positions.map(({ position }) => showToken(value.tokens[position])),
      );
      const written = await rows.first().locator('.gradient-pair .list-token').allTextContents();
      const of = (part: 'imprint' | 'shift') => positions[0][part].reading!.top.slice(0, 3);
      assert.deepEqual(written, [...of('imprint'), ...of('shift')].map(showToken));
      assert.deepEqual(
        await page.getByTestId('update-neurons').locator('li > .list-token').allTextContents(),
        neurons.map(({ neuron }) => `neuron ${neuron}`),
      );
      assert.equal((await posted()).filter(({ type }) => type === 'requestInsight').length, 1, 'asked once for both');
      await close();
    });

    it('of the stream before, within and after a block, and of what attention adds', async () => {
      const pinned = [nodeId.residPre(last), nodeId.attnOut(last), nodeId.residMid(last), nodeId.residPost(last)];
      const hosted = await opened({ kept: { pinned } });
      const value = await sampleGradient(last);
      const here = { position: value.position };
      await hosted.send(insightResult(null, request, value));
      const [before, after] = value.stream.map(({ positions }) => positions[here.position].reading!.top[0]);
      const mid = value.layer!.attnOut[here.position].reading!.top[0];
      for (const [id, expected] of [
        [pinned[0], before],
        [pinned[1], mid],
        [pinned[2], mid],
        [pinned[3], after],
      ] as const) {
        const card = hosted.page.locator(`[data-node="${id}"]`);
        await card.getByTestId('gradient').locator('summary').click();
        assert.equal(await card.getByTestId('gradient-says').locator('.list-token').first().textContent(), showToken(expected), id);
        assert.equal(await card.getByTestId('update').count(), 0);
      }
      await hosted.close();
    });

    it('and names a vanished gradient, a position without one, and what is left out of a long prompt', async () => {
      const long = await sampleGradient(last, { saturated: 'softmax', silent: [19] }, 'the city of Japan '.repeat(5).trim());
      const hosted = await opened({ kept: { pinned: [nodeId.mlpOut(last)] } });
      const { page, close } = hosted;
      await hosted.send(insightResult(null, request, long));
      await page.getByTestId('gradient').locator('summary').click();
      assert.match(
        (await page.getByTestId('gradient').textContent()) ?? '',
        /all but certain.*Nothing that happens here changes the loss/s,
      );
      await page.getByTestId('update').locator('summary').click();
      assert.equal(await page.getByTestId('update-positions').locator('li').count(), 12);
      assert.match((await page.getByTestId('update').textContent()) ?? '', /Tokens left out because they write less: 8\./);
      await close();
    });

    it('within the narrowest panel', async () => {
      const hosted = await opened({ width: 321, kept: { pinned: [nodeId.mlpOut(last)] } });
      const { page, close } = hosted;
      await hosted.send(insightResult(null, request, await sampleGradient(last)));
      for (const section of ['gradient', 'update']) await page.getByTestId(section).locator('summary').click();
      const overflow = await page.getByTestId('dock').evaluate((dock) => dock.scrollWidth - dock.clientWidth);
      assert.equal(overflow, 0);
      await close();
    });
  });

  describe('are there for everyone', () => {
    it('without an accessibility violation in any theme', async () => {
      const small = await sampleGraph(FEW_PARTS);
      const { head, layer } = small.nodes.find(({ kind }) => kind === 'head_out')!;
      const hosted = await opened({ kept: { pinned: [nodeId.headOut(layer, head!)] } }, small);
      const { page, send, close } = hosted;
      const check = async (what: string, again?: () => Promise<void>) =>
        assert.deepEqual(await violationsInEveryTheme(page, again), [], what);
      await page.getByTestId('tab-overview').click();
      await send({
        type: 'insightProgress',
        id: await idOf(hosted, 'overview'),
        request: OVERVIEW,
        progress: { message: 'Looking at layer 3', done: 3, total: 12 },
      });
      await check('an insight under way');
      await answer(hosted, OVERVIEW, await sampleOverview(FEW_PARTS));
      const card = async (): Promise<void> => {
        await page.mouse.move(0, 0);
        await page.locator('[data-testid=overview-grid] [role=gridcell][data-row="1"]').nth(1).hover();
        await settle(page);
      };
      await card();
      await check('overview, with a card', card);
      await page.getByTestId('tab-norms').click();
      await answer(hosted, NORMS, await sampleNorms(FEW_PARTS));
      await check('norms');
      await page.getByTestId('norm-summary').click();
      const summary = await sampleNormSummary(['The capital of Japan', 'Paris is the capital of'], FEW_PARTS);
      await answer(hosted, SUMMARY, summary, { file: 'capitals.txt' });
      await check('norms over all prompts');
      await page.getByTestId('tab-neurons').click();
      await check('no neurons yet');
      await send(insightResult(null, NEURONS, await sampleNeurons(['The capital of Japan'], FEW_PARTS)));
      await check('neurons');
      await page.getByTestId('tab-graph').click();
      await page.getByTestId('memory-ask').click();
      await answer(hosted, { of: 'headMemory', layer, head: head! }, await sampleMemory(layer, head!));
      await check('what a head reads and writes');
      await close();
      const gradient = await opened({ kept: { pinned: [nodeId.mlpOut(11)] } });
      await gradient.send(insightResult(null, { of: 'backwardLens', layer: 11 }, await sampleGradient(11)));
      for (const section of ['gradient', 'update']) await gradient.page.getByTestId(section).locator('summary').click();
      assert.deepEqual(await violationsInEveryTheme(gradient.page), [], 'what a gradient says and writes');
      await gradient.close();
    });
  });
});
