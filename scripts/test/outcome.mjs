/** What tests come to, and how it is said. */

/**
 * @typedef {object} Outcome one test as it ended; test/support/report.cjs writes them
 * @property {string} title
 * @property {boolean} passed
 * @property {number} [duration] milliseconds
 * @property {string} [error] why it failed
 */

/**
 * @param {readonly Outcome[]} outcomes
 * @returns {string} such as "12 passed, 1 failed"
 */
export function count(outcomes) {
  const failed = outcomes.filter(({ passed }) => !passed).length;
  return `${outcomes.length - failed} passed, ${failed} failed`;
}

/**
 * @param {Outcome} outcome one that failed
 * @returns {string} its title and, below, why
 */
export function describeFailure({ title, error = '' }) {
  return `✖ ${title}\n${error.replaceAll(/^/gm, '    ')}`;
}

/**
 * Makes whatever keeps tests from running a failed test, so that it cannot be overlooked.
 * @param {string} title of the stage or set-up
 * @param {() => Promise<Outcome[]>} work
 * @returns {Promise<Outcome[]>} one failed outcome where `work` fails or has none
 */
export async function outcomesOf(title, work) {
  try {
    const outcomes = await work();
    if (outcomes.length === 0) throw new Error(`The stage ${title} ran no test.`);
    return outcomes;
  } catch (error) {
    return [failure(title, error)];
  }
}

/**
 * @param {string} title
 * @param {unknown} error
 * @returns {Outcome}
 */
export function failure(title, error) {
  return { title, passed: false, error: error instanceof Error ? error.message : String(error) };
}
