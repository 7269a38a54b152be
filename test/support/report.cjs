/**
 * Mocha's reporter of this project: prints like `spec`, and writes what `npm test` adds up into the file that the environment
 * variable VISIT_TEST_REPORT names: a JSON array of `Outcome`. Without the variable it only prints.
 *
 * @typedef {object} Outcome one test as it ended
 * @property {string} title titles of its suites and its own, joined by spaces
 * @property {boolean} passed
 * @property {number} duration milliseconds
 * @property {string} [error] why it failed
 */
const Mocha = require('mocha');
const { mkdirSync, writeFileSync } = require('node:fs');
const { dirname } = require('node:path');

const { EVENT_TEST_PASS, EVENT_TEST_FAIL, EVENT_RUN_END } = Mocha.Runner.constants;

module.exports = class Report extends Mocha.reporters.Spec {
  /**
   * @param {Mocha.Runner} runner
   * @param {Mocha.MochaOptions} [options]
   */
  constructor(runner, options) {
    super(runner, options);
    const file = process.env.VISIT_TEST_REPORT;
    if (!file) return;

    /** @type {Outcome[]} */
    const outcomes = [];
    const add = (test, error) =>
      outcomes.push({ title: test.fullTitle(), passed: !error, duration: test.duration ?? 0, error: error?.stack ?? error?.message });
    runner.on(EVENT_TEST_PASS, (test) => add(test));
    // a failed hook arrives here too, in place of the tests that it kept from running
    runner.on(EVENT_TEST_FAIL, add);
    runner.on(EVENT_RUN_END, () => {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, JSON.stringify(outcomes, null, 1));
    });
  }
};
