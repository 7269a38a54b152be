/**
 * Pictures of the calibration in the panel, for the eye, of the embedded model.
 *   npm run build && npx tsx test/webview/calibration-screenshots.ts [folder]
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Calibration } from '../../src/core/insight/calibration';
import { inEveryLook } from './every-look';

const ROOT = path.resolve(__dirname, '../..');

async function main(): Promise<void> {
  const folder = process.argv[2] ?? path.join(ROOT, 'artifacts/webview');
  const file = path.join(ROOT, 'models/visit-small/calibration.json');
  const value = JSON.parse(readFileSync(file, 'utf8')) as Calibration;
  await inEveryLook(
    'calibration',
    [1500, 771, 461, 321],
    folder,
    async ({ page, send, take }) => {
      await send({ type: 'insightResult', id: null, request: { of: 'calibrate' }, fingerprint: 'one', value });
      await take('estimates');
      await page.getByTestId('predictor-centred').click();
      await page.getByTestId('calibration-head-last').getByRole('button').click();
      await page.locator('.calibration-points summary').click();
      await take('shares');
    },
    { tab: 'calibration' },
  );
}

void main();
