/**
 * Pictures of the views beside the flow graph, for the eye: every theme, wide and narrow, with what a model says.
 *   npm run build && npx tsx test/webview/insight-screenshots.ts [folder] [model folder]
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { nodeId } from '../../src/core/format/node-id';
import { EngineClient } from '../../src/engine-client/engine-client';
import { promptLines } from '../../src/core/text/prompt-lines';
import { requestOf } from '../../webview/host/standalone';
import { insightResult, SAMPLE_MODEL } from './insight-messages';
import { inEveryLook } from './every-look';
import { clickNode, settle } from './inspector-page';

const ROOT = path.resolve(__dirname, '../..');

async function main(): Promise<void> {
  const folder = process.argv[2] ?? path.join(ROOT, 'artifacts/webview');
  const engine = new EngineClient({ entry: path.join(ROOT, 'dist/engine.js') });
  const model = { folder: process.argv[3] ?? path.join(ROOT, 'models/visit-small') };
  const prompt = { text: 'The capital of Japan is the city of' };
  const examples = await readFile(path.join(ROOT, 'examples/factual-recall.txt'), 'utf8');
  const prompts = promptLines(examples, { hashIsComment: true }).map(({ text }) => text);
  const graph = await engine.call('graph', { model, prompt, options: {} });
  const overview = await engine.call('overview', { model, prompt, options: {} });
  const norms = await engine.call('norms', { model, prompt, options: {} });
  const summary = await engine.call('normSummary', { model, prompts, tokens: 10 });
  const neurons = await engine.call('activeNeurons', { model, prompts, options: {} });
  const [{ layer, head }] = overview.blocks
    .flatMap(({ layer: l, heads }) => heads.map((share, h) => ({ layer: l, head: h, share })))
    .sort((a, b) => b.share - a.share);
  const memory = await engine.call('headMemory', { model, prompt, options: { layer, head } });
  const taught = { model, prompt, options: { layer, target: { text: ' Paris' } } };
  const gradient = await engine.call('backwardLens', taught);
  const towards = await engine.call('graph', { ...taught, options: { layers: { from: layer, to: layer }, target: { text: ' Paris' } } });
  const whole = await engine.call('graph', { model, prompt, options: { layers: { from: layer, to: layer } } });
  engine.dispose();

  await inEveryLook('insight', [1500, 771, 461, 321], folder, async ({ page, send, take }) => {
    await send({ type: 'graph', fingerprint: SAMPLE_MODEL, graph, request: requestOf(graph), origin: { name: 'factual-recall.txt' } });
    await take('tabs');
    await page.getByTestId('tab-overview').click();
    await send({
      type: 'insightProgress',
      id: null,
      request: { of: 'overview' },
      progress: { message: 'Looking at layer 1', done: 1, total: 4 },
    });
    await take('looking');
    await send({
      type: 'insightProgress',
      id: null,
      request: { of: 'overview' },
      progress: { message: 'Waits for the forward pass', done: 0, total: 1 },
    });
    await send({ type: 'working', progress: { message: 'block 3 of 8', done: 2, total: 8 } });
    await take('waits');
    await send({ type: 'idle' });
    await send(insightResult(null, { of: 'overview' }, overview));
    await page.locator('[data-testid=overview-grid] [role=gridcell]').nth(4).hover();
    await settle(page);
    await take('overview');
    await page.getByTestId('effects').scrollIntoViewIfNeeded();
    await page
      .locator('.insight')
      .first()
      .evaluate((area) => area.scrollTo(0, 100_000));
    await settle(page);
    await take('effects');
    await page.getByTestId('tab-norms').click();
    await send(insightResult(null, { of: 'norms' }, norms));
    await take('norms');
    await page.getByTestId('norm-summary').click();
    await send(insightResult(null, { of: 'normSummary' }, summary, { file: 'factual-recall.txt' }));
    await page.getByTestId('norm-summary-table').scrollIntoViewIfNeeded();
    await settle(page);
    await take('norm-summary');
    await send(insightResult(null, { of: 'activeNeurons' }, neurons));
    await send({ type: 'reveal', what: 'neurons' });
    await take('neurons');
    await page.getByTestId('tab-graph').click();
    await send({
      type: 'graph',
      fingerprint: SAMPLE_MODEL,
      graph: whole,
      request: requestOf(whole),
      origin: { name: 'factual-recall.txt' },
    });
    await page.getByTestId('fit').click();
    await clickNode(page, nodeId.headOut(layer, head));
    await page.getByTestId('memory-ask').click();
    await send(insightResult(null, { of: 'headMemory', layer: memory.layer, head: memory.head }, memory));
    await page.mouse.move(5, 5);
    await take('memory');
    await page.getByTestId('pinned-close').click();
    await send({
      type: 'graph',
      fingerprint: SAMPLE_MODEL,
      graph: towards,
      request: requestOf(towards),
      origin: { name: 'factual-recall.txt' },
    });
    await clickNode(page, nodeId.mlpOut(layer));
    await page.getByTestId('gradient').locator('summary').click();
    await send(insightResult(null, { of: 'backwardLens', layer }, gradient));
    await page.getByTestId('update').locator('summary').click();
    await page.mouse.move(5, 5);
    await page.getByTestId('gradient').scrollIntoViewIfNeeded();
    await take('gradient');
    await page.getByTestId('update-neurons').scrollIntoViewIfNeeded();
    await take('gradient-neurons');
  });
}

void main();
