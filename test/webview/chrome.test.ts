import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { requestOf } from '../../webview/host/standalone';
import { testLimit } from '../support/patience';
import { buildInspector, launchChromium, openHosted, settle, type Bundle } from './inspector-page';
import { SAMPLE_MODEL } from './insight-messages';
import { sampleGraph } from './sample-graph';

describe('What surrounds the flow graph', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  let graph: FlowGraph;
  before(async () => {
    [browser, bundle, graph] = await Promise.all([launchChromium(), buildInspector(), sampleGraph({ nLayers: 30, nHeads: 9 })]);
  });
  after(() => browser.close());

  for (const { width, height } of [
    { width: 461, height: 619 },
    { width: 621, height: 898 },
    { width: 771, height: 898 },
  ]) {
    it(`leaves the drawing at least 65 % of a panel of ${width}×${height}, and cuts nothing off`, async () => {
      const { page, send, close } = await openHosted(browser, bundle, { width, height });
      await send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin: { name: 'a.txt' } });
      await settle(page);
      const stage = await page.locator('.stage').boundingBox();
      assert.ok(stage && stage.height >= 0.65 * height, `${stage?.height} of ${height} px`);
      for (const name of [
        'tab-neurons',
        'go-back',
        'maximize',
        'target-input',
        'compare-with',
        'fit',
        'table-toggle',
        'share-kept',
        'keep-by',
        'legend-toggle',
      ]) {
        const box = await page.getByTestId(name).boundingBox();
        assert.ok(box && box.x >= 0 && box.x + box.width <= width && box.y + box.height <= height, `${name}: ${JSON.stringify(box)}`);
      }
      await close();
    });
  }

  for (const width of [321, 360, 461, 621, 771, 1000]) {
    it(`has its controls beside each other in a panel ${width} pixels wide, whole, none over another`, async () => {
      const { page, send, close } = await openHosted(browser, bundle, { width });
      await send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin: { name: 'a.txt' } });
      await settle(page);
      const wrong = await page.evaluate(() => {
        const controls = [...document.querySelectorAll('.top, .graph-header .toolbar, .graph-footer')]
          .flatMap((bar) => [...bar.querySelectorAll<HTMLElement>('button, vscode-button, vscode-dropdown, vscode-text-field, input')])
          .filter((control) => control.closest('[role=tablist], .runners-up') === null && control.checkVisibility())
          .map((control) => ({
            name: control.dataset['testid'] ?? control.outerHTML.slice(0, 60),
            box: control.getBoundingClientRect(),
            isSqueezed: control.matches('button, vscode-text-field') && control.scrollWidth > control.clientWidth + 1,
          }));
        const squeezed = controls.filter(({ isSqueezed }) => isSqueezed).map(({ name }) => `${name} has no room for its words`);
        const covered = controls.flatMap(({ name, box }, i) =>
          controls
            .slice(i + 1)
            .filter(
              ({ box: other }) =>
                Math.min(box.right, other.right) - Math.max(box.left, other.left) > 1 &&
                Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top) > 1,
            )
            .map((other) => `${name} and ${other.name}`),
        );
        return [...squeezed, ...covered];
      });
      assert.deepEqual(wrong, []);
      await close();
    });
  }

  it('leaves the drawing at least 60 % of a panel of 321×698: colours and the whole circuit are behind Detail', async () => {
    const { page, send, close } = await openHosted(browser, bundle, { width: 321, height: 698 });
    await send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin: { name: 'a.txt' } });
    await settle(page);
    const { y = 698, height = 0 } = (await page.locator('.stage').boundingBox()) ?? {};
    assert.ok(y <= 200 && height >= 0.6 * 698, `the drawing begins at ${y} and has ${height} pixels`);
    const chosenOnce = ['colour-by', 'whole-circuit'].map((part) => page.getByTestId(part));
    for (const part of chosenOnce) assert.equal(await part.isVisible(), false);
    await page.getByTestId('detail-toggle').click();
    for (const part of chosenOnce) assert.equal(await part.isVisible(), true);
    await close();
  });

  it('names what else the model considers, each of which can be made the target', async () => {
    const { page, send, posted, close } = await openHosted(browser, bundle, { width: 1000 });
    await send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin: {} });
    const second = graph.stream.at(-1)?.reading.top.find(({ id }) => id !== graph.target.id) ?? assert.fail();
    await page.getByTestId('runners-up').locator('button').first().click();
    assert.deepEqual(
      (await posted()).filter(({ type }) => type === 'change'),
      [{ type: 'change', change: { target: second.text } }],
    );
    await close();
  });

  it('asks for the whole width by M and for the recent prompts by a button, but not while somebody is typing', async () => {
    const { page, send, posted, close } = await openHosted(browser, bundle, { width: 1000 });
    await send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin: {} });
    await page.getByTestId('target-input').locator('input').focus();
    await page.keyboard.press('m');
    await page.getByTestId('canvas').focus();
    await page.keyboard.press('m');
    await page.getByTestId('recent-prompts').click();
    assert.deepEqual(
      (await posted()).flatMap((message) => (message.type === 'command' ? [message.command] : [])),
      ['toggleMaximized', 'recentPrompts'],
    );
    await close();
  });
});
