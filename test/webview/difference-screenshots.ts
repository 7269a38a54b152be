/**
 * Pictures of the story of a comparison, for the eye: every theme and width, with what a model says.
 *   npm run build && npx tsx test/webview/difference-screenshots.ts [folder] [model folder] [prompt] [other prompt] [component to switch off]
 */
import path from 'node:path';
import { EngineClient } from '../../src/engine-client/engine-client';
import type { DifferenceCheck } from '../../src/core/insight/difference-causes';
import type { Intervention } from '../../src/core/format/intervention';
import { sidesOf } from '../../src/core/protocol/shown-pass';
import { compareRequestOf } from '../../webview/host/standalone';
import { insightResult, SAMPLE_MODEL } from './insight-messages';
import { inEveryLook } from './every-look';
import { settle } from './inspector-page';

const ROOT = path.resolve(__dirname, '../..');

async function main(): Promise<void> {
  const [
    folder = path.join(ROOT, 'artifacts/webview'),
    modelFolder = path.join(ROOT, 'models/visit-small'),
    left = 'The capital of Japan is the city of',
    right = 'The capital of France is the city of',
    off,
  ] = process.argv.slice(2);
  const engine = new EngineClient({ entry: path.join(ROOT, 'dist/engine.js') });
  const model = { folder: modelFolder };
  const interventions: Intervention[] = off === undefined ? [] : [{ mode: 'zero', component: off }];
  const comparison = await engine.call('compare', {
    model,
    left: { prompt: { text: left }, options: {} },
    right: { prompt: { text: right }, options: off === undefined ? {} : { interventions } },
    options: off === undefined ? {} : { targets: 'left' },
  });
  const asked = { model, ...sidesOf({ comparison, interventions }) };
  const story = await engine.call('storyDifference', { ...asked, options: {} });
  const overview = await engine.call('overviewDifference', { ...asked, options: {} });
  const causes = await engine.call('differenceCauses', { ...asked, options: {} });
  const checks: DifferenceCheck[] = [];
  for (const { components } of causes.candidates) checks.push(await engine.call('checkDifference', { ...asked, components }));
  engine.dispose();

  await inEveryLook('difference', [1500, 771, 621, 461, 321], folder, async ({ page, send, take }) => {
    const request = { ...compareRequestOf(comparison), ...(off !== undefined && { targets: 'left' as const }) };
    await send({ type: 'comparison', fingerprint: SAMPLE_MODEL, comparison, request, origins: { left: {}, right: {} } });
    await page.getByTestId('tab-story').click();
    await send(insightResult(null, { of: 'storyDifference' }, story));
    await send(insightResult(null, { of: 'differenceCauses' }, causes));
    for (const check of checks) {
      await send(insightResult(null, { of: 'checkDifference', components: check.components.join(' ') }, check));
    }
    await take('first');
    await page.getByTestId('story-map').focus();
    await page.keyboard.press('ArrowRight');
    await settle(page);
    await take('card');
    await page.getByTestId('tab-overview').click();
    await send(insightResult(null, { of: 'overviewDifference' }, overview));
    await settle(page);
    await take('overview');
    await page.locator('.stage.insight').evaluate((stage) => stage.scrollTo(0, stage.scrollHeight));
    await settle(page);
    await take('overview-end');
  });
}

void main();
