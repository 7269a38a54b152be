/** Stages that are programs: what they print is shown, what they say of each test is counted. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../setup/command.mjs';
import { ROOT } from '../setup/repository.mjs';
import { failure } from './outcome.mjs';

/** @typedef {import('./outcome.mjs').Outcome} Outcome */

/** How long a stage may say nothing before it is taken to hang. Each test that ends is said. */
const STAGE_MINUTES = 25;

/**
 * Runs a program that writes its outcomes to the file named by VISIT_TEST_REPORT.
 * @param {string} name of the stage
 * @param {readonly string[]} args for Node
 * @returns {Promise<Outcome[]>} none if it ran no test; one failed more if the program failed and no test says why
 */
export async function reported(name, args) {
  const file = join(ROOT, 'artifacts', 'reports', `${name}.json`);
  await rm(file, { force: true });
  const options = { cwd: ROOT, env: { VISIT_TEST_REPORT: file }, minutes: STAGE_MINUTES, show: true };
  const error = await run(process.execPath, args, options).then(
    () => undefined,
    (error) => error,
  );

  /** @type {Outcome[]} */
  const outcomes = await readFile(file, 'utf8').then(JSON.parse, () => []);
  const explained = outcomes.some(({ passed }) => !passed);
  if (error !== undefined && !explained) outcomes.push(failure(`${name} runs to its end`, error));
  return outcomes;
}

/**
 * Runs tools that find something or nothing.
 * @param {typeof import('./checks.mjs').CHECKS} tools
 * @returns {Promise<Outcome[]>} one for each tool
 */
export async function checked(tools) {
  const outcomes = [];
  for (const [title, [tool, ...args]] of Object.entries(tools)) {
    const options = { cwd: ROOT, minutes: STAGE_MINUTES, show: true };
    outcomes.push(
      await run(process.execPath, [join('node_modules', tool), ...args], options).then(
        () => ({ title, passed: true }),
        (error) => failure(title, error),
      ),
    );
  }
  return outcomes;
}
