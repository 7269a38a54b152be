import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import type { Comparison } from '../../src/core/format/comparison';
import { whatChanged } from '../../src/core/compare/what-changed';
import type { HostMessage } from '../../src/core/protocol/inspector';
import { showToken } from '../../src/core/text/token-text';
import { compareRequestOf, requestOf } from '../../webview/host/standalone';
import { formatChange } from '../../webview/state/measures';
import { testLimit } from '../support/patience';
import { violationsInEveryTheme } from './accessibility';
import { chooseIn } from './choose-in';
import {
  atRest,
  buildInspector,
  clickNode,
  complaints,
  hover,
  launchChromium,
  locate,
  openHosted,
  openStandalone,
  settle,
  type Bundle,
  type HostedPage,
} from './inspector-page';
import { SAMPLE_MODEL } from './insight-messages';
import { PROMPTS, sampleComparison } from './sample-comparison';
import { FEW_PARTS, sampleGraph } from './sample-graph';

describe('The inspector page, comparing two passes', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  let comparison: Comparison;
  before(async () => {
    [browser, bundle, comparison] = await Promise.all([launchChromium(), buildInspector(), sampleComparison()]);
  });
  after(() => browser.close());

  const message = (of: Comparison = comparison): HostMessage => ({
    type: 'comparison',
    fingerprint: SAMPLE_MODEL,
    comparison: of,
    request: compareRequestOf(of),
    origins: { left: { name: 'a.txt' }, right: { name: 'b.txt' } },
  });
  const twins = comparisonNode((left) => left.endsWith('.head.3'));
  const onlyRight = comparisonNode(null);

  /** A node that both sides have, chosen by its id; with null one that only the right side has. */
  function comparisonNode(which: ((id: string) => boolean) | null): () => Comparison['nodes'][number] {
    return () => {
      const found = comparison.nodes.find(({ left, right }) =>
        which === null ? left === null : left !== null && right !== null && which(left),
      );
      assert.ok(found, 'the sample has such a node');
      return found;
    };
  }

  async function opened(options: Parameters<typeof openHosted>[2] = {}): Promise<HostedPage> {
    const hosted = await openHosted(browser, bundle, options);
    await hosted.send(message());
    return hosted;
  }

  it('draws both sides alike, each under its own prompt, without an error', async () => {
    const { page, errors, close } = await opened();
    for (const side of ['left', 'right'] as const) {
      const tokens = await page.getByTestId(`${side}-token-strip`).locator('[role=option]').allTextContents();
      assert.deepEqual(tokens, comparison[side].tokens.map(showToken));
      assert.equal(await page.getByTestId(`canvas-${side}`).isVisible(), true);
    }
    const [left, right] = await Promise.all(['left', 'right'].map((side) => page.getByTestId(`canvas-${side}`).boundingBox()));
    assert.ok(left && right && Math.abs(left.width - right.width) < 2 && left.y === right.y && left.x < right.x);
    assert.deepEqual(complaints(errors), []);
    await close();
  });

  it('draws each side once a frame, and nothing of one side for the other', async () => {
    const { page, close } = await opened();
    await settle(page);
    await page.evaluate(() => {
      const count: Record<string, number[]> = {};
      Object.assign(window, { painted: count });
      const { fillRect, clearRect } = CanvasRenderingContext2D.prototype;
      const nameOf = (context: CanvasRenderingContext2D): string =>
        context.canvas.closest<HTMLElement>('[data-testid]')?.dataset['testid'] ?? '';
      CanvasRenderingContext2D.prototype.clearRect = function (...box) {
        (count[nameOf(this)] ??= []).push(0);
        clearRect.apply(this, box);
      };
      // The ground of the headings is the one rectangle in the canvas's corner.
      CanvasRenderingContext2D.prototype.fillRect = function (...box) {
        const grounds = count[nameOf(this)];
        if (grounds && box[0] === 0 && box[1] === 0) grounds[grounds.length - 1]++;
        fillRect.apply(this, box);
      };
      window.dispatchEvent(new Event('resize'));
      document.querySelector('[data-testid=zoom-in]')?.dispatchEvent(new MouseEvent('click', { bubbles: true }));
    });
    const read = () => page.evaluate(() => (window as unknown as { painted: Record<string, number[]> }).painted);
    const painted = await atRest(page, read);
    for (const side of ['canvas-left', 'canvas-right']) {
      const frames = painted[side] ?? [];
      assert.ok(frames.length > 0, `${side} was not drawn`);
      assert.deepEqual([...new Set(frames)], [1], `headings of ${side} in a frame`);
    }
    await close();
  });

  it('shows a hovered node and its twin on one card, marks both prompts’ tokens, and pins both', async () => {
    const { page, posted, close } = await opened();
    const node =
      comparison.nodes.find(({ left, right }) => left !== null && right !== null && left.includes('.value.') && left !== right) ??
      assert.fail('no source stands at different positions');
    await page.keyboard.press('f');
    await settle(page);
    await hover(page, node.id);
    const card = page.getByTestId('card');
    for (const side of ['left', 'right'] as const) {
      const own = comparison[side].nodes.find(({ id }) => id === node[side]);
      const shown = await card.getByTestId(`card-list-${side}`).locator('.list-token').allTextContents();
      assert.deepEqual(shown, own?.reading?.top.slice(0, shown.length).map(showToken));
    }
    const lit = (await posted()).filter(({ type }) => type === 'highlight');
    const source = (side: 'left' | 'right') => comparison[side].nodes.find(({ id }) => id === node[side])?.source;
    assert.deepEqual(lit, [
      { type: 'highlight', token: source('left'), focus: false, side: 'left' },
      { type: 'highlight', token: source('right'), focus: false, side: 'right' },
    ]);
    await clickNode(page, node.id);
    assert.equal(await page.getByTestId('pinned-card').getAttribute('data-node'), node.id);
    await close();
  });

  it('moves both drawings together', async () => {
    const { page, close } = await opened();
    const { id } = twins();
    const boxes = async () => {
      const found = [];
      for (const side of ['left', 'right'] as const) {
        const box = await page.getByTestId(`canvas-${side}`).boundingBox();
        assert.ok(box);
        await page.mouse.move(box.x + 4, box.y + 60);
        await settle(page);
        // the pointer decides which side is asked
        const inside = await page
          .getByTestId(`${side}-token-0`)
          .hover()
          .then(() => locate(page, id));
        found.push({ x: inside.left - box.x, y: inside.top - box.y, width: inside.width });
      }
      return found;
    };
    const box = await page.getByTestId('canvas-right').boundingBox();
    assert.ok(box);
    await page.mouse.move(box.x + 200, box.y + 300);
    await page.mouse.wheel(0, -240);
    await settle(page);
    await page.mouse.down();
    await page.mouse.move(box.x + 120, box.y + 250, { steps: 4 });
    await page.mouse.up();
    await settle(page);
    const [left, right] = await boxes();
    for (const part of ['x', 'y', 'width'] as const) assert.ok(Math.abs(left[part] - right[part]) < 1.5, part);
    await close();
  });

  it('asks for a linked position on both sides, counted from the end, and for one side when they are not linked', async () => {
    const { page, posted, close } = await opened();
    const [n, m] = [comparison.left.tokens.length, comparison.right.tokens.length];
    await page.getByTestId('left-token-3').click();
    await page.getByTestId('linked').uncheck();
    await page.getByTestId('left-token-5').click();
    const changes = (await posted()).flatMap((post) => (post.type === 'changeComparison' ? [post.change] : []));
    assert.deepEqual(changes, [
      { left: { position: 3, target: null, against: null }, right: { position: m - n + 3, target: null, against: null } },
      { left: { position: 5, target: null, against: null } },
    ]);
    await close();
  });

  it('asks for targets of one side, for common ones, and for other layers', async () => {
    const { page, posted, close } = await opened();
    const field = page.getByTestId('side-right').getByTestId('target-input').locator('input');
    await field.fill('·Kyoto');
    await field.press('Enter');
    await page.getByTestId('compare-targets').click();
    await page.getByTestId('compare-targets').locator('vscode-option').nth(3).click();
    await page.getByTestId('layer-cell-1').click();
    const changes = (await posted()).flatMap((post) => (post.type === 'changeComparison' ? [post.change] : []));
    assert.deepEqual(changes, [
      { right: { position: comparison.right.position, target: ' Kyoto', against: null } },
      { targets: 'difference' },
      { layers: { from: 1, to: 1 } },
    ]);
    await close();
  });

  it('offers a second token where one is asked for, and to the side of which it is asked', async () => {
    const { page, send, close } = await opened();
    const versus = async (): Promise<boolean[]> =>
      Promise.all(
        (['left', 'right'] as const).flatMap((side) =>
          ['against-open', 'against-input'].map((id) => page.getByTestId(`side-${side}`).getByTestId(id).isVisible()),
        ),
      );
    assert.deepEqual(await versus(), [true, false, true, false]);
    await page.getByTestId('side-right').getByTestId('against-open').click();
    assert.deepEqual(await versus(), [true, false, false, true]);
    const show = (targets: 'left' | 'difference') =>
      send({ ...message(), request: { ...compareRequestOf(comparison), targets } } as HostMessage);
    await show('difference');
    assert.deepEqual(await versus(), [false, false, false, false], 'it is asked for the difference of the two targets already');
    await show('left');
    assert.deepEqual((await versus()).slice(2), [false, false]);
    assert.equal(await page.getByTestId('side-right').getByTestId('target-input').isVisible(), false);
    assert.match((await page.getByTestId('side-right').getByTestId('target-text').textContent()) ?? '', /#\d/);
    await close();
  });

  it('says exactly what both sides are asked for', async () => {
    const { page, send, close } = await opened();
    const [against] = comparison.left.stream.at(-1)?.reading.top.slice(1) ?? [];
    assert.ok(against);
    const [one, other, second] = [comparison.left.target, comparison.right.target, against].map(showToken);
    const contrast = { ...comparison.contrast, of: 'targets' as const };
    await send({ ...message(), comparison: { ...comparison, contrast } } as HostMessage);
    assert.ok((await page.getByTestId('contrast').textContent())?.startsWith(`logit ${other} − ${one}: `));
    const left = { ...comparison.left, target: { ...comparison.left.target, against, measure: 'difference' as const } };
    await send({ ...message(), comparison: { ...comparison, left, contrast } } as HostMessage);
    assert.ok((await page.getByTestId('contrast').textContent())?.startsWith(`logit ${other} − (${one} − ${second}): `));
    await send({ ...message(), comparison: { ...comparison, left, contrast: { ...comparison.contrast, of: 'target' } } } as HostMessage);
    assert.ok((await page.getByTestId('contrast').textContent())?.startsWith(`logit difference ${one} − ${second}: `));
    await close();
  });

  it('explains a target that is no single token on its own side, and takes a suggestion for that side', async () => {
    const { page, send, posted, close } = await opened();
    await send({
      type: 'targetProblem',
      text: 'New York',
      pieces: [
        { id: 3, text: 'New' },
        { id: 4, text: ' York' },
      ],
      near: [{ id: 9, text: ' York' }],
      field: { side: 'right', of: 'target' },
    });
    assert.equal(await page.getByTestId('side-left').getByTestId('target-problem').isVisible(), false);
    await page.getByTestId('side-right').getByTestId('near-9').click();
    assert.deepEqual((await posted()).at(-1), {
      type: 'changeComparison',
      change: { right: { position: comparison.right.position, target: ' York', against: null } },
    });
    await close();
  });

  it('merges both sides into one graph that has what only one side has', async () => {
    const { page, close } = await opened();
    await page.getByTestId('view-merged').click();
    await page.getByTestId('fit').click();
    const { id } = onlyRight();
    await atRest(page, () => locate(page, id));
    await hover(page, id);
    assert.match((await page.getByTestId('card').textContent()) ?? '', /Only in B/);
    assert.equal(await page.getByTestId('merged-legend').isVisible(), true);
    await close();
  });

  it('lists what changed, most first, by any measure, and leads to the node', async () => {
    const { page, close } = await opened();
    await page.getByTestId('view-changes').click();
    const listed = () => page.getByTestId('change').evaluateAll((rows) => rows.map((row) => (row as HTMLElement).dataset['node']));
    const expected = (by: 'contrast' | 'logit' | 'norm', gathered = false) =>
      whatChanged(comparison, by, gathered)
        .slice(0, 60)
        .map(({ id }) => id);
    assert.deepEqual(await listed(), expected('contrast'));
    await page.getByTestId('sort-logit').click();
    assert.deepEqual(await listed(), expected('logit'));
    // What has no column of its own here is chosen by name.
    await chooseIn(page, 'sorted-by', 'Norm');
    assert.deepEqual(await listed(), expected('norm'));
    assert.equal(await page.locator('th[aria-sort=descending]').textContent(), 'Norm');
    await page.getByTestId('gathered').check();
    assert.deepEqual(await listed(), expected('norm', true));
    const [first] = expected('norm', true);
    await page.getByTestId('change').first().locator('button').focus();
    await page.keyboard.press('Enter');
    await settle(page);
    assert.equal(await page.getByTestId('canvas-left').isVisible(), true);
    assert.equal(await page.getByTestId('pinned-card').getAttribute('data-node'), first);
    const [box, canvas] = [await locate(page, first), await page.getByTestId('canvas-left').boundingBox()];
    assert.ok(canvas && Math.abs(box.left + box.width / 2 - canvas.x - canvas.width / 2) < canvas.width / 2);
    await close();
  });

  it('shows what the list of changes is sorted by, and what both sides read, also in 461 pixels', async () => {
    const hosted = await opened({ width: 461, height: 619 });
    const { page, close } = hosted;
    await page.getByTestId('view-changes').click();
    await page.getByTestId('sort-contrast').waitFor();
    const [first] = whatChanged(comparison, 'contrast');
    const row = page.getByTestId('change').first();
    assert.equal((await row.locator('.change-figure').innerText()).trim(), formatChange('contrast', first.change.contrast ?? 0));
    assert.match((await row.locator('.tokens').innerText()).replace(/\s+/g, ' '), /^.+ → .+$/);
    for (const part of ['.change-figure .figure', '.tokens']) {
      const box = await row.locator(part).boundingBox();
      assert.ok(box && box.x >= 0 && box.x + box.width <= 461, `${part} ${JSON.stringify(box)}`);
    }
    await close();
  });

  for (const width of [321, 461, 720, 1100, 1400, 1500]) {
    it(`lists what changed within ${width} pixels, by any measure: nothing is cut off at the right`, async () => {
      const { page, close } = await opened({ width, height: 900 });
      await page.getByTestId('view-changes').click();
      for (const measure of ['Contrast', 'Rank', 'Coefficient', 'Overlap']) {
        await chooseIn(page, 'sorted-by', measure);
        const cut = await page
          .getByTestId('changes')
          .evaluate((table) =>
            [...table.querySelectorAll('th, td')]
              .filter((cell) => cell.getBoundingClientRect().right > (table.parentElement?.getBoundingClientRect().right ?? 0) + 0.5)
              .map((cell) => cell.textContent),
          );
        assert.deepEqual(cut, [], measure);
        const names = await page
          .getByTestId('change')
          .locator('.goto')
          .evaluateAll((all) => all.filter((name) => name.scrollWidth > name.clientWidth + 1).map((name) => name.textContent));
        assert.deepEqual(names, [], `names that are cut, by ${measure}`);
        assert.ok((await page.getByTestId('change').first().locator('.tokens').boundingBox())!.width > 50, 'tokens have room');
      }
      await close();
    });
  }

  it('says that nothing changed where a prompt is compared with itself', async () => {
    const { page, send, close } = await opened();
    await send(message(await sampleComparison('own', { left: PROMPTS.left, right: PROMPTS.left })));
    await page.getByTestId('view-changes').click();
    assert.equal(await page.getByTestId('change').count(), 0);
    assert.equal(await page.getByTestId('no-changes').isVisible(), true);
    await close();
  });

  it('shows every node of both sides in a tree for the keyboard', async () => {
    const { page, close } = await opened();
    await page.getByTestId('view-tree').click();
    await page.getByTestId('tree').locator('[data-key="stage 2.head_key"]').click();
    await page.keyboard.press('ArrowDown');
    const keys = comparison.nodes.filter(({ id }) => /\.key\.|head\.\d+\.rest/.test(id)).length;
    assert.equal(await page.getByTestId('tree').locator('[aria-level="3"]').count(), keys);
    assert.equal(await page.getByTestId('card').isVisible(), true);
    await page.keyboard.press('Enter');
    assert.equal(await page.getByTestId('pinned-card').count(), 1);
    await close();
  });

  it('says in the tree how nodes changed by the measure that was chosen last', async () => {
    const { page, close } = await opened();
    await page.getByTestId('view-tree').click();
    const tree = page.getByTestId('tree');
    await tree.locator('[data-key="stage 2.head_key"]').click();
    const row = tree.locator('[aria-level="3"]').first();
    assert.match((await row.textContent()) ?? '', /change in share of the contrast/);
    await page.getByTestId('view-changes').click();
    await chooseIn(page, 'sorted-by', 'Norm');
    await page.getByTestId('view-tree').click();
    assert.match((await row.textContent()) ?? '', /change in norm/);
    await close();
  });

  it('asks for effects once they are what is compared, and then lists them and shows both on cards', async () => {
    const { page, send, posted, close } = await opened();
    await page.getByTestId('view-changes').click();
    await chooseIn(page, 'sorted-by', 'Estimated effect');
    const asked = (await posted()).filter(({ type }) => type === 'changeComparison');
    assert.deepEqual(asked, [{ type: 'changeComparison', change: { effects: true } }]);
    assert.equal(await page.getByTestId('no-changes').innerText(), 'Effects are not estimated yet.');
    await page.getByTestId('view-merged').click();
    const scale = page.getByTestId('merged-legend').locator('.legend-scale');
    assert.match(await scale.innerText(), /^Change in estimated effect: not estimated yet$/, 'no figures until there are any');
    await page.getByTestId('view-changes').click();
    const withEffects = await sampleComparison('own', PROMPTS, 4, true);
    await send({ ...message(), comparison: withEffects, request: compareRequestOf(withEffects) } as HostMessage);
    const first = whatChanged(withEffects, 'effect')[0];
    assert.ok(first?.change.effect);
    const row = page.getByTestId('change').first();
    assert.equal(await row.getAttribute('data-node'), first.id);
    assert.equal(await row.locator('.change-figure .figure').innerText(), formatChange('effect', first.change.effect));
    await page.getByTestId('view-merged').click();
    assert.match(await scale.innerText(), /^Change in estimated effect, square-root\s+−\d\S*\s+0\s+\+\d\S*$/);
    await page.getByTestId('view-changes').click();
    await row.click();
    const figures = page.getByTestId('pinned-card').locator('tr', { hasText: 'Estimated effect' });
    const [left, right, change] = await figures.locator('td').allInnerTexts();
    assert.match(`${left} ${right}`, /\d.* .*\d/);
    assert.equal(change, formatChange('effect', first.change.effect));
    assert.equal((await posted()).filter(({ type }) => type === 'changeComparison').length, 1, 'what is here is not asked for again');
    await close();
  });

  it('says where changes of effects nearly cancel, over all nodes that have one', async () => {
    const effects = await sampleComparison('own', PROMPTS, 4, true);
    const listed = new Set(whatChanged(effects, 'effect', false).map(({ id }) => id));
    const changed = (by: (i: number) => number): Comparison => {
      let i = 0;
      return {
        ...effects,
        nodes: effects.nodes.map((node) => (listed.has(node.id) ? { ...node, change: { ...node.change, effect: by(i++) } } : node)),
      };
    };
    const { page, send, close } = await opened();
    await page.getByTestId('view-changes').click();
    await chooseIn(page, 'sorted-by', 'Estimated effect');
    const shown = async (of: Comparison) => send({ ...message(), comparison: of, request: compareRequestOf(of) } as HostMessage);
    await shown(changed((i) => (i % 2 === 0 ? 1 : -1)));
    assert.match(await page.getByTestId('changes-cancel').innerText(), /^Changes of effects nearly cancel: they come to /);
    await shown(changed(() => 1));
    assert.equal(await page.getByTestId('changes-cancel').count(), 0);
    await close();
  });

  it('swaps, ends, and is asked for from the graph of one prompt', async () => {
    const { page, send, posted, close } = await opened();
    await page.getByTestId('swap').click();
    await page.getByTestId('end-comparison').click();
    const graph = await sampleGraph();
    await send({
      type: 'graph',
      fingerprint: SAMPLE_MODEL,
      graph,
      request: {
        position: 0,
        layers: { from: 11, to: 11 },
        target: null,
        against: null,
        counts: graph.counts,
        measure: 'centred' as const,
        baseline: { baseline: 'zero' as const },
        effects: false,
      },
      origin: {},
    });
    await page.getByTestId('compare-with').click();
    const text = page.getByTestId('other-prompt');
    assert.equal(await text.inputValue(), graph.prompt);
    await text.fill('The capital of France is');
    await text.press('Enter');
    assert.deepEqual((await posted()).slice(-3), [
      { type: 'swap' },
      { type: 'single', side: 'left' },
      { type: 'compareWith', text: 'The capital of France is' },
    ]);
    assert.equal(await page.getByTestId('prompt-form').isVisible(), false);
    await close();
  });

  it('switches off what a card shows, and takes it back by its chip', async () => {
    const { page, send, posted, close } = await opened();
    await page.keyboard.press('f');
    await settle(page);
    const { id } = twins();
    await clickNode(page, id);
    await page.getByTestId('switch-off').first().click();
    const off = { mode: 'zero', component: id } as const;
    assert.deepEqual((await posted()).at(-1), { type: 'intervene', intervention: off });
    await send({ ...message(), request: { ...compareRequestOf(comparison), interventions: [off] } } as HostMessage);
    assert.match((await page.getByTestId('intervention').textContent()) ?? '', /head 3 of layer 2 off/);
    await page.getByTestId('take-back').click();
    assert.deepEqual((await posted()).at(-1), { type: 'takeBack', component: id });
    await close();
  });

  it('draws both sides again after other graphs, and in another theme, without an error', async () => {
    const { page, send, posted, close } = await opened({ theme: 'light', width: 820 });
    const graph = await sampleGraph();
    const request = {
      position: 0,
      layers: { from: 11, to: 11 },
      target: null,
      against: null,
      counts: graph.counts,
      measure: 'centred' as const,
      baseline: { baseline: 'zero' as const },
      effects: false,
    };
    for (let i = 0; i < 2; i++) {
      await send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph, request, origin: {} });
      await send(message());
    }
    await page.evaluate(() => {
      document.body.className = 'visit-standalone vscode-dark';
    });
    await page.setViewportSize({ width: 1000, height: 900 });
    await settle(page);
    assert.deepEqual(
      (await posted()).filter(({ type }) => type === 'pageError'),
      [],
    );
    await close();
  });

  it('says that the norms are of one pass, and leads to those of A', async () => {
    const { page, send, posted, close } = await opened({ width: 1000 });
    const norms = page.getByTestId('tab-norms');
    assert.match((await norms.getAttribute('title')) ?? '', /one forward pass: opens that of prompt A\. Back leads/);
    await norms.focus();
    await page.keyboard.press('Enter');
    assert.deepEqual((await posted()).at(-1), { type: 'single', side: 'left' });
    const graph = await sampleGraph();
    await send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin: {} });
    assert.equal(await norms.getAttribute('aria-selected'), 'true');
    assert.ok((await posted()).some((message) => message.type === 'requestInsight' && message.request.of === 'norms'));
    await close();
  });

  it('keeps how it is looked at, and begins where an earlier page ended', async () => {
    const first = await opened();
    await first.page.getByTestId('view-merged').click();
    await first.page.getByTestId('linked').uncheck();
    await settle(first.page);
    const kept = await first.kept();
    await first.close();
    const second = await opened({ kept });
    assert.equal(await second.page.getByTestId('canvas-merged').isVisible(), true);
    assert.equal(await second.page.getByTestId('linked').isChecked(), false);
    await second.close();
  });

  it('is a file of its own without what needs a model', async () => {
    const { page, errors, close } = await openStandalone(browser, bundle, comparison);
    assert.equal(await page.getByTestId('canvas-right').isVisible(), true);
    for (const absent of ['target-input', 'compare-targets', 'swap', 'detail-toggle', 'linked'])
      assert.equal(await page.getByTestId(absent).count(), 0, absent);
    await page.keyboard.press('f');
    await settle(page);
    await hover(page, twins().id);
    assert.equal(await page.getByTestId('card').isVisible(), true);
    assert.deepEqual(complaints(errors), []);
    await close();
  });

  it('lists predictions and opens any two of them, or one', async () => {
    const { page, send, posted, close } = await openHosted(browser, bundle);
    const { model, tokens, stream } = comparison.left;
    const top = stream.at(-1)!.reading.top.slice(0, 5);
    const rows = ['one', 'two', 'three'].map((prompt) => ({ prompt, tokens, top, entropy: 2 }));
    await send({
      type: 'predictions',
      table: {
        schema: 'visit.predictions/1',
        model,
        rows: [...rows, { prompt: 'four', problem: { code: 'prompt-too-long', message: 'Too long.' } }],
      },
      origin: { name: 'a.txt' },
    });
    assert.equal(await page.getByTestId('prediction').count(), 4);
    assert.match((await page.getByTestId('prediction').last().textContent()) ?? '', /Too long\./);
    await page.getByTestId('left-2').check();
    await page.getByTestId('compare-rows').click();
    await page.getByTestId('prompt-1').click();
    assert.deepEqual((await posted()).slice(-2), [
      { type: 'compareRows', left: 2, right: 1 },
      { type: 'openRow', row: 1 },
    ]);
    await page.getByTestId('prediction').nth(2).locator('.tokens').first().click();
    assert.deepEqual((await posted()).at(-1), { type: 'openRow', row: 2 });
    await close();
  });

  for (const width of [321, 461, 621, 1500]) {
    it(`lists predictions within ${width} pixels, each prompt and its next token in sight`, async () => {
      const { page, send, close } = await openHosted(browser, bundle, { width });
      const { model, tokens, stream } = comparison.left;
      const top = stream.at(-1)!.reading.top.slice(0, 5);
      const prompt = 'When Mary and John went to the store by the river, John gave a drink of water to';
      const rows = [1, 2, 3].map((n) => ({ prompt: `${n} ${prompt}`, tokens, top, entropy: 2 }));
      const left = { prompt: 'Too much', problem: { code: 'prompt-too-long' as const, message: 'This prompt is too long.' } };
      await send({
        type: 'predictions',
        table: { schema: 'visit.predictions/1', model, rows: [...rows, left] },
        origin: { name: 'a.txt' },
      });
      const holder = page.locator('.predictions-holder');
      assert.ok(await holder.evaluate((box) => box.scrollWidth <= box.clientWidth), 'nothing is at the side');
      const next = await page.getByTestId('prediction').first().locator('.of-next').boundingBox();
      assert.ok(next && next.x + next.width <= width);
      const prompts = await page.locator('.predictions tbody th').first().boundingBox();
      assert.ok(prompts && prompts.width >= Math.min(0.7 * width, 450), `${prompts?.width} px for a prompt`);
      await close();
    });
  }

  it('has no accessibility violation in any theme', async () => {
    const small = await sampleComparison('own', PROMPTS, FEW_PARTS.nLayers, false, FEW_PARTS);
    const { page, send, close } = await openHosted(browser, bundle);
    await send(message(small));
    const check = async (what: string) => assert.deepEqual(await violationsInEveryTheme(page), [], what);
    await clickNode(page, small.nodes.find(({ left, right }) => left?.includes('.head.') && right !== null)!.id);
    await check('side by side');
    await page.getByTestId('view-changes').click();
    await check('what changed');
    await page.getByTestId('view-tree').click();
    await page.getByTestId('compare-with').click();
    await check('tree and form');
    await close();
  });

  for (const width of [360, 700, 1400]) {
    it(`fits a panel ${width} pixels wide, stacked where it is narrow`, async () => {
      const { page, close } = await opened({ width });
      const wide = await page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>('#app, .header > *, .side, .side > *, .toolbar > *, .legend > *, .pane')]
          .filter(
            (element) =>
              element.offsetParent !== null &&
              (element.getBoundingClientRect().right > innerWidth + 0.5 || element.getBoundingClientRect().left < -0.5),
          )
          .map((element) => element.className),
      );
      assert.deepEqual(wide, []);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
      const [left, right] = await Promise.all(['left', 'right'].map((side) => page.getByTestId(`canvas-${side}`).boundingBox()));
      assert.ok(left && right);
      assert.equal(right.y > left.y, width < 760, 'one over the other');
      await close();
    });
  }
});
