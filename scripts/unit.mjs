/**
 * `npm run test:unit`: the unit tests, on all cores, with a fifth of the examples of property tests. Arguments go on to Mocha.
 *   npm run test:unit -- --grep layout     only tests with that in their names
 *   npm run test:unit -- --watch           and again on every change, until Ctrl+C
 */
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { watch } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { ensureDependencies } from './setup/dependencies.mjs';
import { say } from './setup/output.mjs';
import { main } from './setup/progress.mjs';
import { ROOT } from './setup/repository.mjs';
import { testFiles } from './test/lanes.mjs';

/** What unit tests read. */
const WATCHED = ['src', 'webview', 'scripts', 'test'];

/** The part of their examples that properties are tried with here: the others take as long as all else, and `npm test` tries them all. */
const SHARE_OF_EXAMPLES = 0.2;

/** Milliseconds in which a saved file may still be written. */
const SETTLING = 100;

await main(async () => {
  const args = process.argv.slice(2);
  await ensureDependencies();
  if (args.includes('--watch')) return runOnChange(args.filter((arg) => arg !== '--watch'));
  process.exitCode = await ended(await start(args));
});

/** Mocha itself can watch, but begins with two runs at once. */
async function runOnChange(/** @type {readonly string[]} */ args) {
  const changes = new EventEmitter();
  let changed = false;
  for (const folder of WATCHED) {
    watch(join(ROOT, folder), { recursive: true }, () => {
      changed = true;
      changes.emit('change');
    });
  }
  for (;;) {
    changed = false;
    await ended(await start(args));
    if (!changed) {
      say('Waiting for changes …');
      await once(changes, 'change');
    }
    await setTimeout(SETTLING);
  }
}

async function start(/** @type {readonly string[]} */ args) {
  const mocha = join(ROOT, 'node_modules', 'mocha', 'bin', 'mocha.js');
  // By itself Mocha leaves a core to its main process, which has next to nothing to do: of two cores it would use one.
  const jobs = ['--parallel', '--jobs', String(availableParallelism())];
  // The largest first, so that no core is left with a long one at the end.
  const files = (await testFiles(join(ROOT, 'test', 'unit'))).sort((a, b) => b.size - a.size).map(({ path }) => path);
  const env = { VISIT_FUZZ_SHARE: String(SHARE_OF_EXAMPLES), ...process.env };
  return spawn(process.execPath, [mocha, ...jobs, ...files, ...args], { cwd: ROOT, env, stdio: 'inherit' });
}

/** @returns {Promise<number>} its exit code */
async function ended(/** @type {import('node:child_process').ChildProcess} */ child) {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode ?? 1;
}
