/**
 * Pictures of the flow graph's surroundings, for the eye: strips, cards and chrome in every theme and width, with what a model says.
 *   npm run build && npx tsx test/webview/navigation-screenshots.ts [folder] [model folder] [prompt] [height]
 */
import path from 'node:path';
import { EngineClient } from '../../src/engine-client/engine-client';
import { compareRequestOf, requestOf } from '../../webview/host/standalone';
import { SAMPLE_MODEL } from './insight-messages';
import { inEveryLook } from './every-look';
import { clickNode, hover, settle } from './inspector-page';

const ROOT = path.resolve(__dirname, '../..');
const TWIN = 'The capital of France is the city of';

async function main(): Promise<void> {
  const folder = process.argv[2] ?? path.join(ROOT, 'artifacts/webview');
  const engine = new EngineClient({ entry: path.join(ROOT, 'dist/engine.js') });
  const model = { folder: process.argv[3] ?? path.join(ROOT, 'models/visit-small') };
  const prompt = { text: process.argv[4] ?? 'The capital of Japan is the city of' };
  const graph = await engine.call('graph', { model, prompt, options: {} });
  const comparison = await engine.call('compare', {
    model,
    left: { prompt, options: {} },
    right: { prompt: { text: TWIN }, options: {} },
    options: {},
  });
  engine.dispose();
  const head = graph.nodes.filter(({ kind }) => kind === 'head_out').sort((a, b) => Math.abs(b.share ?? 0) - Math.abs(a.share ?? 0))[0];
  if (head === undefined) throw new Error('The graph has no head.');

  await inEveryLook('navigation', [1500, 771, 621, 461, 321], folder, async ({ page, send, take, options }) => {
    // 461 px is the width of the panel in a window of 1280×720.
    await page.setViewportSize({ width: options.width, height: options.width === 461 ? 619 : 898 });
    await send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin: { name: 'factual-recall.txt' } });
    await settle(page);
    await take('graph');
    await page.getByTestId('fit').click();
    await settle(page);
    await hover(page, head.id);
    await take('hover');
    await clickNode(page, head.id);
    await page.mouse.move(1, 1);
    await settle(page);
    await take('pinned');
    await page.getByTestId('patch').first().click();
    await settle(page);
    await take('replace');
    await send({
      type: 'comparison',
      fingerprint: SAMPLE_MODEL,
      comparison,
      request: compareRequestOf(comparison),
      origins: { left: { name: 'factual-recall.txt' }, right: { name: 'factual-recall.txt' } },
    });
    await take('comparison');
  });
}

void main();
