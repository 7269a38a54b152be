/** The headless Chromium of the tests. */
import { chromium, type Browser } from 'playwright-core';
import { ensureChromium } from '../../scripts/setup/chromium.mjs';

/** Starts Chromium; close it when done. */
export async function launchBrowser(): Promise<Browser> {
  // Chromium's own sandbox does not start as root in a container; the pages are all from this machine.
  return chromium.launch({ executablePath: await ensureChromium(), args: ['--no-sandbox'] });
}
