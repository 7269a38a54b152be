import assert from 'node:assert/strict';
import type { Browser, Locator } from 'playwright-core';
import type { FlowGraph, FlowNode } from '../../src/core/format/flow-graph';
import type { Calibration } from '../../src/core/insight/calibration';
import { effectsOfSummands } from '../../src/core/analyse/attribution';
import { nodeId } from '../../src/core/format/node-id';
import type { MeasuredEffects } from '../../src/core/insight/measured-effects';
import type { HostMessage } from '../../src/core/protocol/inspector';
import type { PageMessage } from '../../src/core/protocol/page-messages';
import { compareRequestOf, requestOf } from '../../webview/host/standalone';
import { formatSigned } from '../../webview/lib/format/number';
import { testLimit } from '../support/patience';
import {
  buildInspector,
  complaints,
  launchChromium,
  openHosted,
  openStandalone,
  settle,
  violations,
  type Bundle,
  type HostedPage,
} from './inspector-page';
import { chooseIn } from './choose-in';
import { answer, idOf, SAMPLE_MODEL } from './insight-messages';
import { sampleComparison } from './sample-comparison';
import { sampleGraph } from './sample-graph';
import { sampleEffects, sampleOverview } from './sample-insight';

const HEAD = nodeId.headOut(2, 3);
const SHAPE = { nLayers: 4, layers: { from: 2, to: 2 }, counts: { heads: 0 } } as const;

/** What a card says in its line of the effect. */
const effectLine = async (card: Locator): Promise<string> =>
  (await card.getByTestId('card-effect').innerText()).replace(/\s+/g, ' ').trim();

describe('Effects on the page', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  let plain: FlowGraph;
  let graph: FlowGraph;
  before(async () => {
    [browser, bundle, plain, graph] = await Promise.all([
      launchChromium(),
      buildInspector(),
      sampleGraph(SHAPE),
      sampleGraph({ ...SHAPE, effects: true }),
    ]);
  });
  after(() => browser.close());

  const message = (of: FlowGraph): HostMessage => ({
    type: 'graph',
    fingerprint: SAMPLE_MODEL,
    graph: of,
    request: requestOf(of),
    origin: {},
  });
  const nodeOf = (id: string): FlowNode => {
    const node = graph.nodes.find((one) => one.id === id);
    assert.ok(node);
    return node;
  };
  async function opened(of: FlowGraph, view: object): Promise<HostedPage> {
    const hosted = await openHosted(browser, bundle, { kept: { tab: 'graph', ...view } });
    await hosted.send(message(of));
    return hosted;
  }
  const changes = async ({ posted }: HostedPage): Promise<unknown[]> =>
    (await posted()).flatMap((said: PageMessage) => (said.type === 'change' ? [said.change] : []));
  const component = (): string => `${HEAD}@${graph.position}`;
  const measured = (more: Partial<MeasuredEffects['components'][number]> = {}): MeasuredEffects => ({
    schema: 'visit.measured-effects/1',
    model: graph.model,
    prompt: graph.prompt,
    tokens: graph.tokens,
    position: graph.position,
    target: graph.target,
    effects: { of: 'centred', value: graph.target.measured, baseline: 'zero' },
    components: [
      {
        component: component(),
        measured: 3.51,
        probability: graph.target.probability,
        predicts: graph.stream.at(-1)!.reading.top[0],
        ...more,
      },
    ],
  });

  describe('of a card', () => {
    it('are asked for once the card of a component is pinned, and once for each graph', async () => {
      const hosted = await opened(plain, { pinned: [nodeId.ln1(2)] });
      assert.deepEqual(await changes(hosted), [], 'a norm has no effect');
      await hosted.close();
      const pinned = await opened(plain, { pinned: [HEAD] });
      assert.deepEqual(await changes(pinned), [{ effects: true }]);
      await pinned.send({ type: 'idle' });
      assert.deepEqual(await changes(pinned), [{ effects: true }], 'what was cancelled is not asked for again by itself');
      await pinned.send(message(graph));
      assert.deepEqual(await changes(pinned), [{ effects: true }]);
      assert.match(await effectLine(pinned.page.getByTestId('pinned-card')), /^Effect, estimated/);
      await pinned.close();
    });

    it('are called estimated, and explained', async () => {
      const { page, close, errors } = await opened(graph, { pinned: [HEAD] });
      const card = page.getByTestId('pinned-card');
      const { effect } = nodeOf(HEAD);
      assert.ok(effect !== undefined);
      assert.equal(await effectLine(card), `Effect, estimated ${formatSigned(effect.value)} Measure`);
      assert.match((await card.getByTestId('card-effect').getAttribute('title')) ?? '', /Estimated from the gradient/);
      assert.match((await card.locator('.card-effect dfn').getAttribute('title')) ?? '', /would fall without a component/);
      assert.deepEqual(await violations(page), []);
      assert.deepEqual(complaints(errors), []);
      await close();
    });

    it('are measured by a button, with what becomes of the probability, and what the model predicts then', async () => {
      const hosted = await opened(graph, { pinned: [HEAD] });
      const { page, close } = hosted;
      const card = page.getByTestId('pinned-card');
      await card.getByTestId('measure').click();
      const request = { of: 'measureEffects', component: component() } as const;
      assert.deepEqual((await hosted.posted()).at(-1), { type: 'requestInsight', id: 1, request });
      await settle(page);
      assert.equal(await card.getByTestId('measure').count(), 0, 'not twice');
      assert.equal(await card.getByRole('progressbar').count(), 1);
      const predicts = { ...measured().components[0].predicts, id: 1_000, text: ' Kyoto' };
      await answer(hosted, request, measured({ probability: 0.0512, predicts }));
      assert.match(await effectLine(card), /^Effect, measured \+3\.51 · .+% → 5\.1%; predicts ·Kyoto$/);
      assert.match((await card.getByTestId('card-effect').getAttribute('title')) ?? '', /Measured: it was switched off/);
      await close();
    });

    it('are said to be poor for a whole layer until they are measured, and for a head they are not', async () => {
      const layer = nodeId.mlpOut(2);
      const { page, close } = await opened(graph, { pinned: [HEAD, layer] });
      const caveatOf = (id: string) => page.locator(`[data-testid=pinned-card][data-node="${id}"]`).getByTestId('effect-caveat');
      assert.match((await caveatOf(layer).textContent()) ?? '', /whole layer can be far off/);
      assert.equal(await caveatOf(HEAD).count(), 0);
      await close();
    });

    it('are said to be as good as the model’s own calibration found them, which the card leads to', async () => {
      const hosted = await opened(graph, { pinned: [HEAD] });
      const { page, send, close } = hosted;
      const row = { kind: 'head', place: 'last', depth: 'early', layers: { from: 0, to: 7 }, measured: 9 } as const;
      const value: Calibration = {
        schema: 'visit.calibration/1',
        model: graph.model,
        weights: 'any',
        of: 'centred',
        prompts: 40,
        skipped: [],
        saturated: 0,
        perKind: 8,
        seed: 0,
        measured: 9,
        rows: ['all', 'early'].map((depth) => ({
          ...row,
          depth: depth as 'all' | 'early',
          correlations: { estimated: { pearson: 0.55, spearman: 0.9 }, centred: { pearson: 0.2, spearman: 0.3 } },
        })),
        points: [
          {
            component: 'blocks.2.attn.head.1@3',
            kind: 'head',
            layer: 2,
            place: 'last',
            prompt: 0,
            measured: 2,
            predicted: { estimated: 1 },
          },
          { component: 'blocks.2.mlp@0', kind: 'mlp', layer: 2, place: 'first', prompt: 1, measured: -0.5, predicted: { estimated: -1 } },
        ],
      };
      await send({ type: 'insightResult', id: null, request: { of: 'calibrate' }, fingerprint: 'one', value });
      const caveat = page.getByTestId('effect-caveat');
      assert.match((await caveat.textContent()) ?? '', /In this model, .* poor: correlation 0\.55 .* 40 prompts\. Measure it\./);
      await page.getByTestId('show-calibration').click();
      assert.equal(await page.getByTestId('tab-calibration').getAttribute('aria-selected'), 'true');
      const table = page.getByTestId('calibration-table');
      assert.match((await table.textContent()) ?? '', /Heads, last.*0\.55 \/ 0\.90/);
      const marks = page.getByTestId('calibration-plot').locator('.mark');
      assert.equal(await marks.count(), 2);
      assert.match((await marks.first().textContent()) ?? '', /head 1 of layer 2 .*prompt 1: estimate \+1, measured \+2/);
      await table.getByRole('button', { name: 'Heads, last' }).click();
      assert.equal(await marks.count(), 1, 'these alone');
      await page.locator('.calibration-points summary').click();
      assert.equal(await page.getByTestId('calibration-point').count(), 1, 'the table lists what is drawn');
      await page.getByTestId('predictor-centred').click();
      assert.match((await table.textContent()) ?? '', /0\.20 \/ 0\.30/);
      await close();
    });

    it('say that the estimate had the wrong sign where what was measured has the other one', async () => {
      const { effect } = nodeOf(HEAD);
      assert.ok(effect !== undefined && Math.abs(effect.value) >= 1e-5);
      const hosted = await opened(graph, { pinned: [HEAD] });
      const card = hosted.page.getByTestId('pinned-card');
      await card.getByTestId('measure').click();
      const other = measured({ measured: -Math.sign(effect.value) * 2 });
      await answer(hosted, { of: 'measureEffects', component: component() }, other);
      const said = await card.getByTestId('effect-wrong-sign').innerText();
      assert.equal(said, `It was estimated with the wrong sign: ${formatSigned(effect.value)}.`);
      await hosted.close();
      const right = await opened(graph, { pinned: [HEAD] });
      await right.page.getByTestId('measure').click();
      await answer(right, { of: 'measureEffects', component: component() }, measured({ measured: Math.sign(effect.value) * 2 }));
      assert.equal(await right.page.getByTestId('effect-wrong-sign').count(), 0);
      await right.close();
    });

    it('say so if nothing changes', async () => {
      const hosted = await opened(graph, { pinned: [HEAD] });
      const card = hosted.page.getByTestId('pinned-card');
      await card.getByTestId('measure').click();
      await answer(hosted, { of: 'measureEffects', component: component() }, measured({ measured: 0 }));
      assert.match(await effectLine(card), /^Effect, measured 0 · .+%, no change$/);
      await hosted.close();
    });

    it('say why they could not be measured, and can be tried again', async () => {
      const hosted = await opened(graph, { pinned: [HEAD] });
      const { page, send, posted, close } = hosted;
      const card = page.getByTestId('pinned-card');
      await card.getByTestId('measure').click();
      const request = { of: 'measureEffects', component: component() } as const;
      const problem = { code: 'engine-died', message: 'The model’s process has ended.' } as const;
      await send({ type: 'insightFailed', id: await idOf(hosted, 'measureEffects'), request, problem });
      assert.match(await card.getByTestId('measureEffects-failed').innerText(), /The model’s process has ended\./);
      assert.match(await effectLine(card), /^Effect, estimated/, 'the estimate stays');
      await card.getByTestId('measureEffects-again').click();
      assert.deepEqual((await posted()).at(-1), { type: 'requestInsight', id: 2, request });
      await close();
    });

    it('are not those of another position: a late answer is no answer', async () => {
      const hosted = await opened(graph, { pinned: [HEAD] });
      const { page, send, close } = hosted;
      const card = page.getByTestId('pinned-card');
      await card.getByTestId('measure').click();
      await send(message(await sampleGraph({ ...SHAPE, effects: true, position: 3 })));
      await answer(hosted, { of: 'measureEffects', component: component() }, measured());
      assert.match(await effectLine(card), /^Effect, estimated/);
      assert.equal(await card.getByTestId('measure').count(), 1);
      await close();
    });

    it('cannot be measured of what is merely a part, of the stream, or in a file of its own', async () => {
      const { page, close } = await opened(graph, { pinned: [nodeId.neuronRest(2)] });
      assert.match(await effectLine(page.getByTestId('pinned-card')), /^Effect, estimated/);
      assert.equal(await page.getByTestId('measure').count(), 0);
      await close();
      const stream = await opened(graph, { pinned: [nodeId.residPost(2)] });
      assert.equal(await stream.page.getByTestId('pinned-card').getByTestId('card-effect').count(), 0);
      await stream.close();
      const alone = await openStandalone(browser, bundle, graph);
      assert.equal(await alone.page.getByTestId('measure').count(), 0);
      await alone.close();
    });

    it('say that an estimate is worth nothing where the gradient vanishes', async () => {
      const effects = { ...graph.effects!, saturated: 'soft-cap' as const };
      const { page, close } = await opened({ ...graph, effects }, { pinned: [HEAD] });
      assert.match(await page.getByTestId('effect-saturated').innerText(), /soft-cap, so the gradient vanishes/);
      await close();
    });
  });

  describe('of all that is drawn', () => {
    it('are asked for once nodes are coloured or kept by them, of one graph and of a comparison', async () => {
      const hosted = await opened(plain, {});
      const { page, close } = hosted;
      assert.deepEqual(await changes(hosted), []);
      await chooseIn(page, 'colour-by', 'Estimated effect');
      assert.deepEqual(await changes(hosted), [{ effects: true }]);
      const scale = page.getByTestId('legend-scale');
      assert.match(await scale.innerText(), /^Estimated effect on logit .+: not estimated yet$/, 'no figures until there are any');
      await hosted.send(message(graph));
      assert.match(await scale.innerText(), /^Estimated effect on logit .+, square-root/);
      await hosted.send(message(plain));
      assert.equal((await changes(hosted)).length, 2, 'the graph of another prompt has none yet');
      await close();
      const kept = await opened(plain, { keepBy: 'effect', shareKept: 0.5 });
      assert.deepEqual(await changes(kept), [{ effects: true }]);
      await kept.close();
      const compared = await openHosted(browser, bundle, { kept: { tab: 'graph', colourBy: 'effect', keepBy: 'effect', shareKept: 0.5 } });
      const comparison = await sampleComparison();
      const [request, origins] = [compareRequestOf(comparison), { left: {}, right: {} }];
      await compared.send({ type: 'comparison', fingerprint: SAMPLE_MODEL, comparison, request, origins });
      const asked = (await compared.posted()).filter(({ type }) => type === 'change' || type === 'changeComparison');
      assert.deepEqual(asked, [{ type: 'changeComparison', change: { effects: true } }]);
      assert.match(await compared.page.getByTestId('legend-scale').first().innerText(), /: not estimated yet$/);
      await compared.close();
    });

    it('can be chosen in a narrow panel too, where the list opens over the strip of layers', async () => {
      const hosted = await openHosted(browser, bundle, { kept: { tab: 'graph' }, width: 461 });
      await hosted.send(message(await sampleGraph({ nLayers: 4, layers: { from: 0, to: 0 } })));
      await hosted.page.getByTestId('colour-by').click();
      const option = hosted.page.getByTestId('colour-by').locator('vscode-option', { hasText: 'Estimated effect' });
      const isOnTop = await option.evaluate((each) => {
        const { left, top, width, height } = each.getBoundingClientRect();
        const places = Array.from({ length: 20 }, (_, i) => left + ((i + 0.5) / 20) * width);
        return places.every((x) => each.contains(document.elementFromPoint(x, top + height / 2)));
      });
      assert.ok(isOnTop, 'nothing lies over it');
      await option.click();
      assert.deepEqual(await changes(hosted), [{ effects: true }]);
      await hosted.close();
    });

    it('say where those for and against nearly cancel: under the legend, and over the table', async () => {
      const cancels = (of: FlowGraph): FlowGraph => {
        const [some, ...others] = effectsOfSummands(of.nodes);
        assert.ok(some !== undefined && others.length > 0);
        const summands = new Set(of.nodes.filter((node) => effectsOfSummands([node]).length > 0).map(({ id }) => id));
        let sign = -1;
        return {
          ...of,
          nodes: of.nodes.map((node) => (summands.has(node.id) ? { ...node, effect: { value: (sign = -sign), how: 'estimated' } } : node)),
        };
      };
      const both = await opened(cancels(graph), { colourBy: 'effect' });
      assert.match(await both.page.getByTestId('legend-cancel').innerText(), /^Effects for and against nearly cancel: they come to /);
      await both.page.getByTestId('table-toggle').click();
      assert.match(await both.page.getByTestId('nodes-cancel').innerText(), /^Effects for and against nearly cancel: they come to /);
      await both.close();
      const alike = { ...graph, nodes: graph.nodes.map((node) => ({ ...node, effect: { value: 1, how: 'estimated' as const } })) };
      const { page, close } = await opened(alike, { colourBy: 'effect' });
      assert.equal(await page.getByTestId('legend-cancel').count(), 0);
      await page.getByTestId('table-toggle').click();
      assert.equal(await page.getByTestId('nodes-cancel').count(), 0);
      await close();
    });

    it('are a column of the table, where each says whether it is an estimate', async () => {
      const hosted = await opened(graph, { mode: 'table', pinned: [HEAD] });
      const { page, close } = hosted;
      await page.getByTestId('nodes-tree').click();
      const opener = page.locator('.tree-branch', { hasText: 'Head outputs' });
      await opener.click();
      const last = page.locator(`[data-key="${HEAD}"] .tree-figure`).last();
      const { effect } = nodeOf(HEAD);
      assert.ok(effect !== undefined);
      assert.equal((await last.innerText()).trim().endsWith(`≈ ${formatSigned(effect.value)}`), true);
      await page.getByTestId('measure').first().click();
      await answer(hosted, { of: 'measureEffects', component: component() }, measured());
      assert.match(await last.innerText(), /measured effect\s+\+3\.51$/);
      await hosted.send(message(plain));
      assert.equal(await page.getByTestId('tree-effect').count(), 0, 'no column where there are none');
      await close();
    });

    it('are measured for the strongest, one after the other, in the table, until all are or it is stopped', async () => {
      const hosted = await opened(graph, { mode: 'table' });
      const { page, close } = hosted;
      const asked = async (): Promise<string[]> =>
        (await hosted.posted()).flatMap((said) =>
          said.type === 'requestInsight' && said.request.of === 'measureEffects' ? [said.request.component] : [],
        );
      const strongest = page.getByTestId('measure-strongest');
      assert.match((await strongest.textContent()) ?? '', /Measure the \d+ strongest/);
      await strongest.click();
      const [first, ...none] = await asked();
      assert.ok(first !== undefined && none.length === 0, 'one at a time');
      await answer(hosted, { of: 'measureEffects', component: first }, measured({ component: first }));
      assert.equal((await asked()).length, 2);
      assert.match((await page.getByTestId('measured-count').textContent()) ?? '', /^1 of \d+ measured$/);
      await page.getByTestId('measure-stop').click();
      const [, second] = await asked();
      assert.ok(second !== undefined);
      assert.deepEqual((await hosted.posted()).at(-1), { type: 'cancelInsight', request: { of: 'measureEffects', component: second } });
      assert.equal((await asked()).length, 2, 'nothing more is asked for');
      await close();
    });

    it('decide which nodes are kept, and are remembered', async () => {
      const hosted = await opened(graph, { shareKept: 0.3 });
      await chooseIn(hosted.page, 'keep-by', 'of the estimated effect');
      const kept = (await hosted.kept()) as { keepBy?: unknown };
      assert.equal(kept.keepBy, 'effect');
      await hosted.close();
    });

    it('say under the legend that they are worth nothing where the gradient vanishes', async () => {
      assert.ok(graph.effects !== undefined);
      const effects = { ...graph.effects, saturated: 'softmax' as const };
      const { page, close } = await opened({ ...graph, effects }, { colourBy: 'effect' });
      assert.match(await page.getByTestId('legend-saturated').innerText(), /so the gradient vanishes/);
      await close();
    });
  });

  describe('against another value than nothing', () => {
    const against = (): FlowGraph => ({ ...graph, effects: { ...graph.effects!, baseline: 'mean', prompts: 42, over: 'capitals.txt' } });

    it('are asked for in the detail row, which says against what they are', async () => {
      const hosted = await opened(graph, { detailOpen: true });
      const { page, send, close } = hosted;
      const last = async (): Promise<PageMessage | undefined> => (await hosted.posted()).filter(({ type }) => type !== 'highlight').at(-1);
      await chooseIn(page, 'effect-reference', 'Mean over prompts…');
      assert.deepEqual(await last(), { type: 'chooseBaseline', baseline: 'mean' });
      const value = (): Promise<unknown> =>
        page.getByTestId('effect-reference').evaluate((each) => (each as unknown as { value: string }).value);
      assert.equal(await value(), 'zero', 'until prompts have been chosen it is what it was');
      await chooseIn(page, 'effect-reference', 'As on another prompt…');
      assert.deepEqual(await last(), { type: 'chooseBaseline', baseline: 'twin' });
      await send(message(against()));
      assert.equal(await value(), 'mean');
      const chosen = page.getByTestId('choose-reference');
      assert.equal((await chosen.textContent())?.trim(), 'at its mean over 42 prompts of capitals.txt');
      await chosen.click();
      assert.deepEqual(await last(), { type: 'chooseBaseline', baseline: 'mean' });
      await chooseIn(page, 'effect-reference', 'Switched off');
      assert.deepEqual(await last(), { type: 'change', change: { baseline: { baseline: 'zero' } } });
      await close();
    });

    it('are called so on cards, in the legend and the table, hosted and in a file of its own', async () => {
      const hosted = await opened(against(), { pinned: [HEAD], colourBy: 'effect' });
      const card = hosted.page.getByTestId('pinned-card');
      assert.match(await effectLine(card), /^Effect against the mean, estimated/);
      assert.match(
        (await card.getByTestId('card-effect').getAttribute('title')) ?? '',
        /component at its mean over 42 prompts of capitals\.txt at/,
      );
      assert.match(
        (await hosted.page.getByTestId('legend-scale').textContent()) ?? '',
        /each component at its mean over 42 prompts of capitals\.txt/,
      );
      await hosted.close();
      const { page, close } = await openStandalone(browser, bundle, against());
      await chooseIn(page, 'colour-by', 'Estimated effect');
      assert.match((await page.getByTestId('legend-scale').textContent()) ?? '', /at its mean over 42 prompts of capitals\.txt/);
      await close();
    });

    it('that were measured against nothing are not those against a mean', async () => {
      const hosted = await opened(graph, { pinned: [HEAD] });
      const { page, send, close } = hosted;
      await page.getByTestId('measure').click();
      await answer(hosted, { of: 'measureEffects', component: component() } as const, measured());
      assert.match(await effectLine(page.getByTestId('pinned-card')), /^Effect, measured/);
      await send(message(against()));
      assert.match(await effectLine(page.getByTestId('pinned-card')), /^Effect against the mean, estimated/);
      await close();
    });

    it('say which tokens have no partner', async () => {
      const short = against();
      const { page, close } = await opened({ ...short, effects: { ...short.effects!, first: 2 } }, { colourBy: 'effect' });
      assert.match((await page.getByTestId('legend-unaligned').textContent()) ?? '', /prompts of the mean are shorter.*positions 0 to 1/);
      await close();
    });
  });

  describe('of all heads', () => {
    it('are shown in the overview instead of their shares, at the position under study, and remembered', async () => {
      const hosted = await opened(plain, { tab: 'overview' });
      const { page, posted, close, errors } = hosted;
      await answer(hosted, { of: 'overview' }, await sampleOverview({ nLayers: 4 }));
      const asked = async () => (await posted()).flatMap((said) => (said.type === 'requestInsight' ? [said.request] : []));
      assert.deepEqual(await asked(), [{ of: 'overview' }], 'effects are not asked for before they are seen');
      await page.getByTestId('heads-effect').click();
      await settle(page);
      assert.deepEqual((await asked()).at(-1), { of: 'effects' });
      assert.equal(await page.getByTestId('heads-grid').count(), 0, 'no figures under the wrong name meanwhile');
      const effects = await sampleEffects({ nLayers: 4 });
      await answer(hosted, { of: 'effects' }, effects);
      const [layer, head] = [1, 2];
      const value = effects.heads[layer]?.[head]?.[effects.position];
      assert.ok(typeof value === 'number');
      const cell = page.locator(`[data-testid=heads-grid] [data-row="${3 - layer}"][data-column="${head}"]`);
      const said = (await cell.getAttribute('aria-label')) ?? '';
      assert.match(said, /estimated effect/);
      assert.ok(Math.abs(Number(said.split(' ').at(-1)?.replace('−', '-')) - value) < 0.05, said);
      assert.match(await page.getByTestId('heads-scale').innerText(), /^Estimated effect on logit/);
      assert.equal(((await hosted.kept()) as { grid: { heads?: unknown } }).grid.heads, 'effect');
      assert.deepEqual(await violations(page), []);
      assert.deepEqual(complaints(errors), []);
      await page.getByTestId('heads-share').click();
      assert.match(await page.getByTestId('heads-scale').innerText(), /^Centred share/);
      await close();
    });

    it('say where those for and against nearly cancel, at the position and from every position', async () => {
      const effects = await sampleEffects({ nLayers: 4 });
      let sign = -1;
      const cancelling = {
        ...effects,
        heads: effects.heads.map((ofLayer) => ofLayer.map((head) => ((sign = -sign), head.map(() => sign)))),
      };
      const hosted = await opened(plain, { tab: 'overview', grid: { heads: 'effect' } });
      await answer(hosted, { of: 'overview' }, await sampleOverview({ nLayers: 4 }));
      await answer(hosted, { of: 'effects' }, cancelling);
      const note = hosted.page.getByTestId('heads-cancel');
      const heads = cancelling.heads.flat().length;
      assert.ok(
        (await note.innerText()).includes(`nearly cancel: they come to 0.0, of ${heads.toFixed(1)} in all`),
        await note.innerText(),
      );
      await hosted.page.getByTestId('heads-positions').click();
      const all = cancelling.heads.flat(2).length;
      assert.ok((await note.innerText()).includes(`of ${all.toFixed(1)} in all`), await note.innerText());
      await hosted.page.getByTestId('heads-share').click();
      assert.equal(await note.count(), 0, 'shares are exact: they may cancel');
      await hosted.close();
    });

    it('from every position, the strongest heads on top; a cell opens its head at its position', async () => {
      const hosted = await opened(plain, { tab: 'overview', grid: { heads: 'positions' } });
      const { page, posted, close } = hosted;
      await answer(hosted, { of: 'overview' }, await sampleOverview({ nLayers: 4 }));
      const effects = await sampleEffects({ nLayers: 4 });
      await answer(hosted, { of: 'effects' }, effects);
      const strength = ({ layer, head }: { layer: number; head: number }) =>
        Math.max(...effects.heads[layer][head].map((effect) => Math.abs(effect ?? 0)));
      const heads = effects.heads.flatMap((ofLayer, layer) => ofLayer.map((_, head) => ({ layer, head })));
      const [strongest] = heads.sort((a, b) => strength(b) - strength(a));
      const grid = page.getByTestId('positions-grid');
      assert.equal(await grid.locator('[role=rowheader]').count(), 20);
      assert.equal((await grid.locator('[role=rowheader]').first().innerText()).trim(), `L${strongest.layer} h${strongest.head}`);
      const position = effects.heads[strongest.layer][strongest.head].findIndex((effect) => Math.abs(effect ?? 0) === strength(strongest));
      const cell = grid.locator(`[data-row="0"][data-column="${position}"]`);
      const said = (await cell.getAttribute('aria-label')) ?? '';
      assert.match(said, new RegExp(`Layer ${strongest.layer}, head ${strongest.head}, position ${position}, .*: estimated effect`));
      await page.getByTestId('more-heads').click();
      assert.equal(await grid.locator('[role=rowheader]').count(), Math.min(40, heads.length));
      assert.deepEqual(await violations(page), []);
      await cell.click();
      const { layer, head } = strongest;
      const asked = (await posted()).flatMap((message) => (message.type === 'change' ? [message.change] : []));
      assert.deepEqual(asked.at(-1), { layers: { from: layer, to: layer }, position });
      assert.deepEqual(((await hosted.kept()) as { pinned: string[] }).pinned.at(-1), nodeId.headOut(layer, head));
      await close();
    });

    it('are there where no head has a share, since norms stand on the stream', async () => {
      const hosted = await opened(plain, { tab: 'overview', grid: { heads: 'effect' } });
      await answer(hosted, { of: 'overview' }, { ...(await sampleOverview({ nLayers: 4 })), blocks: [] });
      await answer(hosted, { of: 'effects' }, await sampleEffects({ nLayers: 4 }));
      assert.equal(await hosted.page.getByTestId('heads-grid').isVisible(), true);
      assert.equal(await hosted.page.getByTestId('no-shares').count(), 0);
      await hosted.close();
    });

    it('say that they are worth nothing where the gradient vanishes', async () => {
      const hosted = await opened(plain, { tab: 'overview', grid: { heads: 'effect' } });
      await answer(hosted, { of: 'overview' }, await sampleOverview({ nLayers: 4 }));
      const effects = await sampleEffects({ nLayers: 4 });
      await answer(hosted, { of: 'effects' }, { ...effects, effects: { ...effects.effects, saturated: 'soft-cap' } });
      assert.match(await hosted.page.getByTestId('heads-saturated').innerText(), /soft-cap, so the gradient vanishes/);
      await hosted.close();
    });
  });
});
