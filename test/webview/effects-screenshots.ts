/**
 * Pictures of effects in the panel, for the eye: cards, colours, table, and overview.
 *   npm run build && npx tsx test/webview/effects-screenshots.ts [folder] [model folder] [layer and head of a card]
 */
import path from 'node:path';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { nodeId } from '../../src/core/format/node-id';
import type { HostMessage } from '../../src/core/protocol/inspector';
import { EngineClient } from '../../src/engine-client/engine-client';
import { compareRequestOf, requestOf } from '../../webview/host/standalone';
import { chooseIn } from './choose-in';
import { inEveryLook } from './every-look';
import { settle } from './inspector-page';
import { answer, SAMPLE_MODEL } from './insight-messages';

const ROOT = path.resolve(__dirname, '../..');

async function main(): Promise<void> {
  const folder = process.argv[2] ?? path.join(ROOT, 'artifacts/webview');
  const engine = new EngineClient({ entry: path.join(ROOT, 'dist/engine.js') });
  const model = { folder: process.argv[3] ?? path.join(ROOT, 'models/visit-small') };
  const [layer = 0, number = 2] = process.argv.slice(4).map(Number);
  const prompt = { text: 'The capital of Japan is the city of' };
  const layers = { from: layer, to: layer };
  const graph = await engine.call('graph', { model, prompt, options: { layers, counts: { heads: 0 }, effects: { baseline: 'zero' } } });
  const head = nodeId.headOut(layer, number);
  const component = `${head}@${graph.position}`;
  const measured = await engine.call('measureEffects', { model, prompt, options: { components: [component] } });
  const side = { prompt, options: {} };
  const other = { prompt: { text: 'The capital of France is the city of' }, options: {} };
  const asked = { effects: { baseline: 'zero' }, layers: { from: 6, to: 6 }, counts: { top: 8, bottom: 4 } } as const;
  const comparison = await engine.call('compare', { model, left: side, right: other, options: asked });
  const baseline = {
    baseline: 'mean',
    prompts: ['France', 'Italy', 'Spain'].map((country) => ({ text: `The capital of ${country} is the city of` })),
    name: 'capitals-of-europe.txt',
  } as const;
  const mean = await engine.call('graph', { model, prompt, options: { layers, effects: baseline } });
  const [overview, effects] = await Promise.all([
    engine.call('overview', { model, prompt, options: {} }),
    engine.call('effects', { model, prompt, options: {} }),
  ]);
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
    [1500, 771, 461, 321],
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
      await send({ ...message(mean), request: { ...requestOf(mean), baseline } } as HostMessage);
      await page.getByTestId('detail-toggle').click();
      await take('mean');
      await page.getByTestId('detail-toggle').click();
      await send(message(graph));
      await page.getByTestId('tab-overview').click();
      await answer(look, { of: 'overview' }, overview);
      await page.getByTestId('heads-effect').click();
      await answer(look, { of: 'effects' }, effects);
      await page.getByTestId('heads-scale').scrollIntoViewIfNeeded();
      await take('heads');
      await page.getByTestId('heads-positions').click();
      await take('positions');
      await page.getByTestId('tab-graph').click();
      const origins = { left: { name: 'factual-recall.txt' }, right: { name: 'factual-recall.txt' } };
      await send({ type: 'comparison', fingerprint: SAMPLE_MODEL, comparison, request: compareRequestOf(comparison), origins });
      await page.getByTestId('view-changes').click();
      await chooseIn(page, 'sorted-by', 'Estimated effect');
      await take('compared');
      await page.getByTestId('change').first().click();
      await take('compared-card');
    },
    { tab: 'graph', pinned: [head] },
  );
}

void main();
