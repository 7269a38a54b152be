import assert from 'node:assert/strict';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { nodeId } from '../../src/core/format/node-id';
import type { PageMessage } from '../../src/core/protocol/page-messages';
import { EngineClient } from '../../src/engine-client/engine-client';
import { compareRequestOf, requestOf } from '../../webview/host/standalone';
import { testLimit } from '../support/patience';
import { buildInspector, clickNode, launchChromium, openHosted, settle, type Bundle, type HostedPage } from './inspector-page';
import { SAMPLE_MODEL } from './insight-messages';

const ROOT = path.resolve(__dirname, '../..');
const folder = path.join(ROOT, 'test/oracle/adapters/fixtures/llama/adapter');
const UPDATE = nodeId.attnUpdate(0);

describe('The inspector page, on a model with an adapter', function () {
  this.timeout(testLimit());
  const engine = new EngineClient({ entry: path.join(ROOT, 'dist/engine.js') });
  const asked = { model: { folder }, prompt: { tokens: [3, 14, 15, 9] } } as const;
  let browser: Browser;
  let bundle: Bundle;
  let graph: FlowGraph;
  before(async () => {
    [browser, bundle, graph] = await Promise.all([
      launchChromium(),
      buildInspector(),
      engine.call('graph', { ...asked, options: { layers: { from: 0, to: 1 } } }),
    ]);
  });
  after(async () => {
    engine.dispose();
    await browser.close();
  });

  const lastOf = async ({ posted }: HostedPage): Promise<PageMessage | undefined> =>
    (await posted()).filter(({ type }) => type !== 'highlight').at(-1);

  it('switches an update off from its card: of the matrix, the branch, the layer, or the whole adapter', async () => {
    const hosted = await openHosted(browser, bundle);
    const { page, send, close } = hosted;
    await send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin: {} });
    await page.keyboard.press('f');
    await settle(page);
    await clickNode(page, UPDATE);
    const card = page.getByTestId('pinned-card');
    const names = await card.locator('.what-if-name').evaluateAll((all) => all.map((name) => (name as HTMLElement).title));
    assert.deepEqual(names, [UPDATE, 'blocks.0.attn.adapter', 'blocks.0.adapter', 'adapter']);
    for (const [index, component] of names.entries()) {
      await card.getByTestId('switch-off').nth(index).click();
      assert.deepEqual(await lastOf(hosted), { type: 'intervene', intervention: { mode: 'zero', component } });
    }
    // It is part of the weights: there is no position at which alone it could be off, and no value on another prompt.
    for (const absent of ['change-here', 'patch', 'mean']) assert.equal(await card.getByTestId(absent).count(), 0, absent);
    await close();
  });

  it('takes back that it is off, where that is shown', async () => {
    const comparison = await engine.call('compare', {
      model: asked.model,
      left: { prompt: asked.prompt, options: {} },
      right: { prompt: asked.prompt, options: { interventions: [{ mode: 'zero', component: 'adapter' }] } },
      options: { layers: { from: 0, to: 1 } },
    });
    const hosted = await openHosted(browser, bundle);
    const { page, send, close } = hosted;
    const request = compareRequestOf(comparison);
    await send({ type: 'comparison', fingerprint: SAMPLE_MODEL, comparison, request, origins: { left: {}, right: {} } });
    await page.keyboard.press('f');
    await settle(page);
    await clickNode(page, UPDATE);
    const back = page.getByTestId('pinned-card').getByTestId('put-back');
    assert.equal((await back.last().textContent())?.trim(), 'Switch on');
    await back.last().click();
    assert.deepEqual(await lastOf(hosted), { type: 'takeBack', component: 'adapter' });
    await close();
  });
});
