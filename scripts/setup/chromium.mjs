/** A Chromium for the browser tests. */
import { existsSync } from 'node:fs';
import { findProgram } from './command.mjs';
import { SetupError } from './progress.mjs';
import { installSystemPackages } from './system-packages.mjs';

/** The shell comes first, also to be installed: without the windows that nobody sees, a page costs half the work. */
const NAMES = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'msedge'];
/** Where desktop systems keep it without putting it on the PATH. */
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  `${process.env.PROGRAMFILES}\\Google\\Chrome\\Application\\chrome.exe`,
  `${process.env['PROGRAMFILES(X86)']}\\Microsoft\\Edge\\Application\\msedge.exe`,
];

/**
 * @returns {string | undefined} the browser named by CHROME_PATH, or one that this system has
 * @throws {SetupError} when CHROME_PATH names none
 */
export function findChromium() {
  const asked = process.env.CHROME_PATH;
  if (asked === undefined || asked === '') {
    return NAMES.map(findProgram).find((path) => path !== undefined) ?? PLACES.find((path) => existsSync(path));
  }
  const found = findProgram(asked);
  if (found) return found;
  throw new SetupError(`CHROME_PATH is "${asked}", which cannot be run.`, 'Set it to the path of a Chromium or Chrome, or unset it.');
}

/**
 * Installs Chromium if there is none.
 * @returns {Promise<string>} its path
 * @throws {SetupError} when there is none and it cannot be installed from here
 */
export async function ensureChromium() {
  const present = findChromium();
  if (present) return present;
  const purpose = 'Chromium, which the browser tests drive';
  // Older systems have no package of the shell alone.
  await installSystemPackages(['chromium-headless-shell'], purpose).catch(() => installSystemPackages(['chromium'], purpose));
  const installed = findChromium();
  if (installed) return installed;
  throw new SetupError('Chromium was installed but cannot be found.', 'Set CHROME_PATH to its path.');
}
