/**
 * Pictures of effects in the panel, for the eye, of the embedded model: cards, colours, table, and overview.
 *   npm run build && npx tsx test/webview/effects-screenshots.ts [folder]
 */
import path from 'node:path';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { nodeId } from '../../src/core/format/node-id';
import type { HostMessage } from '../../src/core/protocol/inspector';
import { EngineClient } from '../../src/engine-client/engine-client';
import { requestOf } from '../../webview/host/standalone';
import { inEveryLook } from './every-look';
import { settle } from './inspector-page';
import { answer, SAMPLE_MODEL } from './insight-messages';

const ROOT = path.resolve(__dirname, '../..');

async function main(): Promise<void> {
  const folder = process.argv[2] ?? path.join(ROOT, 'artifacts/webview');
  const engine = new EngineClient({ entry: path.join(ROOT, 'dist/engine.js') });
  const model = { folder: path.join(ROOT, 'models/visit-small') };
  const prompt = { text: 'The capital of Japan is the city of' };
  const layers = { from: 0, to: 0 };
  const graph = await engine.call('graph', { model, prompt, options: { layers, counts: { heads: 0 }, effects: { baseline: 'zero' } } });
  const head = nodeId.headOut(0, 2);
  const component = `${head}@${graph.position}`;
  const measured = await engine.call('measureEffects', { model, prompt, options: { components: [component] } });
  engine.dispose();
  const message = (of: FlowGraph): HostMessage => ({
    type: 'graph',
    fingerprint: SAMPLE_MODEL,
    graph: of,
    request: requestOf(of),
    origin: { name: 'factual-recall.txt' },
  });

  await inEveryLook(
    'effects',
    [1400, 771, 461],
    folder,
    async (look) => {
      const { page, send, take } = look;
      await send(message(graph));
      await take('card');
      await page.getByTestId('measure').last().click();
      await take('measuring');
      await answer(look, { of: 'measureEffects', component }, measured);
      await take('measured');
      await page.getByTestId('table-toggle').click();
      await take('table');
      await page.getByTestId('graph-toggle').click();
      await page.getByTestId('colour-by').click();
      await page.getByTestId('colour-by').locator('vscode-option', { hasText: 'effect' }).click();
      await page.getByTestId('unpin-all').click();
      await page.getByTestId('fit').click();
      await settle(page);
      await take('colours');
    },
    { tab: 'graph', pinned: [head] },
  );
}

void main();
