/**
 * Pictures of a comparison for the eye: every theme at a wide, a half and a narrow panel.
 *   npx tsx test/webview/compare-screenshots.ts comparison.json [folder]
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Comparison } from '../../src/core/format/comparison';
import { compareRequestOf } from '../../webview/host/standalone';
import { SAMPLE_MODEL } from './insight-messages';
import { inEveryLook, takeDrawings } from './every-look';
import { clickNode, hover } from './inspector-page';

async function main(): Promise<void> {
  const [file, folder = path.resolve(__dirname, '../../artifacts/webview')] = process.argv.slice(2);
  const comparison = JSON.parse(await readFile(file, 'utf8')) as Comparison;
  await inEveryLook('compare', [1500, 771, 461, 321], folder, async (look) => {
    const { page, send, take } = look;
    await send({
      type: 'comparison',
      fingerprint: SAMPLE_MODEL,
      comparison,
      request: compareRequestOf(comparison),
      origins: { left: { name: 'capitals.txt' }, right: { name: 'capitals.txt' } },
    });
    await take('sides');
    const head = comparison.nodes.find(({ left, right }) => left?.endsWith('.query') === true && left.includes('head') && right !== null);
    if (head) {
      await hover(page, head.id);
      await take('hover');
      await clickNode(page, head.id);
      await page.mouse.move(5, 5);
      await take('pinned');
    }
    await takeDrawings(look);
    await send({ type: 'askOther' });
    await page.getByTestId('view-sides').click();
    await take('asking');
  });
}

void main();
