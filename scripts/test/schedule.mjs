/** Runs tasks side by side as far as the machine carries them. */

/**
 * @typedef {Readonly<Record<string, number>>} Amounts of each resource by its name, such as `{ cores: 2 }`
 */

/**
 * @template T
 * @typedef {object} Task
 * @property {string} name
 * @property {readonly string[]} [needs] names of tasks that must have succeeded before
 * @property {Amounts} [takes] what it holds while it runs; `Infinity` of a resource: all of it. Absent: nothing
 * @property {() => Promise<T>} run
 */

/**
 * Runs every task, each as soon as what it needs is done and what it takes is free. Of several that could start, the first in
 * the list does. A task that takes more than there is waits until it has all of it. One that fails stops no other but those that
 * need it, which then fail with its error.
 * @template T
 * @param {readonly Task<T>[]} tasks
 * @param {Amounts} capacity of each resource; a resource that is not named here is unlimited
 * @returns {Promise<Map<string, PromiseSettledResult<T>>>} how each ended, in the order of `tasks`
 * @throws {Error} when a task needs one that is not in the list, or tasks need each other in a circle
 */
export async function runTasks(tasks, capacity) {
  const names = new Set(tasks.map(({ name }) => name));
  for (const { name, needs = [] } of tasks) {
    const missing = needs.find((need) => !names.has(need));
    if (missing !== undefined) throw new Error(`The task "${name}" needs "${missing}", which does not exist.`);
  }

  /** @type {Map<string, PromiseSettledResult<T>>} */
  const ended = new Map();
  /** @type {Map<string, Promise<void>>} */
  const running = new Map();
  /** @type {Map<string, number>} */
  const free = new Map(Object.entries(capacity));
  let waiting = [...tasks];

  const amountsOf = (/** @type {Task<T>} */ { takes = {} }) =>
    Object.entries(takes).flatMap(([resource, amount]) => {
      const all = capacity[resource];
      return all === undefined ? [] : [/** @type {const} */ ([resource, Math.min(amount, all)])];
    });
  const add = (/** @type {Task<T>} */ task, /** @type {1 | -1} */ sign) => {
    for (const [resource, amount] of amountsOf(task)) free.set(resource, (free.get(resource) ?? 0) + sign * amount);
  };
  const fits = (/** @type {Task<T>} */ task) => amountsOf(task).every(([resource, amount]) => amount <= (free.get(resource) ?? 0));

  const start = (/** @type {Task<T>} */ task) => {
    add(task, -1);
    const done = settled(task.run).then((result) => {
      ended.set(task.name, result);
      running.delete(task.name);
      add(task, 1);
    });
    running.set(task.name, done);
  };

  for (;;) {
    /** @type {Task<T>[]} */
    const still = [];
    let changed = false;
    for (const task of waiting) {
      const needs = (task.needs ?? []).map((name) => ended.get(name));
      const failed = needs.find((result) => result?.status === 'rejected');
      if (failed !== undefined) {
        ended.set(task.name, failed);
        changed = true;
      } else if (needs.every((result) => result !== undefined) && fits(task)) start(task);
      else still.push(task);
    }
    waiting = still;
    if (changed) continue; // others may need what has just failed
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
  if (waiting.length > 0) throw new Error(`These tasks need each other: ${waiting.map(({ name }) => name).join(', ')}.`);
  return new Map(tasks.map(({ name }) => [name, /** @type {PromiseSettledResult<T>} */ (ended.get(name))]));
}

/**
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<PromiseSettledResult<T>>} how it ended, errors thrown before its first `await` included
 */
async function settled(work) {
  const [result] = await Promise.allSettled([(async () => work())()]);
  return result;
}
