/**
 * Pictures of a comparison for the eye: every theme at a wide, a half and a narrow panel.
 *   npx tsx test/webview/compare-screenshots.ts comparison.json [folder]
 */
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Comparison } from '../../src/core/graph/compare/comparison';
import { compareRequestOf } from '../../webview/host/standalone';
import { buildInspector, clickNode, hover, launchChromium, openHosted, type OpenOptions } from './inspector-page';

const THEMES = ['light', 'dark', 'high-contrast', 'high-contrast-light'] as const;
const SIZES = [[1400, 900], [700, 900], [420, 900]] as const;

async function main(): Promise<void> {
  const [file, folder = path.resolve(__dirname, '../../artifacts/webview')] = process.argv.slice(2);
  const comparison = JSON.parse(await readFile(file, 'utf8')) as Comparison;
  await mkdir(folder, { recursive: true });
  const bundle = await buildInspector();
  const browser = await launchChromium();
  const only = process.env['ONLY'];
  for (const theme of THEMES) {
    for (const [width, height] of SIZES) {
      const name = `compare-${theme}-${width}`;
      if (only && !name.startsWith(`compare-${only}`)) continue;
      await shoot(name, { theme, width, height });
    }
  }
  await browser.close();

  async function shoot(name: string, options: OpenOptions): Promise<void> {
    const { page, send, errors, close } = await openHosted(browser, bundle, options);
    const take = (what: string) => page.screenshot({ path: path.join(folder, `${name}-${what}.png`) });
    await send({ type: 'comparison', comparison, request: compareRequestOf(comparison), origins: { left: { name: 'capitals.txt' }, right: { name: 'capitals.txt' } } });
    await take('sides');
    const head = comparison.nodes.find(({ left, right }) => left?.endsWith('.query') === true && left.includes('head') && right !== null);
    if (head) {
      await hover(page, head.id);
      await take('hover');
      await clickNode(page, head.id);
      await page.mouse.move(5, 5);
      await take('pinned');
    }
    await page.getByTestId('view-merged').click();
    await take('merged');
    await page.getByTestId('view-changes').click();
    await take('changes');
    await page.getByTestId('view-tree').click();
    await take('tree');
    await send({ type: 'askOther' });
    await page.getByTestId('view-sides').click();
    await take('asking');
    if (errors.length > 0) console.error(name, errors);
    await close();
  }
}

void main();
