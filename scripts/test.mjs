/**
 * `npm test`: sets everything up, runs every test, and ends with the line "N passed, N failed".
 *   npm test
 *   npm test -- --only unit,oracle     those stages alone
 *
 * A stage whose set-up fails, or that runs no test, counts as a failure. Reports, logs and screenshots are kept in artifacts/.
 */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuild } from './setup/build.mjs';
import { ensureChromium } from './setup/chromium.mjs';
import { ensureCodeServer } from './setup/code-server.mjs';
import { run } from './setup/command.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { ownTarget, packageFor } from './setup/package.mjs';
import { main, seconds, SetupError } from './setup/progress.mjs';
import { ROOT } from './setup/repository.mjs';

/**
 * @typedef {object} Outcome one test as it ended; see test/support/report.cjs
 * @property {string} title
 * @property {boolean} passed
 * @property {string} [error]
 *
 * @typedef {object} Stage
 * @property {readonly (() => Promise<unknown>)[]} needs set-up besides dependencies and build
 * @property {(name: string) => Promise<Outcome[]>} run
 */

/**
 * The package under test, once it has been asked for.
 * @type {Promise<unknown> | undefined}
 */
let packaged;

/** Time limit of a stage: many times what one takes on two idle cores. */
const STAGE_MINUTES = 25;

/** @type {Record<string, Stage>} */
const STAGES = {
  check: { needs: [], run: check },
  unit: { needs: [], run: mocha('test/unit/**/*.test.ts') },
  engine: { needs: [], run: mocha('test/engine/**/*.test.ts') },
  hub: { needs: [], run: mocha('test/hub/**/*.test.ts') },
  oracle: { needs: [], run: mocha('test/oracle/**/*.test.ts') },
  model: { needs: [], run: mocha('test/model/**/*.test.ts') },
  cli: { needs: [], run: mocha('test/cli/**/*.test.ts') },
  webview: { needs: [ensureChromium], run: mocha('test/webview/**/*.test.ts') },
  vscode: { needs: [ensureChromium, ensureCodeServer], run: reported('node_modules/tsx/dist/cli.mjs', 'test/vscode/run.ts') },
  package: { needs: [ownPackage], run: mocha('test/package/**/*.test.ts') },
  e2e: { needs: [ensureChromium, ensureCodeServer, ownPackage], run: mocha('test/e2e/**/*.test.ts') },
};

await main(async () => {
  const { values } = parseArgs({ options: { only: { type: 'string' } } });
  const names = values.only?.split(',') ?? Object.keys(STAGES);
  const unknown = names.filter((name) => !Object.hasOwn(STAGES, name));
  if (unknown.length > 0) throw new SetupError(`There is no stage "${unknown.join('", "')}".`, `Stages: ${Object.keys(STAGES).join(', ')}`);

  const outcomes = await runStages(names);
  const failures = outcomes.filter(({ passed }) => !passed);
  for (const { title, error } of failures) console.log(`\n✖ ${title}\n${indent(error ?? '')}`);
  if (failures.length > 0) process.exitCode = 1;
  console.log(`\n${outcomes.length - failures.length} passed, ${failures.length} failed`);
});

/** @returns {Promise<Outcome[]>} of all these stages */
async function runStages(/** @type {readonly string[]} */ names) {
  const ready = await attempt('set-up', async () => {
    await ensureDependencies();
    await ensureBuild();
    return [];
  });
  if (ready.length > 0) return ready;

  const all = [];
  for (const name of names) {
    const began = performance.now();
    console.log(`\n── ${name} ${'─'.repeat(70 - name.length)}`);
    const outcomes = await attempt(name, async () => {
      for (const need of STAGES[name].needs) await need();
      return STAGES[name].run(name);
    });
    const failed = outcomes.filter(({ passed }) => !passed).length;
    console.log(`── ${name}: ${outcomes.length - failed} passed, ${failed} failed (${seconds(began)})`);
    all.push(...outcomes);
  }
  return all;
}

/** What went wrong on the way to a stage's tests counts as one failed test. */
async function attempt(/** @type {string} */ title, /** @type {() => Promise<Outcome[]>} */ work) {
  try {
    return await work();
  } catch (error) {
    console.log(error.message);
    return [{ title, passed: false, error: error.message }];
  }
}

/** Types and style: one test each. */
async function check() {
  const tools = { 'types are right': ['typescript/bin/tsc', '-b'], 'the linter finds nothing': ['eslint/bin/eslint.js', '.'] };
  const outcomes = [];
  for (const [title, [tool, ...args]] of Object.entries(tools)) {
    const found = await run(process.execPath, [join('node_modules', tool), ...args], { cwd: ROOT, show: true }).catch((error) => error);
    outcomes.push({ title, passed: !(found instanceof Error), error: found instanceof Error ? found.message : undefined });
  }
  return outcomes;
}

function mocha(/** @type {string} */ files) {
  return reported('node_modules/mocha/bin/mocha.js', files);
}

/** A stage that is a program of its own, which writes its outcomes to the file named by VISIT_TEST_REPORT. */
function reported(/** @type {string[]} */ ...args) {
  return async (/** @type {string} */ name) => {
    const file = join(ROOT, 'artifacts', 'reports', `${name}.json`);
    await rm(file, { force: true });
    const ended = await run(process.execPath, args, { cwd: ROOT, env: { VISIT_TEST_REPORT: file }, minutes: STAGE_MINUTES, show: true }).catch((error) => error);

    /** @type {Outcome[]} */
    const outcomes = await readFile(file, 'utf8').then(JSON.parse, () => []);
    const explained = outcomes.some(({ passed }) => !passed);
    if (ended instanceof Error && !explained) outcomes.push({ title: `${name} runs to its end`, passed: false, error: ended.message });
    if (outcomes.length === 0) throw new Error(`The stage ${name} ran no test.`);
    return outcomes;
  };
}

/** Packages for this machine, once for all stages. */
function ownPackage() {
  packaged ??= packageFor(ownTarget());
  return packaged;
}

function indent(/** @type {string} */ text) {
  return text.replaceAll(/^/gm, '    ');
}
