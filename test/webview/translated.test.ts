import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { writtenTokens } from '../../src/core/insight/active-neurons';
import { showToken } from '../../src/core/text/token-text';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { nodeId } from '../../src/core/format/node-id';
import { compareRequestOf, requestOf } from '../../webview/host/standalone';
import { testLimit } from '../support/patience';
import { ROOT } from '../support/repository';
import { answer, insightResult, SAMPLE_MODEL } from './insight-messages';
import { buildInspector, clickNode, launchChromium, openHosted, settle, type Bundle, type HostedPage } from './inspector-page';
import { sampleComparison, sampleWhatIf } from './sample-comparison';
import { sampleGraph } from './sample-graph';
import { sampleMemory, sampleNeurons, sampleNorms, sampleNormSummary, sampleOverview } from './sample-insight';

/** Every message in brackets. */
function bracketed(): Readonly<Record<string, string>> {
  const messages = JSON.parse(readFileSync(path.join(ROOT, 'l10n', 'bundle.l10n.json'), 'utf8')) as Record<string, string>;
  return Object.fromEntries(Object.keys(messages).map((message) => [message, `⟦${message}⟧`]));
}

/** What is not translated: tokens and prompts, names of models, files and components, keys, names of formats, letters of sides. */
const NOT_WORDS = [
  '.list-token, td .reads, .token, .token-text, .tree-token, .depth-token, .card-label, .cell, .effect, .outcome-token, kbd',
  'textarea, .heading-model, .navigation-model, .heading-origin, .chip-text, .near, .goto, .row-problem, .predictions-summary, .tokens',
].join(',');

/** Texts and spoken attributes in sight that have words outside brackets. */
async function bareWords({ page }: HostedPage, allowed: RegExp): Promise<readonly string[]> {
  const said = await page.evaluate((notWords) => {
    const found: string[] = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const { parentElement: parent, textContent: text } = texts.currentNode;
      if (parent === null || parent.closest(`script, style, ${notWords}`) !== null || !parent.checkVisibility()) continue;
      const isWhole = /^\s*⟦[^]*⟧\s*$/.test(parent.textContent ?? ''); // a message with elements in its places
      if (!isWhole) found.push(text ?? '');
    }
    for (const element of document.body.querySelectorAll('[title], [aria-label], [placeholder]')) {
      if (element.closest(notWords) !== null || !element.checkVisibility()) continue;
      for (const name of ['title', 'aria-label', 'placeholder']) found.push(element.getAttribute(name) ?? '');
    }
    return found;
  }, NOT_WORDS);
  return [...new Set(said)].filter((text) => /\p{L}{2}/u.test(withoutBrackets(text).replace(allowed, '')));
}

/** A text without what is in brackets, however deep. */
function withoutBrackets(text: string): string {
  const inner = text.replace(/⟦[^⟦⟧]*⟧/g, '');
  return inner === text ? text : withoutBrackets(inner);
}

describe('The inspector page under a bundle in which every message is bracketed', function () {
  this.timeout(testLimit());
  let browser: Browser;
  let bundle: Bundle;
  let graph: FlowGraph;
  before(async () => {
    [browser, bundle, graph] = await Promise.all([launchChromium(), buildInspector(), sampleGraph()]);
  });
  after(() => browser.close());

  /** Tokens are shown in many places, also within titles; ids of nodes are names. */
  const allowed = (tokens: readonly { readonly text: string }[] = []): RegExp => {
    const names = [...graph.tokens, graph.target, ...tokens]
      .map(({ text }) => text.trim())
      .filter((text) => text !== '')
      .sort((a, b) => b.length - a.length);
    const escaped = names.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`blocks\\.[\\w.]+|JSON|HTML|SVG|PNG|CSV|capitals\\.txt|W_O|${escaped.join('|')}`, 'g');
  };
  const opened = async (): Promise<HostedPage> => openHosted(browser, bundle, { translations: { language: 'xx', bundle: bracketed() } });

  it('has no bare words before anything is asked', async () => {
    const hosted = await opened();
    await hosted.send({ type: 'welcome', model: graph.model });
    assert.deepEqual(await bareWords(hosted, allowed()), []);
    assert.match(await hosted.page.locator('h1').innerText(), /^⟦.*⟧$/);
    await hosted.close();
  });

  it('has no bare words in the graph, its cards, its detail, its form and its table', async () => {
    const hosted = await opened();
    const { page } = hosted;
    await hosted.send({ type: 'graph', graph, fingerprint: SAMPLE_MODEL, request: requestOf(graph), origin: { name: 'capitals.txt' } });
    const [layer] = graph.layers;
    await clickNode(page, nodeId.attnOut(layer));
    await clickNode(page, nodeId.mlpOut(layer));
    // With all controls open the nodes would be below the edge.
    await page.getByTestId('detail-toggle').click();
    await page.getByTestId('compare-with').click();
    await page.getByTestId('against-open').click();
    assert.ok((await page.getByTestId('pinned-card').count()) >= 1);
    assert.deepEqual(await bareWords(hosted, allowed()), []);
    await page.getByTestId('table-toggle').click();
    await settle(page);
    assert.deepEqual(await bareWords(hosted, allowed()), []);
    await hosted.close();
  });

  it('has no bare words in Overview, Norms and Neurons', async () => {
    const prompts = ['one', 'two'];
    const [overview, norms, summary, neurons] = await Promise.all([
      sampleOverview(),
      sampleNorms(),
      sampleNormSummary(prompts),
      sampleNeurons(prompts),
    ]);
    const hosted = await opened();
    const { page } = hosted;
    await hosted.send({ type: 'graph', graph, fingerprint: SAMPLE_MODEL, request: requestOf(graph), origin: { name: 'capitals.txt' } });
    await page.getByTestId('tab-overview').click();
    await answer(hosted, { of: 'overview' }, overview);
    assert.deepEqual(await bareWords(hosted, allowed()), [], 'Overview');
    await page.getByTestId('tab-norms').click();
    await answer(hosted, { of: 'norms' }, norms);
    await page.getByTestId('norm-summary').click();
    await answer(hosted, { of: 'normSummary' }, summary, { file: 'capitals.txt' });
    assert.deepEqual(await bareWords(hosted, allowed()), [], 'Norms');
    await page.getByTestId('tab-neurons').click();
    assert.deepEqual(await bareWords(hosted, allowed()), [], 'Neurons, not found yet');
    await hosted.send(insightResult(null, { of: 'activeNeurons' }, neurons));
    const written = neurons.neurons.flatMap((neuron) =>
      writtenTokens(neuron).map((token) => ({ text: showToken(token).replaceAll('·', '') })),
    );
    assert.deepEqual(await bareWords(hosted, allowed(written)), [], 'Neurons');
    await hosted.close();
  });

  it('has no bare words in the memory of a head', async () => {
    const head = graph.nodes.find(({ kind }) => kind === 'head_out');
    assert.ok(head?.head !== undefined);
    const hosted = await opened();
    await hosted.send({ type: 'graph', graph, fingerprint: SAMPLE_MODEL, request: requestOf(graph), origin: { name: 'capitals.txt' } });
    await clickNode(hosted.page, head.id);
    await hosted.page.getByTestId('memory-ask').click();
    await answer(hosted, { of: 'headMemory', layer: head.layer, head: head.head }, await sampleMemory(head.layer, head.head));
    assert.deepEqual(await bareWords(hosted, allowed()), []);
    await hosted.close();
  });

  it('has no bare words in a comparison and a what-if', async () => {
    for (const comparison of [await sampleComparison(), await sampleWhatIf(`blocks.${graph.layers[0]}.mlp`)]) {
      const hosted = await opened();
      const { page } = hosted;
      await hosted.send({
        type: 'comparison',
        fingerprint: SAMPLE_MODEL,
        comparison,
        request: compareRequestOf(comparison),
        origins: { left: { name: 'capitals.txt' }, right: { name: 'capitals.txt' } },
      });
      const tokens = [comparison.left, comparison.right].flatMap((side) => [...side.tokens, side.target]);
      assert.deepEqual(await bareWords(hosted, allowed(tokens)), [], 'side by side');
      for (const view of ['merged', 'changes', 'tree']) {
        await page.getByTestId(`view-${view}`).click();
        await settle(page);
        assert.deepEqual(await bareWords(hosted, allowed(tokens)), [], view);
      }
      await hosted.close();
    }
  });
});
