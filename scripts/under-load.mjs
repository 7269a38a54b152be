/**
 * Runs stages of `npm test` several times in a row on a machine that is busy with something else, to find what depends on time:
 *   node scripts/under-load.mjs --times 10 --only e2e,webview
 *   node scripts/under-load.mjs --times 3 --only vscode --busy 4      four busy processes instead of one for each core
 *
 * Prints a line for each run and a table at the end. What the runs print goes to artifacts/under-load/N.log, the table to
 * artifacts/under-load/table.txt. Ends with 1 when a test failed in any run.
 */
import { spawn } from 'node:child_process';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { main, SetupError } from './setup/progress.mjs';
import { ROOT } from './setup/repository.mjs';

const LOGS = join(ROOT, 'artifacts', 'under-load');
/** The argument that makes this script one of the busy processes. */
const SPIN = '--spin';

/**
 * @typedef {object} Result one run
 * @property {number} run from 1
 * @property {number} passed
 * @property {number} failed
 * @property {number} seconds
 */

if (process.argv[2] === SPIN) spin();
else await main(runUnderLoad);

async function runUnderLoad() {
  const { times, only, busy } = options();
  await rm(LOGS, { recursive: true, force: true });
  await mkdir(LOGS, { recursive: true });
  console.log(`${busy} busy processes on ${os.availableParallelism()} cores`);

  const stop = keepBusy(busy);
  /** @type {Result[]} */
  const results = [];
  try {
    for (let run = 1; run <= times; run++) {
      const result = await runOnce(run, only);
      results.push(result);
      console.log(row(result));
      await writeFile(join(LOGS, 'table.txt'), table(results));
    }
  } finally {
    stop();
  }
  console.log(`\n${table(results)}`);
  if (results.some(({ failed }) => failed > 0)) process.exitCode = 1;
}

function options() {
  const { values } = parseArgs({ options: { times: { type: 'string' }, only: { type: 'string' }, busy: { type: 'string' } } });
  const wholeNumber = (/** @type {string | undefined} */ text, /** @type {number} */ absent, /** @type {string} */ name) => {
    const number = text === undefined ? absent : Number(text);
    if (!Number.isInteger(number) || number < 1)
      throw new SetupError(`--${name} ${text} is not a number of 1 or more.`, 'Give a whole number.');
    return number;
  };
  return {
    times: wholeNumber(values.times, 10, 'times'),
    busy: wholeNumber(values.busy, os.availableParallelism(), 'busy'),
    only: values.only,
  };
}

/**
 * Starts processes that do nothing but keep a core busy each.
 * @param {number} count
 * @returns {() => void} ends them
 */
function keepBusy(count) {
  const processes = Array.from({ length: count }, () => spawn(process.execPath, [fileURLToPath(import.meta.url), SPIN]));
  const stop = () => {
    for (const child of processes) child.kill('SIGKILL');
  };
  process.once('exit', stop);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  return stop;
}

/** Never returns. Ends when the script that started it has gone. */
function spin() {
  const parent = process.ppid;
  for (;;) {
    const pause = Date.now() + 1000;
    while (Date.now() < pause);
    if (process.ppid !== parent) process.exit();
  }
}

/**
 * @param {number} run
 * @param {string | undefined} only stages; absent: all
 * @returns {Promise<Result>}
 */
async function runOnce(run, only) {
  const began = performance.now();
  const args = [join(ROOT, 'scripts', 'test.mjs'), ...(only === undefined ? [] : ['--only', only])];
  const log = join(LOGS, `${run}.log`);
  const file = await open(log, 'w');
  // A group of processes of its own, which ends as a whole when this script is stopped.
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', file.fd, file.fd], detached: true });
  const stop = () => {
    if (child.pid !== undefined) process.kill(process.platform === 'win32' ? child.pid : -child.pid);
  };
  process.once('exit', stop);
  await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject));
  process.off('exit', stop);
  await file.close();
  // the last line of `npm test`
  const [, passed, failed] = /(\d+) passed, (\d+) failed\s*$/.exec(await readFile(log, 'utf8')) ?? [];
  return {
    run,
    passed: Number(passed ?? 0),
    // A run that did not come to its last line has failed, whatever passed before.
    failed: failed === undefined ? 1 : Number(failed),
    seconds: Math.round((performance.now() - began) / 1000),
  };
}

function row(/** @type {Result} */ { run, passed, failed, seconds }) {
  return [run, passed, failed, seconds].map((cell) => String(cell).padStart(8)).join('');
}

function table(/** @type {readonly Result[]} */ results) {
  const clean = results.filter(({ failed }) => failed === 0).length;
  const heading = ['run', 'passed', 'failed', 'seconds'].map((cell) => cell.padStart(8)).join('');
  return [heading, ...results.map(row), `${clean} of ${results.length} runs without a failure`, ''].join('\n');
}
