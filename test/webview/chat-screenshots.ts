/**
 * Pictures of a conversation and its continuation, for the eye: every theme and width, of a graph that the command line has written with
 * --chat and a continuation of its prompt.
 *   npx tsx test/webview/chat-screenshots.ts FOLDER GRAPH.json CONTINUATION.json
 */
import { readFile } from 'node:fs/promises';
import type { Continuation } from '../../src/core/format/continuation';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { requestOf } from '../../webview/host/standalone';
import { inEveryLook } from './every-look';
import { SAMPLE_MODEL } from './insight-messages';
import { settle } from './inspector-page';

async function main(): Promise<void> {
  const [folder = '', graphFile = '', continuationFile = ''] = process.argv.slice(2);
  const graph = { ...(JSON.parse(await readFile(graphFile, 'utf8')) as FlowGraph), given: 'marked' as const };
  const { prompt, tokens } = JSON.parse(await readFile(continuationFile, 'utf8')) as Continuation;
  await inEveryLook('chat', [1500, 771, 621, 461, 321], folder, async ({ page, send, take }) => {
    const shown = { type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin: { name: 'chat.txt' } } as const;
    await send(shown);
    await settle(page);
    await take('message');
    await send({ type: 'continuation', continuation: { prompt, tokens: tokens.slice(0, 4), ended: null } });
    await settle(page);
    await take('running');
    await send({ type: 'continuation', continuation: { prompt, tokens, ended: 'end-token' } });
    await page.getByTestId('generated-2').hover();
    await settle(page);
    await take('ended');
  });
}

void main();
