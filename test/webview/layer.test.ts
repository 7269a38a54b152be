import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { nodesForShare } from '../../src/core/analyse/attribution';
import type { FlowGraph, FlowNode } from '../../src/core/format/flow-graph';
import type { NodeKind } from '../../src/core/format/node-kinds';
import { nodeTitle } from '../../src/core/present/describe';
import { layerKey } from '../../src/core/present/rows/choose-rows';
import { rowGraph } from '../../src/core/present/rows/row-graph';
import { requestOf } from '../../webview/host/standalone';
import { testLimit } from '../support/patience';
import { SAMPLE_MODEL } from './insight-messages';
import {
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
import { sampleGraph } from './sample-graph';

const ROWS = { wholeCircuit: false };

function strongest(graph: FlowGraph, kind: NodeKind): FlowNode {
  const [first] = graph.nodes.filter((node) => node.kind === kind).sort((a, b) => Math.abs(b.share ?? 0) - Math.abs(a.share ?? 0));
  assert.ok(first, `the sample has a ${kind}`);
  return first;
}

describe('The flow graph drawn upright', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  let graph: FlowGraph;
  let many: FlowGraph;
  before(async () => {
    [browser, bundle, graph, many] = await Promise.all([
      launchChromium(),
      buildInspector(),
      sampleGraph(),
      sampleGraph({ layers: { from: 0, to: 11 }, counts: { tokens: 3, top: 6, bottom: 3 } }),
    ]);
  });
  after(() => browser.close());

  const show = async (width: number, of: FlowGraph, kept: Readonly<Record<string, unknown>> = {}, height = 900): Promise<HostedPage> => {
    const hosted = await openHosted(browser, bundle, { width, height, kept: { ...ROWS, ...kept } });
    await hosted.send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph: of, request: requestOf(of), origin: { name: 'capitals.txt' } });
    return hosted;
  };
  const hint = ({ page }: Pick<HostedPage, 'page'>) => page.getByTestId('graph-hint');

  for (const width of [321, 621, 1500]) {
    it(`has every row in sight in a panel ${width} pixels wide`, async () => {
      const { page, errors, close } = await show(width, graph);
      const canvas = await page.getByTestId('canvas').boundingBox();
      assert.ok(canvas);
      const last = graph.nodes.filter(({ kind }) => kind === 'resid_post').at(-1);
      for (const { id } of [strongest(graph, 'head_out'), strongest(graph, 'neuron_value'), last ?? strongest(graph, 'resid_post')]) {
        const box = await locate(page, id);
        assert.ok(box.left >= canvas.x && box.left + box.width <= canvas.x + canvas.width, `${id} is inside`);
        assert.ok(box.top >= canvas.y && box.top + box.height <= canvas.y + canvas.height, `${id} is in sight`);
        assert.ok(box.height >= 14, 'it holds text of 11 px');
      }
      await assert.rejects(locate(page, strongest(graph, 'o_neuron').id), /draws no node/);
      assert.deepEqual(complaints(errors), []);
      await close();
    });
  }

  it('shows the card of a row, and pins it where it stands', async () => {
    const { page, close } = await show(621, graph);
    const { id } = strongest(graph, 'head_out');
    await hover(page, id);
    assert.equal(await page.getByTestId('card-title').textContent(), nodeTitle(strongest(graph, 'head_out'), graph));
    const before = await locate(page, id);
    await clickNode(page, id);
    assert.equal(await page.getByTestId('pinned-card').count(), 1);
    const after = await locate(page, id);
    assert.ok(Math.abs(after.top - before.top) < 1 && Math.abs(after.left - before.left) < 1, 'it has not moved');
    await close();
  });

  it('says what is gathered, and shows it at a click', async () => {
    const { page, close } = await show(621, graph);
    const asked = {
      width: 621,
      height: 400,
      aside: false,
      kept: 1,
      by: 'share',
      pinned: new Set<string>(),
      unfolded: new Set<string>(),
    } as const;
    const others = [...rowGraph(graph, asked).others.values()].find(({ branch }) => branch === 'feedForward');
    assert.ok(others);
    await hover(page, others.id);
    await hint({ page }).waitFor();
    assert.match((await hint({ page }).textContent()) ?? '', /neuron \d+ .*Together .*Click to show them/);
    const weakest = others.units.at(-1)?.node.id ?? '';
    await assert.rejects(locate(page, weakest), /draws no node/);
    await clickNode(page, others.id);
    assert.ok(await locate(page, weakest));
    await close();
  });

  it('says in words what flows along the edge under the pointer', async () => {
    const { page, close } = await show(621, graph);
    const head = strongest(graph, 'head_out');
    const [source] = graph.nodes
      .filter((node) => node.kind === 'head_value' && node.head === head.head)
      .sort((a, b) => Math.abs(b.share ?? 0) - Math.abs(a.share ?? 0));
    const [from, to] = [await locate(page, source.id), await locate(page, head.id)];
    await page.mouse.move((from.left + from.width + to.left) / 2, from.top + from.height / 2, { steps: 3 });
    await hint({ page }).waitFor();
    assert.match((await hint({ page }).textContent()) ?? '', new RegExp(`^head ${head.head} looks at ‘.+’: [\\d.]+%`));
    await page.mouse.move(5, 5);
    await hint({ page }).waitFor({ state: 'hidden' });
    await close();
  });

  it('says the same in the table, of the edges of its current node', async () => {
    const { page, close } = await show(621, graph);
    await page.getByTestId('table-toggle').click();
    await page.getByTestId('nodes-tree').click();
    const stage = page.getByTestId('tree').locator('[data-key$=".head_value"]');
    await stage.click();
    await page.keyboard.press('ArrowRight');
    const edges = page.getByTestId('edge-list');
    await edges.waitFor();
    assert.match((await edges.textContent()) ?? '', /In:\s*head \d+ looks at ‘.+’: [\d.]+%.*Out:\s*head \d+ looks at/s);
    await close();
  });

  it('draws the whole circuit on request, and goes back', async () => {
    const { page, close } = await show(621, graph);
    const row = strongest(graph, 'o_neuron').id;
    await page.getByTestId('whole-circuit').click();
    await settle(page);
    assert.ok(await locate(page, row));
    await page.getByTestId('whole-circuit').click();
    await settle(page);
    await assert.rejects(locate(page, row), /draws no node/);
    await close();
  });

  it('draws a line for each of many layers, all in sight, and unfolds one at a click on its number', async () => {
    const { page, kept, close } = await show(621, many);
    const canvas = await page.getByTestId('canvas').boundingBox();
    assert.ok(canvas);
    for (const { id } of many.nodes.filter(({ kind }) => kind === 'resid_post')) {
      const box = await locate(page, id);
      assert.ok(box.top >= canvas.y && box.top + box.height <= canvas.y + canvas.height, `${id} is in sight`);
    }
    await assert.rejects(locate(page, 'blocks.3.hook_attn_out'), /draws no node/);
    const line = await locate(page, 'blocks.3.hook_resid_post');
    await page.mouse.click(canvas.x + 10, line.top + line.height / 2);
    await settle(page);
    assert.ok(await locate(page, 'blocks.3.hook_attn_out'));
    assert.deepEqual(((await kept()) as { unfolded: readonly string[] }).unfolded, [layerKey(3)]);
    await close();
  });

  it('opens many layers at the last, where the answer arises, if not all are in sight, and stays there when one is unfolded', async () => {
    const deep = await sampleGraph({ nLayers: 30, nHeads: 4, layers: { from: 0, to: 29 }, counts: { tokens: 3, top: 4, bottom: 2 } });
    const { page, close } = await show(461, deep, {}, 619);
    const canvas = await page.getByTestId('canvas').boundingBox();
    assert.ok(canvas);
    const isSeen = async (id: string): Promise<boolean> => {
      const box = await locate(page, id);
      return box.top >= canvas.y && box.top + box.height <= canvas.y + canvas.height;
    };
    assert.deepEqual([await isSeen('blocks.0.hook_resid_post'), await isSeen('blocks.29.hook_resid_post')], [false, true]);
    const line = await locate(page, 'blocks.20.hook_resid_post');
    await page.mouse.click(canvas.x + 10, line.top + line.height / 2);
    await settle(page);
    assert.ok(await locate(page, 'blocks.20.hook_attn_out'));
    assert.ok(await isSeen('blocks.19.hook_resid_post'), 'what is above it stays where it was');
    await close();
  });

  it('prunes with Keep and lays out again: what is kept closes up', async () => {
    const { page, close } = await show(621, many);
    const last = many.nodes.filter(({ kind }) => kind === 'resid_post').at(-1)?.id ?? '';
    const before = await locate(page, last);
    await page.getByTestId('share-kept').fill('20');
    await settle(page);
    assert.ok((await locate(page, last)).top < before.top, 'the last layer has moved up');
    const asked = {
      width: 621,
      height: 600,
      aside: false,
      kept: 0.2,
      by: 'share',
      pinned: new Set<string>(),
      unfolded: new Set<string>(),
    } as const;
    for (const id of rowGraph(many, asked).unitOf.keys()) assert.ok(await locate(page, id), `${id} is kept`);
    await assert.rejects(locate(page, 'blocks.0.hook_resid_mid'), /draws no node/);
    await close();
  });

  it('prunes the whole circuit too, which closes up, and draws all of it again', async () => {
    const { page, close } = await show(621, graph, { wholeCircuit: true });
    const kept = nodesForShare(graph, 0.4);
    const gone = graph.nodes.find(({ id }) => !kept.has(id)) ?? assert.fail('the sample has something that is not kept');
    const extent = async (): Promise<number> => {
      const boxes = await Promise.all([...kept].map((id) => locate(page, id)));
      const scale = boxes[0].height;
      return (Math.max(...boxes.map(({ top }) => top)) - Math.min(...boxes.map(({ top }) => top))) / scale;
    };
    const before = await extent();
    await page.getByTestId('share-kept').fill('40');
    await settle(page);
    await assert.rejects(locate(page, gone.id), /draws no node/);
    assert.ok((await extent()) < before, 'it is lower');
    await page.getByTestId('share-kept').fill('100');
    await settle(page);
    assert.ok(await locate(page, gone.id));
    assert.equal(await extent(), before);
    await close();
  });

  it('colours components by their share, and the stream by the rank of the target', async () => {
    const { page, close } = await openStandalone(browser, bundle, graph, { rows: true });
    assert.match((await page.getByTestId('legend').textContent()) ?? '', /share of logit.*Stream: Rank of/s);
    await close();
  });
});
