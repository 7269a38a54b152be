/** node_modules as package-lock.json says. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { npm } from './command.mjs';
import { SetupError, step } from './progress.mjs';
import { ROOT } from './repository.mjs';

/** Oldest Node that can run the project. */
const NODE = 20;

/**
 * Installs the dependencies if they are missing or other than the lock file says.
 * @throws {SetupError} when Node is too old or npm fails
 */
export async function ensureDependencies() {
  if (Number(process.versions.node.split('.')[0]) < NODE) {
    throw new SetupError(`Node ${process.versions.node} is too old.`, `Install Node ${NODE} or newer: https://nodejs.org`);
  }
  if (await upToDate()) return;
  await step('Installing dependencies', () => npm(['ci'], { cwd: ROOT }));
}

async function upToDate() {
  const wanted = await packages('package-lock.json');
  // npm's own note of what it has put there
  const present = await packages('node_modules/.package-lock.json').catch(() => /** @type {Packages} */ ({}));
  return Object.entries(wanted).every(([path, { version, optional }]) => path === '' || optional || present[path]?.version === version);
}

/**
 * @typedef {Record<string, { version: string, optional?: boolean }>} Packages by their folders; '' is the project
 *
 * @param {string} lockFile
 * @returns {Promise<Packages>}
 */
async function packages(lockFile) {
  return JSON.parse(await readFile(join(ROOT, lockFile), 'utf8')).packages;
}
