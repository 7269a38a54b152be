/**
 * Pictures of the first view, for the eye: every theme and width, with what a model says.
 *   npm run build && npx tsx test/webview/story-screenshots.ts [folder] [model folder]
 */
import path from 'node:path';
import { EngineClient } from '../../src/engine-client/engine-client';
import type { CauseCheck } from '../../src/core/insight/explanation';
import { requestOf } from '../../webview/host/standalone';
import { insightResult, SAMPLE_MODEL } from './insight-messages';
import { inEveryLook } from './every-look';
import { settle } from './inspector-page';

const ROOT = path.resolve(__dirname, '../..');

async function main(): Promise<void> {
  const folder = process.argv[2] ?? path.join(ROOT, 'artifacts/webview');
  const engine = new EngineClient({ entry: path.join(ROOT, 'dist/engine.js') });
  const model = { folder: process.argv[3] ?? path.join(ROOT, 'models/visit-small') };
  const prompt = { text: process.argv[4] ?? 'The capital of Japan is the city of' };
  const graph = await engine.call('graph', { model, prompt, options: {} });
  const story = await engine.call('story', { model, prompt, options: {} });
  const causes = await engine.call('causes', { model, prompt, options: {} });
  const checks: CauseCheck[] = [];
  for (const { components } of causes.candidates) checks.push(await engine.call('checkCause', { model, prompt, options: { components } }));
  engine.dispose();

  await inEveryLook('story', [1500, 771, 621, 461, 321], folder, async ({ page, send, take }) => {
    await send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin: { name: 'factual-recall.txt' } });
    await page.getByTestId('tab-story').click();
    await send(insightResult(null, { of: 'story' }, story));
    await send(insightResult(null, { of: 'causes' }, causes));
    for (const check of checks) await send(insightResult(null, { of: 'checkCause', components: check.components.join(' ') }, check));
    await take('first');
    await page.getByTestId('story-map').focus();
    await page.keyboard.press('ArrowRight');
    await settle(page);
    await take('card');
  });
}

void main();
