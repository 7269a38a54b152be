/** The headless Chromium of the tests. */
import { chromium, type Browser } from 'playwright-core';
import { ensureChromium } from '../../scripts/setup/chromium.mjs';

/** Starts Chromium; close it when done. */
export async function launchBrowser(): Promise<Browser> {
  // Chromium's own sandbox does not start as root in a container; the pages are all from this machine.
  // A graphics card that the processor plays draws the same, and takes an eighth more of it.
  return chromium.launch({ executablePath: await ensureChromium(), args: ['--no-sandbox', '--disable-gpu'] });
}
