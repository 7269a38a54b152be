import assert from 'node:assert/strict';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import type { Comparison } from '../../src/core/format/comparison';
import type { FlowGraph, FlowNode } from '../../src/core/format/flow-graph';
import { nodeId } from '../../src/core/format/node-id';
import { EngineClient } from '../../src/engine-client/engine-client';
import { compareRequestOf, requestOf } from '../../webview/host/standalone';
import { formatNumber, formatProbability } from '../../webview/lib/format/number';
import { testLimit } from '../support/patience';
import { buildInspector, clickNode, complaints, launchChromium, openHosted, settle, type Bundle, type HostedPage } from './inspector-page';
import { SAMPLE_MODEL } from './insight-messages';

const ROOT = path.resolve(__dirname, '../..');
const LAYER = 1;
const COUNTS = { heads: 2, values: 2, top: 3, bottom: 2, tokens: 3 };
const SIDES = ['left', 'right'] as const;

describe('The inspector page, on a mixture of experts', function () {
  this.timeout(testLimit());
  const engine = new EngineClient({ entry: path.join(ROOT, 'dist/engine.js') });
  const model = (name: string) => ({ folder: path.join(ROOT, 'test/oracle/families/fixtures', name, 'model') });
  let browser: Browser;
  let bundle: Bundle;
  before(async () => {
    [browser, bundle] = await Promise.all([launchChromium(), buildInspector()]);
  });
  after(async () => {
    engine.dispose();
    await browser.close();
  });

  /** Prompts whose last tokens go to different experts. */
  const compared = (name: string): Promise<Comparison> =>
    engine.call('compare', {
      model: model(name),
      left: { prompt: { tokens: [3, 14, 15, 9, 26] }, options: {} },
      right: { prompt: { tokens: [8, 60, 2, 33, 19, 47] }, options: {} },
      options: { layers: { from: LAYER, to: LAYER }, counts: COUNTS },
    });

  async function opened(comparison: Comparison): Promise<HostedPage> {
    const hosted = await openHosted(browser, bundle);
    const request = compareRequestOf(comparison);
    await hosted.send({ type: 'comparison', fingerprint: SAMPLE_MODEL, comparison, request, origins: { left: {}, right: {} } });
    await hosted.page.keyboard.press('f');
    await settle(hosted.page);
    return hosted;
  }

  const pinned = ({ page }: HostedPage) => page.getByTestId('pinned-card');

  /** Pins a node alone. */
  async function pin(hosted: HostedPage, id: string): Promise<void> {
    await clickNode(hosted.page, id);
    await settle(hosted.page);
    assert.equal(await pinned(hosted).getAttribute('data-node'), id);
  }

  const routerOf = (graph: Pick<FlowGraph, 'nodes'>) => {
    const { experts } = graph.nodes.find(({ kind }) => kind === 'router') ?? assert.fail('no router');
    return experts ?? assert.fail('a router lists experts');
  };
  const chosenOf = (graph: Pick<FlowGraph, 'nodes'>) =>
    routerOf(graph).flatMap(({ expert, weight }) => (weight === undefined ? [] : [expert]));
  const figureOf = ({ probability, weight }: NonNullable<FlowNode['experts']>[number]) =>
    weight === undefined ? formatProbability(probability) : `${formatProbability(probability)} · ${formatNumber(weight)}`;

  for (const [name, heading] of [
    ['qwen2-moe', 'Likely experts probability · weight'],
    ['deepseek-v3', 'Best experts score · weight'],
  ] as const) {
    it(`compares where the routers of ${name} send two prompts: experts side by side, and which of the chosen ones only one side has`, async () => {
      const comparison = await compared(name);
      const [left, right] = SIDES.map((side) => chosenOf(comparison[side]));
      assert.notDeepEqual(left, right, 'the prompts must go to different experts for this to show anything');
      const hosted = await opened(comparison);
      await pin(hosted, nodeId.router(LAYER));
      const card = pinned(hosted);
      const title = (await card.locator('.card-list-title').first().locator('span').allTextContents()).join(' ');
      assert.equal(title, heading);
      for (const side of SIDES) {
        const experts = routerOf(comparison[side]);
        const rows = card.getByTestId(`card-experts-${side}`).locator('li');
        assert.deepEqual(
          await rows.locator('.list-token').allTextContents(),
          experts.map(({ expert }) => `e${expert}`),
        );
        assert.deepEqual(await rows.locator('.list-figure').allTextContents(), experts.map(figureOf));
        const [own, other] = side === 'left' ? [left, right] : [right, left];
        assert.deepEqual(
          await rows
            .filter({ has: hosted.page.locator('.only') })
            .locator('.list-token')
            .allTextContents(),
          own.filter((expert) => !other.includes(expert)).map((expert) => `e${expert}`),
        );
      }
      assert.deepEqual(complaints(hosted.errors), []);
      await hosted.close();
    });
  }

  it('writes score and weight of an expert on one line, below each other, on the card of a router', async () => {
    const prompt = { tokens: [3, 14, 15, 9, 26] };
    const graph = await engine.call('graph', {
      model: model('deepseek-v3'),
      prompt,
      options: { layers: { from: LAYER, to: LAYER }, counts: COUNTS },
    });
    const hosted = await openHosted(browser, bundle);
    await hosted.send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin: {} });
    await hosted.page.keyboard.press('f');
    await settle(hosted.page);
    await pin(hosted, nodeId.router(LAYER));
    const figures = pinned(hosted).getByTestId('card-experts').locator('.list-figure');
    assert.deepEqual(await figures.allTextContents(), routerOf(graph).map(figureOf));
    const boxes = await figures.evaluateAll((all) =>
      all.map((one) => ({ height: one.getBoundingClientRect().height, right: one.getBoundingClientRect().right })),
    );
    for (const { height, right } of boxes) assert.ok(height < 20 && right === boxes[0]?.right, JSON.stringify(boxes));
    await hosted.close();
  });

  it('has an expert that both prompts go to on one card with both weights, and one that a single prompt goes to as only there', async () => {
    const comparison = await compared('qwen2-moe');
    const [left, right] = SIDES.map((side) => chosenOf(comparison[side]));
    const both = left.find((expert) => right.includes(expert)) ?? assert.fail('no expert is chosen on both sides');
    const hosted = await opened(comparison);
    await pin(hosted, nodeId.expert(LAYER, both));
    const weights = await pinned(hosted).locator('tr', { hasText: 'Weight' }).locator('td').allTextContents();
    const known = SIDES.map((side) => comparison[side].nodes.find(({ id }) => id === nodeId.expert(LAYER, both))?.coefficient ?? 0);
    assert.deepEqual(
      weights.slice(0, 2),
      known.map((weight) => `+${formatNumber(weight)}`),
    );
    const offered = (component: string) =>
      pinned(hosted)
        .locator(`.what-if-row[data-component="${component}"] [data-testid]`)
        .evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset['testid']));
    const all = ['switch-off', 'patch-other', 'patch', 'mean'];
    assert.deepEqual(await offered(nodeId.expert(LAYER, both)), all);
    assert.deepEqual(await offered(`blocks.${LAYER}.mlp`), all);
    await hosted.close();

    const onlyRight = comparison.nodes.find(
      ({ left: l, right: r }) =>
        l === null &&
        r ===
          nodeId.expert(
            LAYER,
            right.find((e) => !left.includes(e))!,
          ),
    );
    assert(onlyRight, 'an expert of the right side alone is a node of its own');
    const other = await opened(comparison);
    await other.page.getByTestId('view-merged').click();
    await other.page.getByTestId('fit').click();
    await settle(other.page);
    await pin(other, onlyRight.id);
    assert.match((await pinned(other).textContent()) ?? '', /Only in B: What expert \d+ of layer 1 writes, times the weight/);
    assert.match((await pinned(other).getByText('not in this prompt').textContent()) ?? '', /not in this prompt/);
    await other.close();
  });

  it('lists experts and neurons of experts among what changed', async () => {
    const comparison = await compared('qwen2-moe');
    const hosted = await opened(comparison);
    await hosted.page.getByTestId('view-changes').click();
    await hosted.page.getByTestId('gathered').check();
    const listed = await hosted.page
      .getByTestId('change')
      .evaluateAll((rows) => rows.map((row) => (row as HTMLElement).dataset['node'] ?? ''));
    const text = await hosted.page.getByTestId('changes').innerText();
    assert(
      listed.some((id) => /mlp\.expert\.\d+$/.test(id)),
      'an expert',
    );
    assert(
      listed.some((id) => /mlp\.expert\.\d+\.neuron\.\d+$/.test(id)),
      'a neuron of an expert',
    );
    assert.match(text, /expert \d+ · output/);
    assert.match(text, /expert \d+ · neuron \d+ · value/);
    await hosted.close();
  });

  it('says on the card of a head how much of its attention goes to its sink, alone and in a comparison', async () => {
    const prompt = { tokens: [3, 14, 15, 9] };
    const graph = await engine.call('graph', { model: model('gpt-oss'), prompt, options: { layers: { from: 0, to: 1 } } });
    const heads = graph.nodes.filter(({ kind }) => kind === 'head_out');
    const head = heads.reduce((most, each) => ((each.sink ?? 0) > (most.sink ?? 0) ? each : most));
    const sink = head.sink ?? assert.fail('a head of gpt-oss has a sink');
    const read = graph.nodes.filter(
      ({ kind, layer, head: of }) => (kind === 'head_value' || kind === 'head_rest') && layer === head.layer && of === head.head,
    );
    assert(Math.abs(1 - sink - read.reduce((sum, { attention = 0 }) => sum + attention, 0)) < 1e-5, 'what sources do not get');
    assert(sink > 0.001, 'some head attends to its sink');
    const hosted = await openHosted(browser, bundle);
    await hosted.send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin: {} });
    await hosted.page.keyboard.press('f');
    await settle(hosted.page);
    await pin(hosted, head.id);
    const fact = pinned(hosted).locator('.card-facts div', { has: hosted.page.locator('dt', { hasText: /^Sink$/ }) });
    assert.equal(await fact.locator('dd').textContent(), formatProbability(sink));
    assert.match((await fact.getAttribute('title')) ?? '', /nothing is read/);
    await hosted.close();

    const comparison = await compared('gpt-oss');
    const both = await opened(comparison);
    const id = nodeId.headOut(LAYER, 0);
    await pin(both, id);
    const sinks = SIDES.map((side) => comparison[side].nodes.find((node) => node.id === id)?.sink ?? assert.fail(`no sink ${side}`));
    const cells = await pinned(both).locator('tr', { hasText: 'Sink' }).locator('td').allTextContents();
    assert.deepEqual(cells.slice(0, 2), sinks.map(formatProbability));
    await both.close();
  });
});
