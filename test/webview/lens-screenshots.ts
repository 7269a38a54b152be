/**
 * Pictures of the views with a lens, for the eye: every theme, wide and narrow.
 *   npm run build && npx tsx test/webview/lens-screenshots.ts [folder] [model folder] [file of a fitted lens]
 */
import path from 'node:path';
import { EngineClient } from '../../src/engine-client/engine-client';
import { requestOf } from '../../webview/host/standalone';
import { inEveryLook } from './every-look';
import { insightResult, SAMPLE_MODEL } from './insight-messages';
import { settle } from './inspector-page';

const ROOT = path.resolve(__dirname, '../..');

async function main(): Promise<void> {
  const folder = process.argv[2] ?? path.join(ROOT, 'artifacts/webview');
  const engine = new EngineClient({ entry: path.join(ROOT, 'dist/engine.js') });
  const at = process.argv[3] ?? path.join(ROOT, 'models/visit-small');
  const prompt = { text: 'The capital of Japan is the city of' };
  const listing = await engine.call('lenses', { model: { folder: at } });
  const chosen = listing.lenses[0]?.name ?? 'logit';
  const read = async (lens: string) => {
    const model = { folder: at, lens };
    return {
      graph: await engine.call('graph', { model, prompt, options: {} }),
      overview: await engine.call('overview', { model, prompt, options: {} }),
      story: await engine.call('story', { model, prompt, options: {} }),
    };
  };
  // The first look at a model makes its sessions.
  await read('logit');
  for (const lens of ['logit', chosen, 'logit', chosen]) {
    const begun = performance.now();
    await engine.call('graph', { model: { folder: at, lens }, prompt, options: {} });
    const drawn = performance.now();
    await engine.call('overview', { model: { folder: at, lens }, prompt, options: {} });
    console.log(`${lens}: graph ${Math.round(drawn - begun)} ms, overview ${Math.round(performance.now() - drawn)} ms`);
  }
  const { graph, overview, story } = await read('logit');
  const difference = await engine.call('lensDifference', { model: { folder: at, lens: 'logit' }, prompt, lens: chosen });
  engine.dispose();
  await inEveryLook('lens', [321, 621, 1500], folder, async ({ page, send, take }) => {
    await send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin: { name: 'capitals.txt' } });
    await send({ type: 'lenses', listing, chosen: 'logit' });
    await send(insightResult(null, { of: 'overview' }, overview));
    await send(insightResult(null, { of: 'story' }, story));
    await page.getByTestId('tab-overview').click();
    await page.getByTestId('other-lens').selectOption(chosen);
    await send(insightResult(null, { of: 'lensDifference', lens: chosen }, difference));
    for (const tab of ['graph', 'story', 'overview', 'lenses']) {
      await page.getByTestId(`tab-${tab}`).click();
      await settle(page);
      await take(tab);
    }
  });
}

void main();
