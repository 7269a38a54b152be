/** Starts the browser of the tests of the page. */
import { chromium, type Browser } from 'playwright-core';
import { ensureChromium } from '../../scripts/setup/chromium.mjs';

/** Of all tests of a process, and what really closes it. */
let shared: Promise<{ readonly browser: Browser; close(): Promise<void> }> | undefined;
/** Mocha says when all tests of a process have ended. */
const isTested = typeof after === 'function';
if (isTested) after(async () => (await shared)?.close());

/**
 * The system's Chromium, or what CHROME_PATH names. The files of tests of a process have one, with pages that have compiled the bundle:
 * a file that closes it leaves it to the next.
 */
export async function launchChromium(): Promise<Browser> {
  if (!isTested) return launch();
  shared ??= launchShared();
  const { browser } = await shared;
  if (browser.isConnected()) return browser;
  shared = launchShared();
  return (await shared).browser;
}

async function launchShared(): Promise<{ browser: Browser; close(): Promise<void> }> {
  const browser = await launch();
  const close = browser.close.bind(browser);
  return { browser: Object.assign(browser, { close: () => Promise.resolve() }), close };
}

async function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: await ensureChromium(),
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
