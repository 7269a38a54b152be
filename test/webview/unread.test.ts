import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { isUnread } from '../../src/core/format/unread';
import { seenFirst } from '../../src/core/present/rows/seen-first';
import type { HostMessage } from '../../src/core/protocol/inspector';
import { requestOf } from '../../webview/host/standalone';
import { testLimit } from '../support/patience';
import { buildInspector, clickNode, complaints, hover, launchChromium, locate, openHosted, settle, type Bundle } from './inspector-page';
import { SAMPLE_MODEL } from './insight-messages';
import { sampleGraph } from './sample-graph';

/** A graph as it comes first: only what is seen first has been read. */
function begun(graph: FlowGraph): FlowGraph {
  const seen = seenFirst(graph);
  const nodes = graph.nodes.map((node) => {
    if (seen.has(node.id)) return node;
    const { also: _, ...rest } = node;
    return { ...rest, reading: null, label: '' };
  });
  return { ...graph, nodes, unread: nodes.filter(isUnread).length };
}

const shown = (graph: FlowGraph): HostMessage => ({
  type: 'graph',
  fingerprint: SAMPLE_MODEL,
  graph,
  request: requestOf(graph),
  origin: {},
  seen: 'one',
});

describe('A node that has not been read yet', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  let graph: FlowGraph;
  before(async () => {
    [browser, bundle, graph] = await Promise.all([launchChromium(), buildInspector(), sampleGraph({ nHeads: 6 })]);
  });
  after(() => browser.close());

  const unreadKey = (): FlowGraph['nodes'][number] =>
    begun(graph).nodes.find((node) => node.kind === 'ln1' && isUnread(node)) ?? assert.fail('a norm is drawn that is not seen first');

  it('says so under the pointer, is asked for once, and is read there', async () => {
    const { page, send, posted, errors, close } = await openHosted(browser, bundle);
    await send(shown(begun(graph)));
    const { id } = unreadKey();
    const asked = async () => (await posted()).filter(({ type }) => type === 'readNodes');
    assert.deepEqual(await asked(), []);
    const place = await locate(page, id);
    await hover(page, id);
    const card = page.getByTestId('card');
    assert.match((await card.textContent()) ?? '', /Being read as tokens/);
    await page.mouse.move(1, 1);
    await hover(page, id);
    assert.deepEqual(await asked(), [{ type: 'readNodes', ids: [id] }]);
    const node = graph.nodes.find((each) => each.id === id) ?? assert.fail();
    await send({ type: 'nodesRead', nodes: [node], seen: 'another' });
    assert.equal(await card.getByTestId('card-unread').count(), 1, 'of another graph');
    await send({ type: 'nodesRead', nodes: [node], seen: 'one' });
    assert.equal(await card.getByTestId('card-unread').count(), 0);
    assert.ok((await card.getByTestId('card-tokens').locator('.list-token').count()) > 0);
    assert.deepEqual(await locate(page, id), place, 'the drawing stays where it is');
    assert.deepEqual(complaints(errors), []);
    await close();
  });

  it('is asked for where it is pinned, and its card says that it is being read', async () => {
    const { page, send, posted, close } = await openHosted(browser, bundle);
    await send(shown(begun(graph)));
    const { id } = unreadKey();
    await clickNode(page, id);
    const card = page.getByTestId('dock').locator(`[data-node="${id}"]`);
    assert.equal(await card.getByTestId('card-unread').count(), 1);
    assert.ok((await posted()).some((message) => message.type === 'readNodes' && message.ids.includes(id)));
    await send({ type: 'graphRead', graph, seen: 'one' });
    assert.equal(await card.getByTestId('card-unread').count(), 0);
    assert.ok((await card.getByTestId('card-top-list').locator('li').count()) > 0);
    await close();
  });

  for (const wholeCircuit of [false, true])
    it(`looks as if it had been read from the start once all are, ${wholeCircuit ? 'in the whole circuit' : 'in rows'}`, async () => {
      const pictures: string[] = [];
      for (const first of [begun(graph), graph]) {
        const { page, send, close } = await openHosted(browser, bundle, { kept: { wholeCircuit } });
        await send(shown(first));
        if (first.unread !== undefined) {
          const before = (await page.screenshot()).toString('base64');
          await send({ type: 'graphRead', graph, seen: 'one' });
          await settle(page);
          const after = (await page.screenshot()).toString('base64');
          // What has a row is read from the start, and what is not says so in the whole circuit.
          assert.equal(before === after, !wholeCircuit);
        }
        pictures.push((await page.screenshot()).toString('base64'));
        await close();
      }
      assert.equal(pictures[0] === pictures[1], true);
    });

  it('has an ellipsis for its token in the table, which is not copied until all have been read', async () => {
    const { page, send, close } = await openHosted(browser, bundle, { kept: { mode: 'table' } });
    const tokens = () => page.getByTestId('node-row').locator('.reads').allTextContents();
    const isCopied = () => page.getByTestId('copy-nodes').evaluate((button) => !(button as HTMLButtonElement).disabled);
    await send(shown(begun(graph)));
    const before = await tokens();
    assert.ok(before.includes('…'), before.join('|'));
    assert.equal(await isCopied(), false);
    await send({ type: 'graphRead', graph, seen: 'one' });
    const after = await tokens();
    assert.ok(!after.includes('…'));
    assert.equal(after.length, before.length);
    assert.equal(await isCopied(), true);
    await close();
  });
});
