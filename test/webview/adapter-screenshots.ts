/**
 * Pictures of a model with an adapter, for the eye: flow graph with the card of an update, table, and legend.
 *   npm run build && npx tsx test/webview/adapter-screenshots.ts [folder] [adapter-folder] [layer]
 * Without a layer it is the last. A folder without a tokenizer, such as those of the tests, is given ids of
 * tokens; without a folder it is one of those.
 */
import path from 'node:path';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { Problem } from '../../src/core/problem';
import type { HostMessage } from '../../src/core/protocol/inspector';
import { EngineClient } from '../../src/engine-client/engine-client';
import { requestOf } from '../../webview/host/standalone';
import { inEveryLook } from './every-look';
import { settle } from './inspector-page';
import { SAMPLE_MODEL } from './insight-messages';

const ROOT = path.resolve(__dirname, '../..');
const FIXTURE = path.join(ROOT, 'test/oracle/adapters/fixtures/llama/adapter');

/** One layer of a model with an adapter; layer absent: the last. */
async function graphOf(adapter: string, layer: number | undefined): Promise<FlowGraph> {
  const engine = new EngineClient({ entry: path.join(ROOT, 'dist/engine.js') });
  const options = {
    ...(layer !== undefined && { layers: { from: layer, to: layer } }),
    counts: { heads: 4, top: 4, bottom: 2 },
    effects: { baseline: 'zero' },
  } as const;
  const drawn = (prompt: { text: string } | { tokens: number[] }): Promise<FlowGraph> =>
    engine.call('graph', { model: { folder: adapter }, prompt, options });
  try {
    return await drawn({ text: 'The capital of Japan is the city of' }).catch((error: unknown) => {
      if (error instanceof Problem && error.code === 'tokenizer-missing') return drawn({ tokens: [3, 14, 15, 9, 26, 53, 58, 9] });
      throw error;
    });
  } finally {
    engine.dispose();
  }
}

async function main(): Promise<void> {
  const [folder = path.join(ROOT, 'artifacts/webview'), adapter = FIXTURE, layer] = process.argv.slice(2);
  const graph = await graphOf(path.resolve(adapter), layer === undefined ? undefined : Number(layer));
  const update = graph.nodes.findLast(({ kind }) => kind === 'attn_update' || kind === 'mlp_update');
  if (update === undefined) throw new Error(`The adapter changes nothing that is drawn of layer ${graph.layers.join()}.`);
  const message: HostMessage = {
    type: 'graph',
    fingerprint: SAMPLE_MODEL,
    graph,
    request: requestOf(graph),
    origin: { name: 'factual-recall.txt' },
  };

  await inEveryLook(
    'adapter',
    [1500, 621, 321],
    folder,
    async ({ page, send, take }) => {
      await send(message);
      await settle(page);
      await take('card');
      await page.getByTestId('table-toggle').click();
      await take('table');
    },
    { tab: 'graph', pinned: [update.id] },
  );
}

void main();
