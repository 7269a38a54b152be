import assert from 'node:assert/strict';
import { Problem, type ProblemCode } from '../../../../src/core/problem';
import { possibleBases, withBase } from '../../../../src/host/models/base-choice';
import type { ModelEntry } from '../../../../src/host/models/model-entries';
import { withActions } from '../../../../src/host/session/problem-actions';

const missing = new Problem('base-missing', '/adapter holds a LoRA adapter of someone/base, not a whole model.');

/** A model that loads once it has a base. */
function adapter(fails: Problem = missing) {
  let base: string | undefined;
  const asked: string[] = [];
  return {
    asked,
    base: () => base,
    load: (): Promise<string> => (base === undefined ? Promise.reject(fails) : Promise.resolve(`adapter on ${base}`)),
    answer: (folder: string | undefined) => (problem: Problem) => {
      asked.push(problem.message);
      return Promise.resolve(folder);
    },
    choose: (of: string, folder: string): Promise<void> => {
      assert.equal(of, '/adapter');
      if (folder === '/misfit') return Promise.reject(new Problem('weights-invalid', 'It does not fit.'));
      base = folder;
      return Promise.resolve();
    },
  };
}

const fails = (work: Promise<unknown>, code: ProblemCode): Promise<void> =>
  assert.rejects(work, (error) => error instanceof Problem && error.code === code);

describe('An adapter whose base is not found', () => {
  it('is loaded with the one that is chosen, which is asked for once', async () => {
    const { load, answer, choose, asked } = adapter();
    assert.equal(await withBase('/adapter', load, answer('/base'), choose), 'adapter on /base');
    assert.equal(await withBase('/adapter', load, answer('/other'), choose), 'adapter on /base');
    assert.deepEqual(asked, [missing.message]);
  });

  it('is asked for as well where one was found that does not fit', async () => {
    const misfit = new Problem('base-misfit', '/adapter changes a, which its base in /models/base does not have.');
    const { load, answer, choose, asked } = adapter(misfit);
    assert.equal(await withBase('/adapter', load, answer('/base'), choose), 'adapter on /base');
    assert.deepEqual(asked, [misfit.message]);
    assert.ok(withActions(misfit).actions?.some(({ id }) => id === 'chooseBase'));
  });

  it('stays as it is where none is chosen, or one that does not fit', async () => {
    const { load, answer, choose, base } = adapter();
    await fails(withBase('/adapter', load, answer(undefined), choose), 'base-missing');
    await fails(withBase('/adapter', load, answer('/misfit'), choose), 'weights-invalid');
    assert.equal(base(), undefined);
  });

  it('is what a base is asked for, and no other problem', async () => {
    const { load, answer, choose, asked } = adapter(new Problem('memory-low', 'It is too large.'));
    await fails(withBase('/adapter', load, answer('/base'), choose), 'memory-low');
    assert.deepEqual(asked, []);
  });

  it('says so with a button that asks', () => {
    assert.deepEqual(
      withActions(missing).actions?.map(({ id, title }) => [id, title]),
      [
        ['chooseBase', 'Choose Base Model…'],
        ['chooseModel', 'Choose Model…'],
        ['openLog', 'Open Log'],
      ],
    );
  });

  it('is offered the models that can be run, itself left out', () => {
    const entry = (name: string, problem: ModelEntry['problem'] = null): ModelEntry => ({
      section: 'On this machine',
      name,
      facts: '',
      detail: '',
      setting: `/${name}`,
      problem,
    });
    const entries = [entry('gpt2'), entry('bert', { code: 'unknown-architecture', message: 'No.' }), entry('adapter')];
    assert.deepEqual(
      possibleBases(entries, ({ setting }) => setting !== '/adapter').map(({ name }) => name),
      ['gpt2'],
    );
  });
});
