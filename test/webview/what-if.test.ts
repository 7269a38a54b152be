import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { attribute, attributionLines, nodesForShare } from '../../src/core/analyse/attribution';
import type { Comparison } from '../../src/core/format/comparison';
import { pruned } from '../../src/core/present/pruned';
import { measuredFigures, targetInWords } from '../../src/core/present/describe';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { nodeId } from '../../src/core/format/node-id';
import type { HostMessage } from '../../src/core/protocol/inspector';
import type { PageMessage } from '../../src/core/protocol/page-messages';
import { showToken } from '../../src/core/text/token-text';
import { formatProbability } from '../../webview/lib/format/number';
import { compareRequestOf, requestOf } from '../../webview/host/standalone';
import { shownIn } from '../support/fields';
import { testLimit } from '../support/patience';
import { violationsInEveryTheme } from './accessibility';
import {
  locate,
  buildInspector,
  clickNode,
  complaints,
  hover,
  launchChromium,
  openHosted,
  openStandalone,
  settle,
  type Bundle,
  type HostedPage,
} from './inspector-page';
import { SAMPLE_MODEL } from './insight-messages';
import { sampleComparison, sampleWhatIf } from './sample-comparison';
import { sampleGraph } from './sample-graph';

const HEAD = nodeId.headOut(2, 3);

describe('The inspector page, asking what if', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  let graph: FlowGraph;
  let changed: Comparison;
  before(async () => {
    [browser, bundle, graph, changed] = await Promise.all([
      launchChromium(),
      buildInspector(),
      sampleGraph({ nLayers: 4, layers: { from: 2, to: 2 } }),
      sampleWhatIf(HEAD),
    ]);
  });
  after(() => browser.close());

  const graphMessage = (of: FlowGraph = graph): HostMessage => ({
    type: 'graph',
    fingerprint: SAMPLE_MODEL,
    graph: of,
    request: requestOf(of),
    origin: {},
  });
  const whatIfMessage = (of: Comparison = changed): HostMessage => ({
    type: 'comparison',
    fingerprint: SAMPLE_MODEL,
    comparison: of,
    request: compareRequestOf(of),
    origins: { left: {}, right: {} },
  });

  async function opened(message: HostMessage, options: Parameters<typeof openHosted>[2] = {}): Promise<HostedPage> {
    const hosted = await openHosted(browser, bundle, options);
    await hosted.send(message);
    return hosted;
  }
  const lastOf = async ({ posted }: HostedPage): Promise<PageMessage | undefined> =>
    (await posted()).filter(({ type }) => type !== 'highlight').at(-1);
  const rows = (page: Page) =>
    page
      .getByTestId('pinned-card')
      .locator('.what-if-name')
      .evaluateAll((names) => names.map((name) => (name as HTMLElement).title));

  it('says on the hover card that there is a what if, only where there is one', async () => {
    const { page, close } = await opened(graphMessage());
    await page.keyboard.press('f');
    await settle(page);
    await hover(page, HEAD);
    assert.match((await page.getByTestId('card').textContent()) ?? '', /Click to pin or change/);
    await hover(page, 'blocks.2.ln1.hook_normalized');
    assert.doesNotMatch((await page.getByTestId('card').textContent()) ?? '', /or change/);
    await close();
  });

  it('offers a source, its head and the attention on one card, a neuron with its layer on another', async () => {
    const hosted = await opened(graphMessage());
    const { page, close } = hosted;
    const source = graph.nodes.find(({ kind, head }) => kind === 'head_value' && head === 3);
    const neuron = graph.nodes.find(({ kind }) => kind === 'neuron_value');
    assert.ok(source && neuron);
    await page.keyboard.press('f');
    await settle(page);
    await clickNode(page, source.id);
    assert.deepEqual(await rows(page), [source.id, HEAD, 'blocks.2.attn']);
    await page.getByTestId('switch-off').nth(2).click();
    assert.deepEqual(await lastOf(hosted), { type: 'intervene', intervention: { mode: 'zero', component: 'blocks.2.attn' } });
    await page.getByTestId('pinned-close').click();
    await clickNode(page, neuron.id);
    assert.deepEqual(await rows(page), [neuron.id, 'blocks.2.mlp']);
    await close();
  });

  it('changes a component at the position under study only, where that is chosen; a source is read from there in any case', async () => {
    const hosted = await opened(graphMessage());
    const { page, close } = hosted;
    const source = graph.nodes.find(({ kind, head }) => kind === 'head_value' && head === 3);
    assert.ok(source);
    await page.keyboard.press('f');
    await settle(page);
    await clickNode(page, source.id);
    const here = page.getByTestId('change-here');
    const token = showToken(graph.tokens[graph.position]);
    assert.equal((await here.locator('..').textContent())?.trim(), `Only at ‘${token}’ (${graph.position})`);
    await here.check();
    const at = (name: string) => `${name}@${graph.position}`;
    assert.deepEqual(await rows(page), [source.id, at(HEAD), at('blocks.2.attn')]);
    await page.getByTestId('switch-off').nth(1).click();
    assert.deepEqual(await lastOf(hosted), { type: 'intervene', intervention: { mode: 'zero', component: at(HEAD) } });
    await page.getByTestId('patch').nth(1).click();
    await page.getByTestId('patch-confirm').click();
    assert.deepEqual(await lastOf(hosted), {
      type: 'intervene',
      intervention: { mode: 'patch', component: at(HEAD), from: { text: graph.prompt } },
    });
    await here.uncheck();
    assert.deepEqual(await rows(page), [source.id, HEAD, 'blocks.2.attn']);
    await close();
  });

  it('says on a chip at which token a component is changed, and takes back a change that contains the chosen position', async () => {
    const hosted = await opened(whatIfMessage());
    const { page, send, close } = hosted;
    const { tokens, position } = changed.right;
    const message = whatIfMessage();
    assert.ok(message.type === 'comparison');
    const off = (component: string) => ({ mode: 'zero', component }) as const;
    const words = async (component: string) => {
      await send({ ...message, request: { ...message.request, interventions: [off(component)] } });
      return (await page.getByTestId('intervention').first().textContent())?.trim();
    };
    assert.equal(await words(`${HEAD}@${position}`), `head 3 of layer 2 at ‘${showToken(tokens[position])}’ (${position}) off`);
    assert.equal(await words(`${HEAD}@0,1-2`), 'head 3 of layer 2 at positions 0 and 1 to 2 off');
    assert.equal(await words(HEAD), 'head 3 of layer 2 off');
    await page.keyboard.press('f');
    await settle(page);
    await clickNode(page, HEAD);
    await page.getByTestId('change-here').first().check();
    await page.getByTestId('put-back').first().click();
    assert.deepEqual(await lastOf(hosted), { type: 'takeBack', component: HEAD });
    await close();
  });

  it('is asked by keyboard alone, from the table', async () => {
    const hosted = await opened(graphMessage());
    const { page, close } = hosted;
    await page.getByTestId('table-toggle').click();
    await page.getByTestId('nodes-tree').click();
    await page.getByTestId('tree').locator('[tabindex="0"]').focus();
    await page.keyboard.type('attention o');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    for (let i = 0; i < 8 && !(await page.evaluate(() => document.activeElement?.getAttribute('data-testid') === 'switch-off')); i++)
      await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    assert.deepEqual(await lastOf(hosted), { type: 'intervene', intervention: { mode: 'zero', component: 'blocks.2.attn' } });
    await close();
  });

  it('replaces a component by what it is on a typed prompt, which begins as the shown one', async () => {
    const hosted = await opened(graphMessage());
    const { page, close } = hosted;
    await page.keyboard.press('f');
    await settle(page);
    await clickNode(page, HEAD);
    await page.getByTestId('patch').first().click();
    const prompt = page.getByTestId('patch-prompt');
    assert.equal(await prompt.inputValue(), graph.prompt);
    await prompt.fill('The capital of France is the city of');
    await prompt.press('Enter');
    assert.deepEqual(await lastOf(hosted), {
      type: 'intervene',
      intervention: { mode: 'patch', component: HEAD, from: { text: 'The capital of France is the city of' } },
    });
    await close();
  });

  it('asks for the prompts of a mean, and says on chip and card whose mean took its place', async () => {
    const hosted = await opened(graphMessage());
    const { page, send, close } = hosted;
    await page.keyboard.press('f');
    await settle(page);
    await clickNode(page, HEAD);
    await page.getByTestId('mean').first().click();
    assert.deepEqual(await lastOf(hosted), { type: 'interveneWithMean', component: HEAD });
    const { left, right, ...rest } = changed;
    const nodes = right.nodes.map((node) => (node.id === HEAD ? { ...node, intervention: 'mean' as const } : node));
    const applied = { mode: 'mean', component: HEAD, prompts: 42, name: 'capitals.txt', fewest: 40, fingerprint: 'f' } as const;
    await send(whatIfMessage({ left, right: { ...right, nodes, interventions: [applied] }, ...rest }));
    assert.equal(
      (await page.getByTestId('intervention').textContent())?.trim(),
      'head 3 of layer 2 set to its mean over 42 prompts of capitals.txt',
    );
    assert.match((await page.getByTestId('card-intervention').textContent()) ?? '', /set to its mean over other prompts/);
    await close();
  });

  it('keeps what is being typed while cards are drawn again, until it has been done, and the keyboard where it was', async () => {
    const { page, send, close } = await opened(graphMessage());
    const active = () => page.evaluate(() => document.activeElement?.getAttribute('data-testid'));
    const prompt = page.getByTestId('patch-prompt');
    await page.keyboard.press('f');
    await settle(page);
    await clickNode(page, HEAD);
    await page.getByTestId('patch').first().focus();
    await page.keyboard.press('Enter');
    assert.equal(await active(), 'patch-prompt');
    await page.keyboard.type('The capital of Fran');
    await send({
      type: 'insightProgress',
      id: null,
      request: { of: 'headMemory', layer: 2, head: 3 },
      progress: { message: 'Reading', done: 0 },
    });
    await send(graphMessage({ ...graph, position: 0 }));
    await page.keyboard.type('ce');
    assert.equal(await prompt.inputValue(), 'The capital of France');

    const patched = { mode: 'patch', component: HEAD, from: { text: 'The capital of France' } } as const;
    const both = { ...changed, left: { ...changed.left, prompt: graph.prompt }, right: { ...changed.right, prompt: graph.prompt } };
    await send({ ...whatIfMessage(both), request: { ...compareRequestOf(both), interventions: [patched] } } as HostMessage);
    assert.equal(await prompt.count(), 0);

    await page.getByTestId('patch').first().focus();
    await page.keyboard.press('Enter');
    assert.equal(await active(), 'patch-prompt');
    await page.keyboard.press('Escape');
    assert.deepEqual([await prompt.count(), await active()], [0, 'patch'], 'the button that opened the form');
    await close();
  });

  it('puts the change of the prediction on top, and calls the sides before and after everywhere', async () => {
    const { page, close } = await opened(whatIfMessage());
    const verdict = (await page.getByTestId('outcome').textContent()) ?? '';
    for (const [side, name] of [
      ['left', 'Before'],
      ['right', 'After'],
    ] as const) {
      const top = changed[side].stream.at(-1)?.reading.top[0];
      assert.ok(top);
      assert.ok(verdict.includes(`${name}: ${showToken(top)}${formatProbability(top.probability)}`), `${verdict} has ${name}`);
    }
    const target = (await page.getByTestId('outcome-target').textContent()) ?? '';
    for (const {
      target: { rank, probability },
    } of [changed.left, changed.right])
      assert.ok(target.includes(`#${rank}`) && target.includes(formatProbability(probability)), target);
    const sides = async (): Promise<string> =>
      page.locator('#app').evaluate((app) =>
        [...app.querySelectorAll<HTMLElement>('*')]
          .filter((each) => each.checkVisibility())
          .flatMap((each) => [each.getAttribute('aria-label') ?? '', each.children.length === 0 ? (each.textContent ?? '') : ''])
          .join('\n'),
      );
    await page.keyboard.press('f');
    await settle(page);
    await clickNode(page, HEAD);
    for (const view of ['view-sides', 'view-merged', 'view-changes', 'view-tree']) {
      await page.getByTestId(view).click();
      await settle(page);
      const said = await sides();
      assert.match(said, /Before/, view);
      assert.match(said, /After/, view);
      assert.doesNotMatch(said, /^[AB]$|\b(?:in|of|Prompt) [AB]\b|^[AB] reads/m, view);
    }
    assert.equal(await page.getByTestId('side-right').isVisible(), false, 'one prompt is shown once');
    await close();
  });

  it('keeps A and B for two prompts, also when one of them is changed', async () => {
    const two = await sampleComparison();
    const hosted = await opened(whatIfMessage({ ...two, right: { ...two.right, interventions: [{ mode: 'zero', component: HEAD }] } }));
    const { page, close } = hosted;
    assert.deepEqual(await page.locator('.side .side-badge').allTextContents(), ['A', 'B']);
    assert.equal(await page.getByTestId('outcome').isVisible(), false);
    assert.match((await page.getByTestId('interventions').textContent()) ?? '', /^B runs with/);
    await page.keyboard.press('f');
    await settle(page);
    await clickNode(page, nodeId.attnOut(2));
    await page.getByTestId('patch-other').click();
    assert.deepEqual(await lastOf(hosted), {
      type: 'intervene',
      intervention: { mode: 'patch', component: 'blocks.2.attn', from: { text: two.left.prompt } },
    });
    await close();
  });

  it('adds a second intervention from either side, takes one back by keyboard, and all at once', async () => {
    const hosted = await opened(whatIfMessage());
    const { page, send, close } = hosted;
    const head = { mode: 'zero', component: HEAD } as const;
    const layer = { mode: 'zero', component: 'blocks.2.mlp' } as const;
    await page.keyboard.press('f');
    await settle(page);
    for (const side of ['left', 'right'] as const) {
      await page.getByTestId(`canvas-${side}`).hover({ position: { x: 4, y: 60 } });
      await clickNode(page, nodeId.mlpOut(2));
      await page.getByTestId('switch-off').first().click();
      assert.deepEqual(await lastOf(hosted), { type: 'intervene', intervention: layer }, side);
      await page.getByTestId('unpin-all').click();
    }
    const both = { ...changed, right: { ...changed.right, interventions: [head, layer] } };
    await send(whatIfMessage(both));
    const chips = page.getByTestId('intervention');
    assert.deepEqual(await chips.allTextContents(), ['head 3 of layer 2 off', 'feed-forward layer 2 off']);
    assert.deepEqual(await chips.evaluateAll((each) => each.map((chip) => (chip as HTMLElement).title)), [HEAD, 'blocks.2.mlp']);
    const takeBack = page.getByTestId('take-back');
    assert.match((await takeBack.first().getAttribute('aria-label')) ?? '', /head 3 of layer 2 off.*blocks\.2\.attn\.head\.3/);
    await takeBack.first().focus();
    await page.keyboard.press('Delete');
    assert.deepEqual(await lastOf(hosted), { type: 'takeBack', component: HEAD });
    await send(whatIfMessage({ ...both, right: { ...both.right, interventions: [layer] } }));
    assert.equal(await takeBack.evaluate((each) => each === document.activeElement), true, 'the focus goes to the chip that is left');
    await page.keyboard.press('Enter');
    assert.deepEqual(await lastOf(hosted), { type: 'takeBack', component: 'blocks.2.mlp' });
    await page.getByTestId('take-all-back').click();
    assert.deepEqual(await lastOf(hosted), { type: 'takeBack', component: null });
    await close();
  });

  it('goes on with the keyboard where another screen opens', async () => {
    const { page, send, close } = await opened(whatIfMessage());
    await page.getByTestId('take-back').focus();
    await send(graphMessage());
    assert.equal(await page.evaluate(() => document.activeElement !== document.body), true);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.querySelector('.view')?.contains(document.activeElement)), true);
    await close();
  });

  it('keeps what accounts for a part of the share on either side, and what is pinned', async () => {
    const { page, close } = await opened(whatIfMessage());
    for (const side of ['left', 'right'] as const) {
      const lines = attributionLines(attribute(changed[side]), measuredFigures(changed[side]));
      assert.ok(lines.includes((await page.getByTestId(`${side}-share-line`).textContent()) ?? ''));
      assert.ok((await page.getByTestId(`${side}-share-line`).getAttribute('title'))?.startsWith(lines[0]));
    }
    const [pinned, gone] = changed.left.nodes.filter(
      ({ id }) => !nodesForShare(changed.left, 0.2).has(id) && !nodesForShare(changed.right, 0.2).has(id),
    );
    assert.ok(gone, 'the sample has something that is not kept');
    const ofEither = new Set([...nodesForShare(changed.left, 0.2), ...nodesForShare(changed.right, 0.2)]);
    // Stages of which nothing is kept go; what stands for what is left out was not there before.
    const { nodes, gathered } = pruned(changed.left, ofEither);
    const kept = nodes.map(({ id }) => id).filter((id) => !gathered.has(id));
    // It begins elsewhere: all of it is brought into sight, and then stays at a scale of its own.
    await page.getByTestId('fit').click();
    await clickNode(page, pinned.id);
    await page.getByTestId('zoom-in').click();
    const height = async (): Promise<number> => {
      const boxes = await Promise.all(kept.map((id) => locate(page, id)));
      return Math.max(...boxes.map(({ top }) => top)) - Math.min(...boxes.map(({ top }) => top));
    };
    const before = await height();
    await page.getByTestId('share-kept').fill('20');
    await settle(page);
    assert.ok((await height()) < before, 'what is kept closes up');
    for (const drawing of ['sides', 'merged']) {
      await page.getByTestId(`view-${drawing}`).click();
      await settle(page);
      assert.ok(await locate(page, pinned.id), 'what is pinned stays');
      await assert.rejects(locate(page, gone.id), /draws no node/);
    }
    await close();
  });

  it('is a file of its own: before and after, chips without buttons, nothing to switch', async () => {
    const { page, errors, close } = await openStandalone(browser, bundle, changed);
    assert.equal(await page.getByTestId('outcome').isVisible(), true);
    assert.equal(await page.getByTestId('intervention').textContent(), 'head 3 of layer 2 off');
    for (const absent of ['take-back', 'take-all-back', 'what-if']) assert.equal(await page.getByTestId(absent).count(), 0, absent);
    assert.deepEqual(complaints(errors), []);
    await close();
  });

  it('has no accessibility violation in any theme', async () => {
    const { page, close } = await opened(whatIfMessage());
    await page.keyboard.press('f');
    await settle(page);
    await clickNode(page, HEAD);
    await page.getByTestId('patch').first().click();
    await page.getByTestId('against-open').first().click();
    assert.deepEqual(await violationsInEveryTheme(page), []);
    await close();
  });

  for (const width of [360, 700]) {
    it(`fits a panel ${width} pixels wide`, async () => {
      const { page, close } = await opened(whatIfMessage(), { width });
      await page.getByTestId('detail-toggle').click(); // targets are under it in a narrow panel
      await page.getByTestId('against-open').first().click();
      const wide = await page.evaluate(() =>
        [
          ...document.querySelectorAll<HTMLElement>(
            '#app, .header > *, .outcome > *, .interventions > *, .side > *, .target > *, .toolbar > *, .shares > *, .pane',
          ),
        ]
          .filter(
            (element) =>
              element.offsetParent !== null &&
              (element.getBoundingClientRect().right > innerWidth + 0.5 || element.getBoundingClientRect().left < -0.5),
          )
          .map((element) => element.className),
      );
      assert.deepEqual(wide, []);
      await close();
    });
  }
});

describe('The inspector page, asking for the difference of two logits', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  let graph: FlowGraph;
  let difference: FlowGraph;
  before(async () => {
    [browser, bundle, graph] = await Promise.all([launchChromium(), buildInspector(), sampleGraph()]);
    const against = graph.stream.at(-1)?.reading.top[1];
    assert.ok(against);
    difference = { ...graph, target: { ...graph.target, against, measure: 'difference' } };
  });
  after(() => browser.close());

  const message = (of: FlowGraph): HostMessage => ({
    type: 'graph',
    fingerprint: SAMPLE_MODEL,
    graph: of,
    request: requestOf(of),
    origin: {},
  });

  it('has a field for the second token behind a button, takes a token, and lets it go', async () => {
    const { page, send, posted, close } = await openHosted(browser, bundle);
    await send(message(graph));
    const field = page.getByTestId('against-input');
    assert.equal(await field.isVisible(), false);
    await page.getByTestId('against-open').click();
    const input = field.locator('input');
    assert.equal(await input.evaluate((each) => (each.getRootNode() as ShadowRoot).host === document.activeElement), true);
    await input.fill('·Kyoto');
    await input.press('Enter');
    assert.deepEqual((await posted()).at(-1), { type: 'change', change: { against: ' Kyoto' } });
    await send(message(difference));
    await page.getByTestId('against-clear').click();
    assert.deepEqual((await posted()).at(-1), { type: 'change', change: { against: null } });
    await send(message(graph));
    assert.equal(await field.isVisible(), false);
    await close();
  });

  it('explains a second token that is no single token, in its own field, and takes a suggestion for it', async () => {
    const { page, send, posted, close } = await openHosted(browser, bundle);
    await send(message(graph));
    await send({
      type: 'targetProblem',
      text: 'New York',
      pieces: [
        { id: 3, text: 'New' },
        { id: 4, text: ' York' },
      ],
      near: [{ id: 9, text: ' York' }],
      field: { of: 'against' },
    });
    assert.equal(await shownIn(page.getByTestId('against-input')), 'New York');
    assert.equal(await shownIn(page.getByTestId('target-input')), '');
    assert.match((await page.getByTestId('target-problem').textContent()) ?? '', /2 tokens; the second token must be a single token/);
    await page.getByTestId('near-9').click();
    assert.deepEqual((await posted()).at(-1), { type: 'change', change: { against: ' York' } });
    await close();
  });

  it('names the difference on the share line, on cards, in the legend, and in a file of its own', async () => {
    const name = targetInWords(difference);
    const { page, close } = await openStandalone(browser, bundle, difference);
    assert.ok((await page.getByTestId('share-line').getAttribute('title'))?.includes(`logit difference ${name}`));
    assert.ok((await page.getByTestId('target-text').textContent())?.includes(name));
    await page.getByTestId('colour-by').click();
    await page.getByTestId('colour-by').locator('vscode-option').nth(1).click();
    assert.ok((await page.getByTestId('legend-scale').textContent())?.startsWith(`Share of logit difference ${name}`));
    await page.keyboard.press('f');
    await settle(page);
    await hover(page, nodeId.attnOut(11));
    assert.ok((await page.getByTestId('card').textContent())?.includes(`Share of ${name}`));
    await close();
  });
});
