import assert from 'node:assert/strict';
import fc from 'fast-check';
import { runTasks } from '../../../scripts/test/schedule.mjs';
import { deferred } from '../../support/deferred';

/** Work that ends when it is told to. */
function controlled(): { names: string[]; task: (name: string, takes?: Record<string, number>, needs?: string[]) => Controlled } {
  const names: string[] = [];
  return {
    names,
    task(name, takes = {}, needs = []) {
      const { promise, resolve, reject } = deferred<string>();
      const run = (): Promise<string> => (names.push(name), promise);
      return { name, takes, needs, run, end: () => resolve(name), fail: (message) => reject(new Error(message)) };
    },
  };
}

interface Controlled {
  readonly name: string;
  readonly takes: Record<string, number>;
  readonly needs: string[];
  readonly run: () => Promise<string>;
  readonly end: () => void;
  readonly fail: (message: string) => void;
}

/** Lets everything happen that waits for nothing. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('tasks that run side by side', () => {
  it('are as many as there are cores for', async () => {
    const { names, task } = controlled();
    const tasks = [task('a', { cores: 1 }), task('b', { cores: 1 }), task('c', { cores: 1 })];
    const all = runTasks(tasks, { cores: 2 });
    await settle();
    assert.deepEqual(names, ['a', 'b']);
    tasks[1]?.end();
    await settle();
    assert.deepEqual(names, ['a', 'b', 'c']);
    for (const { end } of tasks) end();
    assert.deepEqual(
      [...(await all).values()].map((result) => result.status === 'fulfilled' && result.value),
      ['a', 'b', 'c'],
    );
  });

  it('leave one that takes everything to itself', async () => {
    const { names, task } = controlled();
    const [first, alone, last] = [task('first', { cores: 1 }), task('alone', { cores: Infinity }), task('last', { cores: 1 })];
    const all = runTasks([first, alone, last], { cores: 2 });
    await settle();
    assert.deepEqual(names, ['first', 'last']);
    first.end();
    await settle();
    assert.deepEqual(names, ['first', 'last']);
    last.end();
    await settle();
    assert.deepEqual(names, ['first', 'last', 'alone']);
    alone.end();
    await all;
  });

  it('wait for what they need, and end with its error where it fails', async () => {
    const { names, task } = controlled();
    const [good, bad] = [task('good'), task('bad')];
    const tasks = [
      task('after good', {}, ['good']),
      task('after bad', {}, ['bad', 'good']),
      task('after that', {}, ['after bad']),
      good,
      bad,
    ];
    const all = runTasks(tasks, {});
    await settle();
    assert.deepEqual(names, ['good', 'bad']);
    bad.fail('no network');
    good.end();
    tasks[0]?.end();
    const ended = await all;
    assert.deepEqual(names, ['good', 'bad', 'after good']);
    assert.deepEqual(
      [...ended].map(([name, result]) => [name, result.status === 'fulfilled' ? result.value : String(result.reason)]),
      [
        ['after good', 'after good'],
        ['after bad', 'Error: no network'],
        ['after that', 'Error: no network'],
        ['good', 'good'],
        ['bad', 'Error: no network'],
      ],
    );
  });

  it('end with their error though it is thrown at once', async () => {
    const run = (): Promise<string> => {
      throw new Error('at once');
    };
    const result = (await runTasks([{ name: 'a', run }], {})).get('a');
    assert.equal(result?.status === 'rejected' && String(result.reason), 'Error: at once');
  });

  it('never take more than there is, whatever they are, and all of them run', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ cores: fc.integer({ min: 0, max: 5 }), memory: fc.integer({ min: 0, max: 9 }) })),
        async (wishes) => {
          const capacity = { cores: 3, memory: 8 };
          const held = { cores: 0, memory: 0 };
          const tasks = wishes.map((takes, i) => ({
            name: String(i),
            takes,
            run: async () => {
              for (const resource of ['cores', 'memory'] as const) held[resource] += Math.min(takes[resource], capacity[resource]);
              assert.ok(held.cores <= capacity.cores && held.memory <= capacity.memory, JSON.stringify(held));
              await settle();
              for (const resource of ['cores', 'memory'] as const) held[resource] -= Math.min(takes[resource], capacity[resource]);
              return i;
            },
          }));
          const ended = [...(await runTasks(tasks, capacity)).values()];
          assert.deepEqual(
            ended.map((result) => (result.status === 'fulfilled' ? result.value : String(result.reason))),
            tasks.map((_, i) => i),
          );
        },
      ),
    ));

  it('are refused where one needs what is not there, or two need each other', async () => {
    const run = async (): Promise<string> => '';
    await assert.rejects(runTasks([{ name: 'a', needs: ['b'], run }], {}), /"a" needs "b"/);
    await assert.rejects(
      runTasks(
        [
          { name: 'a', needs: ['b'], run },
          { name: 'b', needs: ['a'], run },
        ],
        {},
      ),
      /need each other: a, b/,
    );
  });
});
