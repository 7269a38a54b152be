import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { nodeId } from '../../src/core/format/node-id';
import { GLOSSARY } from '../../src/core/present/glossary';
import { testLimit } from '../support/patience';
import { buildInspector, clickNode, launchChromium, openStandalone, settle, type Bundle } from './inspector-page';
import { sampleGraph } from './sample-graph';

describe('Terms on the inspector page', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  let graph: FlowGraph;
  before(async () => {
    [browser, bundle, graph] = await Promise.all([launchChromium(), buildInspector(), sampleGraph()]);
  });
  after(() => browser.close());

  it('are explained in the words of the glossary, on cards and in the table', async () => {
    const { page, close } = await openStandalone(browser, bundle, graph);
    const explained = async (within: string) =>
      new Map(
        await page
          .locator(`${within} .term`)
          .evaluateAll((terms) => terms.map((term) => [term.textContent, (term as HTMLElement).title] as const)),
      );
    const [layer] = graph.layers;
    await clickNode(page, nodeId.attnOut(layer));
    const card = await explained('[data-testid=pinned-card]');
    assert.deepEqual([card.get('Share'), card.get('Norm'), card.get('Entropy')], [GLOSSARY.share, GLOSSARY.norm, GLOSSARY.entropy]);
    await page.getByTestId('table-toggle').click();
    await settle(page);
    const table = await explained('.table');
    assert.deepEqual(
      [table.get('Share'), table.get('Concat'), table.get('W_O neurons')],
      [GLOSSARY.share, GLOSSARY.concat, GLOSSARY.outputRow],
    );
    await close();
  });
});
