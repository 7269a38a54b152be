import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ActiveNeurons } from '../../../../src/core/insight/active-neurons';
import { Problem } from '../../../../src/core/problem';
import type { EngineMethods } from '../../../../src/core/protocol/engine';
import type { HostMessage } from '../../../../src/core/protocol/inspector';
import type { CallOptions, EngineCalls } from '../../../../src/engine-client/engine-calls';
import { KeptNeurons } from '../../../../src/host/insights/kept-neurons';
import { ChosenSurvey, type FindingStore } from '../../../../src/host/insights/chosen-survey';

const FOUND = {
  schema: 'visit.active-neurons/1',
  model: { name: 'tiny' },
  prompts: 2,
  skipped: [],
  perLayer: 100,
  atLeast: 0.95,
  neurons: [],
} as unknown as ActiveNeurons;

const NEURONS = { of: 'activeNeurons' } as const;
const told = (fingerprint: string, value: ActiveNeurons | null) =>
  ({ type: 'insightResult', id: null, request: NEURONS, fingerprint, value }) as const;
const progress = (message: string, done: number, total?: number) =>
  ({ type: 'insightProgress', id: null, request: NEURONS, progress: { message, done, ...(total && { total }) } }) as const;

function setUp() {
  const posted: HostMessage[] = [];
  const kept = new Map<string, ActiveNeurons>();
  const store: FindingStore<ActiveNeurons> = {
    read: (fingerprint) => Promise.resolve(kept.get(fingerprint) ?? null),
    write: (fingerprint, found) => {
      kept.set(fingerprint, found);
      return Promise.resolve();
    },
  };
  const state = { fingerprint: 'one', answer: (_signal: AbortSignal | undefined): Promise<ActiveNeurons> => Promise.resolve(FOUND) };
  const engine: EngineCalls = {
    async call<K extends keyof EngineMethods>(
      method: K,
      _params: EngineMethods[K]['params'],
      { signal, onModel, onProgress }: CallOptions = {},
    ) {
      assert.equal(method, 'activeNeurons');
      onModel?.({ info: {} as never, fingerprint: state.fingerprint });
      onProgress?.({ message: 'prompt 1 of 2', done: 0, total: 2 });
      return await state.answer(signal);
    },
  };
  const survey = new ChosenSurvey({
    of: 'activeNeurons',
    inShort: ({ neurons }) => `${neurons.length} neurons`,
    engine,
    store,
    model: () => ({ folder: '/model' }),
    post: (message) => posted.push(message),
    log: { info: () => undefined, error: () => undefined },
  });
  return { survey, posted, kept, state };
}

describe('A survey over chosen prompts', () => {
  it('tells how far it is, tells what was found, and keeps it for the model', async () => {
    const { survey, posted, kept } = setUp();
    assert.equal(await survey.run(['a', 'b']), FOUND);
    assert.deepEqual(posted.slice(1), [progress('prompt 1 of 2', 0, 2), told('one', FOUND)]);
    assert.equal(kept.get('one'), FOUND);
  });

  it('recalls what is kept of the model in use, and nothing of another, or of the same once its weights have been saved again', async () => {
    const { survey, kept, posted } = setUp();
    kept.set('one', FOUND);
    await survey.recall('one');
    await survey.recall('one');
    assert.equal(survey.found, FOUND);
    await survey.recall('one, saved again');
    assert.deepEqual(posted, [told('one', FOUND), told('one, saved again', null)]);
  });

  it('keeps what was found for the model that was run, though its weights were saved since the last graph', async () => {
    const { survey, kept, state } = setUp();
    await survey.recall('one');
    state.fingerprint = 'saved again';
    await survey.run(['a']);
    assert.deepEqual([...kept.keys()], ['saved again']);
  });

  it('shows nothing that was found through one lens where another has been chosen meanwhile, and keeps it for its own', async () => {
    const { survey, kept, state, posted } = setUp();
    let end = (): void => undefined;
    state.answer = () => new Promise((resolve) => (end = () => resolve(FOUND)));
    state.fingerprint = 'one';
    await survey.recall('one');
    const finding = survey.run(['a']);
    await survey.recall('one-mine');
    end();
    await finding;
    assert.deepEqual([survey.found, [...kept.keys()]], [null, ['one']]);
    assert.deepEqual(posted.at(-1), told('one-mine', null));
    await survey.recall('one');
    assert.equal(survey.found, FOUND);
  });

  it('changes nothing when it is cancelled', async () => {
    const { survey, posted, kept, state } = setUp();
    state.answer = () => new Promise(() => undefined);
    const finding = survey.run(['a']);
    survey.cancel();
    assert.equal(await finding, undefined);
    assert.equal(kept.size, 0);
    assert.deepEqual(posted.at(-1), { type: 'insightFailed', id: null, request: NEURONS, problem: null });
  });

  it('passes on why it could not be done, and no longer says that it is under way', async () => {
    const { survey, posted, state } = setUp();
    state.answer = () => Promise.reject(new Problem('empty-prompt', 'None can be read.'));
    await assert.rejects(survey.run(['']), /None can be read/);
    assert.deepEqual(posted.at(-1), {
      type: 'insightFailed',
      id: null,
      request: NEURONS,
      problem: { code: 'empty-prompt', message: 'None can be read.' },
    });
    assert.deepEqual(survey.replay(), [told('', null)]);
  });
});

describe('What is kept of a model’s neurons', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'visit-neurons-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is read back by the fingerprint of the model, and is nothing for any other', async () => {
    const store = new KeptNeurons(path.join(folder, 'kept'));
    assert.equal(await store.read('first'), null);
    await store.write('first', FOUND);
    assert.deepEqual(await store.read('first'), FOUND);
    assert.equal(await store.read('second'), null);
  });
});
