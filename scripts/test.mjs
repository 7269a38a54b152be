/**
 * `npm test`: sets everything up, runs every test, and ends with the line "N passed, N failed".
 *   npm test
 *   npm test -- --only unit,oracle     those stages alone
 *
 * Stages run side by side as far as the machine carries them, long ones in several lanes. What a lane prints is one block. A stage whose set-up fails, or that runs no test, counts as a failure. Reports, logs and screenshots are kept in
 * artifacts/.
 */
import os from 'node:os';
import { parseArgs } from 'node:util';
import { ensureBuild } from './setup/build.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { Blocks, say } from './setup/output.mjs';
import { main, seconds } from './setup/progress.mjs';
import { chooseStages } from './test/choose-stages.mjs';
import { laneName, lanes } from './test/lanes.mjs';
import { count, describeFailure, failure, outcomesOf } from './test/outcome.mjs';
import { runTasks } from './test/schedule.mjs';
import { SET_UPS, STAGES } from './test/stages.mjs';

/** @typedef {import('./test/outcome.mjs').Outcome} Outcome */
/** @typedef {import('./test/lanes.mjs').Lane} Lane */

/** More lanes of one stage than this set up more than they save. */
const MOST_LANES = 4;

await main(async () => {
  const { values } = parseArgs({ options: { only: { type: 'string' } } });
  const began = performance.now();
  // What a machine lacks is found out with the dependencies.
  const dependencies = ensureDependencies();
  await dependencies.catch(() => undefined);
  const { run, leftOut } = chooseStages(STAGES, process.platform, values.only);
  for (const sentence of leftOut) say(sentence);

  const outcomes = await prepared(dependencies, () => runStages(run));
  for (const outcome of outcomes) if (!outcome.passed) say(`\n${describeFailure(outcome)}`);
  if (outcomes.some(({ passed }) => !passed)) process.exitCode = 1;
  for (const sentence of leftOut) say(`\n${sentence}`);
  say(`\nAll of it took ${seconds(began)}.\n${count(outcomes)}`);
});

/** Dependencies and build, which every stage needs, and then these. */
async function prepared(/** @type {Promise<void>} */ dependencies, /** @type {() => Promise<Outcome[]>} */ work) {
  try {
    await dependencies;
    await ensureBuild();
  } catch (error) {
    return [failure('set-up', error)];
  }
  return work();
}

/** @returns {Promise<Outcome[]>} of all these stages */
async function runStages(/** @type {readonly string[]} */ names) {
  const blocks = new Blocks(process.stdout);
  const setUps = [...new Set(names.flatMap((name) => STAGES[name].needs))];
  const prepare = setUps.map((name) => ({
    name: setUp(name),
    takes: SET_UPS[name].takes,
    run: () => blocks.block(async () => (await SET_UPS[name].run(), [])),
  }));
  const lanesOf = (/** @type {string} */ name) => lanes(STAGES[name].lanes ? Math.min(os.availableParallelism(), MOST_LANES) : 1);
  const test = names.flatMap((name) =>
    lanesOf(name).map((lane) => ({
      name: laneName(name, lane),
      takes: STAGES[name].takes,
      needs: STAGES[name].needs.map(setUp),
      run: () => blocks.block(() => runStage(name, lane)),
    })),
  );
  const ended = await runTasks([...prepare, ...test], capacity());
  return test.flatMap(({ name }) => {
    const result = ended.get(name);
    return result?.status === 'fulfilled' ? result.value : [failure(name, result?.reason)];
  });
}

async function runStage(/** @type {string} */ stage, /** @type {Lane} */ lane) {
  const began = performance.now();
  const name = laneName(stage, lane);
  say(`\n── ${name} ${'─'.repeat(70 - name.length)}`);
  const outcomes = await outcomesOf(name, () => STAGES[stage].run(lane));
  say(`── ${name}: ${count(outcomes)} (${seconds(began)})`);
  return outcomes;
}

/** A set-up and a stage may have one name. */
function setUp(/** @type {string} */ name) {
  return `set-up of ${name}`;
}

/** What this machine has. */
function capacity() {
  return { cores: os.availableParallelism(), memory: os.totalmem() / 1e9, 'system packages': 1 };
}
