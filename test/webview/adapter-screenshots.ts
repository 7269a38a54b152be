/**
 * Pictures of a model with an adapter, for the eye: flow graph with the card of an update, table, and legend.
 *   npm run build && npx tsx test/webview/adapter-screenshots.ts folder adapter-folder [layer]
 */
import path from 'node:path';
import { nodeId } from '../../src/core/format/node-id';
import type { HostMessage } from '../../src/core/protocol/inspector';
import { EngineClient } from '../../src/engine-client/engine-client';
import { requestOf } from '../../webview/host/standalone';
import { inEveryLook } from './every-look';
import { settle } from './inspector-page';
import { SAMPLE_MODEL } from './insight-messages';

const ROOT = path.resolve(__dirname, '../..');

async function main(): Promise<void> {
  const [folder = path.join(ROOT, 'artifacts/webview'), adapter, layer = '3'] = process.argv.slice(2);
  if (adapter === undefined) throw new Error('Name the folder of an adapter.');
  const engine = new EngineClient({ entry: path.join(ROOT, 'dist/engine.js') });
  const prompt = { text: 'The capital of Japan is the city of' };
  const layers = { from: Number(layer), to: Number(layer) };
  const options = { layers, counts: { heads: 4, top: 4, bottom: 2 }, effects: { baseline: 'zero' } } as const;
  const graph = await engine.call('graph', { model: { folder: adapter }, prompt, options });
  engine.dispose();
  const message: HostMessage = {
    type: 'graph',
    fingerprint: SAMPLE_MODEL,
    graph,
    request: requestOf(graph),
    origin: { name: 'factual-recall.txt' },
  };

  await inEveryLook(
    'adapter',
    [1500, 621],
    folder,
    async ({ page, send, take }) => {
      await send(message);
      await settle(page);
      await take('card');
      await page.getByTestId('table-toggle').click();
      await take('table');
    },
    { tab: 'graph', pinned: [nodeId.attnUpdate(Number(layer))] },
  );
}

void main();
