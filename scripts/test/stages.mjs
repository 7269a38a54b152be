/** The stages of `npm test`: what each needs, how much of the machine it takes, and what it runs. */
import { join } from 'node:path';
import { ensureChromium } from '../setup/chromium.mjs';
import { ensureCodeServer } from '../setup/code-server.mjs';
import { ownTarget, packageFor } from '../setup/package.mjs';
import { ensureRealModel } from '../setup/real-model.mjs';
import { ROOT } from '../setup/repository.mjs';
import { noAdapter } from './adapter.mjs';
import { CHECKS } from './checks.mjs';
import { filesOfLane, laneName, testFiles } from './lanes.mjs';
import { checked, reported } from './programs.mjs';

/** @typedef {import('./outcome.mjs').Outcome} Outcome */
/** @typedef {import('./lanes.mjs').Lane} Lane */

/**
 * @typedef {object} SetUp something that stages need besides dependencies and build
 * @property {import('./schedule.mjs').Amounts} takes
 * @property {() => Promise<unknown>} run
 */

/**
 * @typedef {object} Stage
 * @property {readonly string[]} needs names of set-ups
 * @property {import('./schedule.mjs').Amounts} takes of `cores`, as many as it keeps busy by itself, less than one where it waits
 *   for a part of its time; of `memory`, gigabytes; in each of its lanes
 * @property {boolean} [lanes] true: its files may be dealt out to several processes; absent: it runs in one
 * @property {(lane: Lane) => Promise<Outcome[]>} run
 * @property {() => string | null} [absent] what this machine lacks for it, as the end of a sentence; null: nothing
 * @property {string} [onRequest] why it is run only if it is asked for by name, as the end of a sentence; absent: it is always run
 */

/**
 * At most one set-up at a time may use the system's package manager, which locks others out.
 * @type {Record<string, SetUp>}
 */
export const SET_UPS = {
  chromium: { takes: { cores: 1, 'system packages': 1 }, run: ensureChromium },
  'code-server': { takes: { cores: 1, 'system packages': 1 }, run: ensureCodeServer },
  package: { takes: { cores: 1 }, run: () => packageFor(ownTarget()) },
  'real model': { takes: { cores: 1 }, run: ensureRealModel },
};

/**
 * What drives a browser waits for its frames, and for processes that start, for a part of its time: three such lanes are as much as two
 * cores do.
 */
const PART_OF_A_CORE = 0.6;

/**
 * In the order in which they start where nothing else decides.
 * @type {Record<string, Stage>}
 */
export const STAGES = {
  check: { needs: [], takes: { cores: 1, memory: 3 }, run: () => checked(CHECKS) },
  unit: mocha('unit', { takes: { cores: 1, memory: 1 } }),
  engine: mocha('engine', { takes: { cores: 1, memory: 1 } }),
  gpu: mocha('gpu', { takes: { cores: 1, memory: 2 }, absent: noAdapter }),
  hub: mocha('hub', { takes: { cores: 1, memory: 1 } }),
  // It keeps every checkpoint in memory that its tests share.
  oracle: mocha('oracle', { takes: { cores: 1, memory: 4 } }),
  model: mocha('model', { takes: { cores: 1, memory: 2 } }),
  cli: mocha('cli', { takes: { cores: 1, memory: 1 } }),
  package: mocha('package', { needs: ['package'], takes: { cores: 1, memory: 1 } }),
  webview: mocha('webview', { needs: ['chromium'], takes: { cores: PART_OF_A_CORE, memory: 2 }, lanes: true }),
  vscode: {
    needs: ['chromium', 'code-server'],
    takes: { cores: PART_OF_A_CORE, memory: 3 },
    run: () => reported('vscode', ['node_modules/tsx/dist/cli.mjs', 'test/vscode/run.ts']),
  },
  e2e: mocha('e2e', { needs: ['chromium', 'code-server', 'package'], takes: { cores: PART_OF_A_CORE, memory: 4 }, lanes: true }),
  real: mocha('real', {
    needs: ['real model'],
    takes: { cores: 1, memory: 3 },
    onRequest: 'it fetches a trained model and needs Python',
  }),
};

/**
 * A stage of Mocha tests, which lie in the folder of test/ with its name.
 * @param {string} name
 * @param {{ needs?: readonly string[], takes: import('./schedule.mjs').Amounts, lanes?: boolean, onRequest?: string, absent?: () => string | null }} stage
 * @returns {Stage}
 */
function mocha(name, { needs = [], ...stage }) {
  const run = async (/** @type {Lane} */ lane) => {
    const files = filesOfLane(await testFiles(join(ROOT, 'test', name)), lane);
    return reported(laneName(name, lane), ['node_modules/mocha/bin/mocha.js', ...files.map(({ path }) => path)]);
  };
  return { ...stage, needs, run };
}
