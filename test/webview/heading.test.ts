import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { requestOf } from '../../webview/host/standalone';
import { testLimit } from '../support/patience';
import { buildInspector, launchChromium, openHosted, type Bundle } from './inspector-page';
import { SAMPLE_MODEL } from './insight-messages';
import { sampleGraph } from './sample-graph';

describe('The heading of a prompt', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  before(async () => {
    [browser, bundle] = await Promise.all([launchChromium(), buildInspector()]);
  });
  after(() => browser.close());

  /** What the heading of a graph says beside model and position, and what it means. */
  async function notesOf(change: (graph: FlowGraph) => FlowGraph, width = 771): Promise<readonly (readonly [string, string])[]> {
    const graph = change(await sampleGraph({ nLayers: 2, nHeads: 2 }));
    const { page, send, close } = await openHosted(browser, bundle, { width });
    await send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin: {} });
    const notes = page.locator('.heading-note');
    const said = await notes.evaluateAll((found) =>
      found.map((note) => [note.textContent ?? '', note.getAttribute('title') ?? ''] as const),
    );
    for (const note of await notes.all()) assert(await note.isVisible(), 'it is seen at every width');
    await close();
    return said;
  }

  it('says nothing more where there is nothing to say', async () => {
    assert.deepEqual(await notesOf((graph) => graph), []);
  });

  it('says that numbers may differ where the checkpoint holds more than is run, and why', async () => {
    const warnings = ['config.json names the class Other.', 'Weights inside blocks are not used.'];
    const warned = (graph: FlowGraph): FlowGraph => ({ ...graph, model: { ...graph.model, warnings } });
    assert.deepEqual(await notesOf(warned), [['numbers may differ', warnings.join('\n')]]);
    assert.equal((await notesOf(warned, 321)).length, 1);
  });

  it('says that weights are dequantised, and what that means', async () => {
    const quantised = (graph: FlowGraph): FlowGraph => ({ ...graph, model: { ...graph.model, dtype: 'F16+NF4', dequantised: true } });
    for (const width of [771, 321])
      assert.deepEqual(await notesOf(quantised, width), [['dequantised', 'F16+NF4: weights dequantised, arithmetic in F32']]);
  });

  it('says that a prompt begins twice, or ends in a space', async () => {
    const bos = { id: 1, text: '<s>' };
    const doubled = (graph: FlowGraph): FlowGraph => ({
      ...graph,
      tokens: [
        { ...bos, start: 0, end: 0 },
        { ...bos, start: 0, end: 3 },
        ...graph.tokens.slice(2, -1),
        { id: 2, text: ' ', start: 3, end: 4 },
      ],
    });
    assert.deepEqual(
      (await notesOf(doubled)).map(([short]) => short),
      ['begins with <s> twice', 'ends in a space: try removing it'],
    );
  });
});
