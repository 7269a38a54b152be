/**
 * Pictures of the inspector for the eye: every theme at a wide, a half and a narrow panel.
 *   npx tsx test/webview/screenshots.ts [graph.json] [folder]
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { requestOf } from '../../webview/host/standalone';
import { SAMPLE_MODEL } from './insight-messages';
import { inEveryLook } from './every-look';
import { clickNode, hover, locate } from './inspector-page';
import { sampleGraph } from './sample-graph';

async function main(): Promise<void> {
  const [file, folder = path.resolve(__dirname, '../../artifacts/webview')] = process.argv.slice(2);
  const graph = file ? (JSON.parse(await readFile(file, 'utf8')) as FlowGraph) : await sampleGraph();
  await inEveryLook('graph', [1400, 700, 420], folder, async ({ page, send, take, options }) => {
    await send({ type: 'welcome', model: graph.model });
    await take('welcome');
    await send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin: { name: 'capitals.txt' } });
    await take('graph');
    const layer = graph.layers.at(-1) ?? 0;
    // On a narrow panel the values lie beyond its edge.
    const seen =
      (await locate(page, graph.nodes.find((node) => node.kind === 'head_value')!.id)).left < options.width - 100
        ? 'head_value'
        : 'head_query';
    const value = graph.nodes.find((node) => node.kind === seen && node.layer === layer);
    if (value) {
      await hover(page, value.id);
      await take('hover');
      await clickNode(page, value.id);
    }
    const negative = graph.nodes.find((node) => node.kind === 'o_neuron' && (node.coefficient ?? 0) < 0);
    if (negative) await clickNode(page, negative.id);
    await page.mouse.move(5, 5);
    await page.getByTestId('detail-toggle').click();
    await send({
      type: 'targetProblem',
      text: 'foo bar',
      pieces: [
        { id: 1, text: 'foo' },
        { id: 2, text: ' bar' },
      ],
      near: [
        { id: 3, text: ' foo' },
        { id: 4, text: ' foobar' },
      ],
      field: { of: 'target' },
    });
    await take('pinned');
    await page.getByTestId('table-toggle').click();
    await page.getByTestId('nodes-tree').click();
    await page.getByTestId('tree').locator(`[data-key="stage ${layer}.head_key"]`).click();
    await page.getByTestId('tree').locator('[aria-level="3"]').nth(1).click();
    await send({ type: 'working', progress: { message: 'Looking into layer 3', done: 3, total: 12 } });
    await take('table');
    await page.getByTestId('graph-toggle').click();
    await send({
      type: 'problem',
      problem: {
        code: 'prompt-too-long',
        message: 'The prompt has 1,204 tokens and this model reads 1,024.',
        hint: 'Select less text, or use the last 1,024 tokens.',
        actions: [
          { id: 'tail', title: 'Use the last 1,024' },
          { id: 'settings', title: 'Open settings' },
        ],
      },
    });
    await take('problem');
  });
}

void main();
