import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { NODE_KINDS } from '../../src/core/format/node-kinds';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { requestOf } from '../../webview/host/standalone';
import { formatSigned } from '../../webview/lib/format/number';
import { testLimit } from '../support/patience';
import { buildInspector, launchChromium, openHosted, type Bundle, type HostedPage } from './inspector-page';
import { SAMPLE_MODEL } from './insight-messages';
import { sampleGraph } from './sample-graph';

describe('The table of nodes', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  let graph: FlowGraph;
  before(async () => {
    [browser, bundle, graph] = await Promise.all([launchChromium(), buildInspector(), sampleGraph()]);
  });
  after(() => browser.close());

  async function opened(options: Parameters<typeof openHosted>[2] = {}, shown = graph): Promise<HostedPage> {
    const hosted = await openHosted(browser, bundle, { ...options, kept: { mode: 'table' } });
    await hosted.send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph: shown, request: requestOf(shown), origin: {} });
    return hosted;
  }
  const idsOf = (page: Page) =>
    page.getByTestId('node-row').evaluateAll((rows) => rows.map((row) => (row as HTMLElement).dataset['node'] ?? ''));
  const parts = () => graph.nodes.filter(({ kind }) => !NODE_KINDS[kind].gathers);

  it('begins with the largest shares of all that is no sum, each with its figure', async () => {
    const { page, close } = await opened();
    const sorted = parts()
      .filter(({ share }) => share !== undefined)
      .sort((a, b) => Math.abs(b.share ?? 0) - Math.abs(a.share ?? 0));
    assert.deepEqual(
      (await idsOf(page)).slice(0, 20),
      sorted.slice(0, 20).map(({ id }) => id),
    );
    assert.equal((await page.locator('.of-share .figure').first().innerText()).trim(), formatSigned(sorted[0].share ?? 0));
    await page.getByTestId('nodes-gathered').check();
    assert.match(await page.locator('.node-count').innerText(), new RegExp(`${graph.nodes.length} of ${graph.nodes.length}`));
    await close();
  });

  for (const [width, height] of [
    [621, 600],
    [461, 619],
  ] as const)
    it(`shows 20 rows with their figures in ${width} × ${height} pixels, nothing cut at the side`, async () => {
      const { page, close } = await opened({ width, height });
      const seen = await page.evaluate(() => {
        const area = document.querySelector('.node-rows')!.getBoundingClientRect();
        const rows = [...document.querySelectorAll('[data-testid=node-row]')].map((row) => row.getBoundingClientRect());
        const figures = [...document.querySelectorAll<HTMLElement>('.of-share .figure')].slice(0, 20);
        return {
          whole: rows.filter(({ bottom, right }) => bottom <= area.bottom && right <= area.right).length,
          cut: figures.filter((figure) => figure.scrollWidth > figure.clientWidth).length,
          right: Math.max(
            ...figures.map((figure) => figure.getBoundingClientRect().right - figure.closest('td')!.getBoundingClientRect().right),
          ),
        };
      });
      assert.ok(seen.whole >= 20, `${seen.whole} rows`);
      assert.equal(seen.cut, 0);
      assert.ok(seen.right <= 0);
      await close();
    });

  for (const width of [621, 700])
    it(`names nodes whole and cuts no control where it has effects, in ${width} pixels`, async () => {
      const { page, close } = await opened({ width, height: 800 }, await sampleGraph({ effects: true }));
      const faults = await page.evaluate(() => {
        const names = [...document.querySelectorAll<HTMLElement>('.nodes .goto')].slice(0, 20);
        const controls = [...document.querySelectorAll('.node-tools > :not([hidden])')].map((control) => control.getBoundingClientRect());
        return {
          cut: names.filter((name) => name.scrollWidth > name.clientWidth).map((name) => name.textContent),
          outside: controls.filter(({ right }) => right > innerWidth).length,
        };
      });
      assert.deepEqual(faults, { cut: [], outside: 0 });
      await close();
    });

  for (const [width, effects] of [
    [321, true],
    [321, false],
    [390, true],
    [390, false],
    [461, true],
  ] as const)
    it(`tells heads and neurons apart, and cuts no figure, in ${width} pixels ${effects ? 'with' : 'without'} effects`, async () => {
      const { page, close } = await opened({ width, height: 800 }, effects ? await sampleGraph({ effects }) : graph);
      const told = await page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>('.nodes .goto')].slice(0, 20).flatMap((name) => {
          const text = [...name.childNodes].find((node) => node instanceof Text && node.data.trim() !== '');
          const which = /^\s*(?:head|neuron) \d+/.exec(text?.textContent ?? '')?.[0];
          if (text === undefined || which === undefined) return [];
          const range = document.createRange();
          range.setStart(text, 0);
          range.setEnd(text, which.length);
          return [{ which, whole: range.getBoundingClientRect().right <= name.getBoundingClientRect().right }];
        }),
      );
      const figures = await page.locator('.nodes td:is(.of-share, .of-rank, .of-effect)').evaluateAll((all) => ({
        seen: all.length,
        cut: all.filter((figure) => figure.scrollWidth > figure.clientWidth).map(({ textContent }) => textContent),
      }));
      assert.ok(figures.seen >= 40);
      assert.deepEqual(figures.cut, []);
      assert.ok(told.length > 10, `${told.length} heads and neurons`);
      assert.deepEqual(
        told.filter(({ whole }) => !whole),
        [],
      );
      await close();
    });

  it('is sorted by any column, one way and the other', async () => {
    const { page, close } = await opened();
    await page.getByTestId('nodes-by-rank').click();
    const ranks = async () => {
      const shown = await page.locator('tbody .of-rank').allInnerTexts();
      return shown.filter((text) => text !== '').map((text) => Number(text.replace(/\D/g, '')));
    };
    const up = await ranks();
    assert.ok(up.length > 20);
    assert.deepEqual(
      up,
      [...up].sort((a, b) => a - b),
    );
    await page.getByTestId('nodes-by-rank').click();
    const down = await ranks();
    assert.deepEqual(
      down,
      [...down].sort((a, b) => b - a),
    );
    assert.equal(await page.locator('th[aria-sort]').getAttribute('aria-sort'), 'descending');
    await close();
  });

  it('is filtered by name or token, and copied as CSV: all that is listed, or one row', async () => {
    const { page, close } = await opened();
    await page.evaluate(() => {
      const copied: string[] = [];
      Object.assign(window, { copied });
      Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text: string) => void copied.push(text) } });
    });
    const copied = () => page.evaluate(() => (window as unknown as { copied: string[] }).copied.at(-1) ?? '');
    const { head: drawn } = graph.nodes.find(({ kind }) => kind === 'head_out')!;
    await page.getByTestId('node-filter').fill(`Head ${drawn} ·`);
    const ids = await idsOf(page);
    assert.ok(ids.length > 0 && ids.every((id) => id.includes(`head.${drawn}`)), ids.join(' '));
    await page.getByTestId('copy-nodes').click();
    const [head, ...lines] = (await copied()).trim().split('\r\n');
    assert.equal(head, 'id,layer,node,share,reads,rank,probability,effect,how');
    assert.deepEqual(
      lines.map((line) => line.split(',')[0]),
      ids,
    );
    await page.getByTestId('node-row').first().hover();
    await page.getByTestId('copy-row').first().click();
    assert.equal((await copied()).trim().split('\r\n').length, 2);
    await page.getByTestId('node-filter').fill('no such node');
    assert.equal((await idsOf(page)).length, 0);
    await close();
  });

  it('stays alone, or the tree does, whatever else of the page changes', async () => {
    const { page, close } = await opened({ width: 461, height: 619 });
    const seen = async () => [await page.getByTestId('node-list').isVisible(), await page.getByTestId('tree').isVisible()];
    for (const [listing, expected] of [
      ['nodes-list', [true, false]],
      ['nodes-tree', [false, true]],
    ] as const) {
      await page.getByTestId(listing).click();
      for (const width of [1400, 461]) {
        await page.setViewportSize({ width, height: 619 });
        // Opening and closing the legend changes what the page knows, and draws it at once.
        for (let twice = 0; twice < 2; twice++) {
          await page.locator('.legend-toggle').click();
          assert.deepEqual(await seen(), expected, `${listing} in ${width} pixels`);
        }
      }
    }
    await close();
  });

  it('pins the card of a row that is chosen, and gives way to a tree', async () => {
    const { page, close } = await opened();
    const [first] = await idsOf(page);
    await page.getByTestId('node-row').first().locator('.of-reads').click();
    assert.equal(await page.getByTestId('pinned-card').getAttribute('data-node'), first);
    await page.getByTestId('nodes-tree').click();
    assert.equal(await page.getByTestId('tree').isVisible(), true);
    assert.equal(await page.getByTestId('node-list').isVisible(), false);
    await close();
  });
});
