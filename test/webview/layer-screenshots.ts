/**
 * Pictures of the Layer view, for the eye: every theme and width, of graphs that the command line has written.
 *   npx tsx test/webview/layer-screenshots.ts FOLDER GRAPH.json…
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { requestOf } from '../../webview/host/standalone';
import { inEveryLook } from './every-look';
import { SAMPLE_MODEL } from './insight-messages';
import { settle } from './inspector-page';

async function main(): Promise<void> {
  const [folder = path.resolve(__dirname, '../../artifacts/webview'), ...files] = process.argv.slice(2);
  for (const file of files) {
    const graph = JSON.parse(await readFile(file, 'utf8')) as FlowGraph;
    await inEveryLook(
      `layer-${path.basename(file, '.json')}`,
      [1500, 771, 621, 461, 321],
      folder,
      async ({ page, send, take }) => {
        await send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin: { name: 'capitals.txt' } });
        await take('first');
        await page.getByTestId('share-kept').fill('60');
        await settle(page);
        await take('kept');
        await page.getByTestId('share-kept').fill('100');
        // In a narrow panel it is behind Detail.
        if (!(await page.getByTestId('whole-circuit').isVisible())) await page.getByTestId('detail-toggle').click();
        await page.getByTestId('whole-circuit').click();
        await settle(page);
        await take('circuit');
        await page.getByTestId('fit').click();
        await settle(page);
        await take('circuit-fit');
        await page.getByTestId('share-kept').fill('60');
        await settle(page);
        await page.getByTestId('fit').click();
        await settle(page);
        await take('circuit-kept');
      },
      { wholeCircuit: false },
    );
  }
}

void main();
