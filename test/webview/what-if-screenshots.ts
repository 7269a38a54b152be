/**
 * Pictures of what-if, for the eye: every theme, wide and narrow.
 *   npm run build && npx tsx test/webview/what-if-screenshots.ts [folder] [model folder] [layer and head to switch off]
 */
import path from 'node:path';
import type { Comparison } from '../../src/core/format/comparison';
import type { Intervention } from '../../src/core/format/intervention';
import { nodeId } from '../../src/core/format/node-id';
import { EngineClient } from '../../src/engine-client/engine-client';
import { compareRequestOf, requestOf } from '../../webview/host/standalone';
import { SAMPLE_MODEL } from './insight-messages';
import { inEveryLook, takeDrawings } from './every-look';
import { clickNode, hover } from './inspector-page';

const ROOT = path.resolve(__dirname, '../..');

async function main(): Promise<void> {
  const folder = process.argv[2] ?? path.join(ROOT, 'artifacts/webview');
  const engine = new EngineClient({ entry: path.join(ROOT, 'dist/engine.js') });
  const model = { folder: process.argv[3] ?? path.join(ROOT, 'models/visit-small') };
  // Of the embedded model: a head that looks at the one who gives and writes against that name.
  const [layer = 4, number = 2] = process.argv.slice(4).map(Number);
  const head = nodeId.headOut(layer, number);
  const given = { text: 'When Mary and John went to the store, John gave a drink to' };
  const names = { target: { text: ' Mary' }, against: { text: ' John' } };
  const capital = { text: 'The capital of Japan is the city of' };
  const france = { text: 'The capital of France is the city of' };
  const compare = (
    prompt: { text: string },
    interventions: readonly Intervention[],
    layers: { from: number; to: number },
    options = {},
  ): Promise<Comparison> =>
    engine.call('compare', {
      model,
      left: { prompt, options },
      right: { prompt, options: { ...options, interventions } },
      options: { targets: 'left', layers },
    });
  const graph = await engine.call('graph', { model, prompt: given, options: { ...names, layers: { from: layer, to: layer } } });
  const off = await compare(given, [{ mode: 'zero', component: head }], { from: layer, to: layer }, names);
  const patched = await compare(
    capital,
    [
      { mode: 'patch', component: 'blocks.0.attn', from: france },
      { mode: 'patch', component: 'blocks.1.attn', from: france },
      { mode: 'patch', component: 'blocks.0.mlp', from: france },
      { mode: 'patch', component: 'blocks.2.attn', from: france },
    ],
    { from: 2, to: 2 },
  );
  const prompts = await engine.call('compare', {
    model,
    left: { prompt: capital, options: {} },
    right: { prompt: france, options: {} },
    options: {},
  });
  engine.dispose();

  const origin = { name: 'indirect-object.txt' };
  await inEveryLook('what-if', [1500, 771, 461, 321], folder, async (look) => {
    const { page, send, take } = look;
    const show = (comparison: Comparison, interventions = compareRequestOf(comparison).interventions) =>
      send({
        type: 'comparison',
        fingerprint: SAMPLE_MODEL,
        comparison,
        request: { ...compareRequestOf(comparison), interventions },
        origins: { left: origin, right: origin },
      });
    await send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin });
    await page.getByTestId('fit').click();
    await hover(page, head);
    await take('hint');
    await clickNode(page, head);
    await page.getByTestId('patch').first().click();
    await take('offer');
    await show(off);
    await take('off');
    await takeDrawings(look);
    await page.getByTestId('view-sides').click();
    await show(patched);
    await page.getByTestId('share-kept').fill('50');
    await take('patched');
    await show(prompts);
    await take('prompts');
  });
}

void main();
