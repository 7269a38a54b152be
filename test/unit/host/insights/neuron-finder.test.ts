import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ActiveNeurons } from '../../../../src/core/insight/active-neurons';
import { Problem } from '../../../../src/core/problem';
import type { EngineMethods } from '../../../../src/core/protocol/engine';
import type { HostMessage } from '../../../../src/core/protocol/inspector';
import type { CallOptions, EngineCalls } from '../../../../src/engine-client/engine-calls';
import { KeptNeurons } from '../../../../src/host/insights/kept-neurons';
import { NeuronFinder, type NeuronStore } from '../../../../src/host/insights/neuron-finder';

const FOUND = {
  schema: 'visit.active-neurons/1',
  model: { name: 'tiny' },
  prompts: 2,
  skipped: [],
  perLayer: 100,
  atLeast: 0.95,
  neurons: [],
} as unknown as ActiveNeurons;

function setUp() {
  const posted: HostMessage[] = [];
  const kept = new Map<string, ActiveNeurons>();
  const store: NeuronStore = {
    read: (folder) => Promise.resolve(kept.get(folder) ?? null),
    write: (folder, found) => {
      kept.set(folder, found);
      return Promise.resolve();
    },
  };
  const state = { folder: '/one', answer: (_signal: AbortSignal | undefined): Promise<ActiveNeurons> => Promise.resolve(FOUND) };
  const engine: EngineCalls = {
    async call<K extends keyof EngineMethods>(
      method: K,
      _params: EngineMethods[K]['params'],
      { signal, onProgress }: CallOptions,
    ) {
      assert.equal(method, 'activeNeurons');
      onProgress?.({ message: 'prompt 1 of 2', done: 0, total: 2 });
      return await state.answer(signal);
    },
  };
  const finder = new NeuronFinder({
    engine,
    store,
    model: () => ({ folder: state.folder }),
    post: (message) => posted.push(message),
    log: { info: () => undefined, error: () => undefined },
  });
  return { finder, posted, kept, state };
}

describe('Finding always-active neurons', () => {
  it('tells how far it is, tells what was found, and keeps it for the model', async () => {
    const { finder, posted, kept } = setUp();
    assert.equal(await finder.find(['a', 'b']), FOUND);
    assert.deepEqual(posted.slice(1), [
      { type: 'findingNeurons', progress: { message: 'prompt 1 of 2', done: 0, total: 2 } },
      { type: 'findingNeurons', progress: null },
      { type: 'neurons', found: FOUND },
    ]);
    assert.equal(kept.get('/one'), FOUND);
  });

  it('recalls what is kept of the model in use, and nothing of another', async () => {
    const { finder, kept, posted, state } = setUp();
    kept.set('/one', FOUND);
    await finder.recall();
    assert.equal(finder.found, FOUND);
    state.folder = '/two';
    await finder.recall();
    assert.deepEqual(posted, [
      { type: 'neurons', found: FOUND },
      { type: 'neurons', found: null },
    ]);
  });

  it('changes nothing when it is cancelled', async () => {
    const { finder, posted, kept, state } = setUp();
    state.answer = () => new Promise(() => undefined);
    const finding = finder.find(['a']);
    finder.cancel();
    assert.equal(await finding, undefined);
    assert.equal(kept.size, 0);
    assert.deepEqual(posted.at(-1), { type: 'findingNeurons', progress: null });
  });

  it('passes on why it could not be done, and no longer says that it is under way', async () => {
    const { finder, posted, state } = setUp();
    state.answer = () => Promise.reject(new Problem('empty-prompt', 'None can be read.'));
    await assert.rejects(finder.find(['']), /None can be read/);
    assert.deepEqual(posted.at(-1), { type: 'findingNeurons', progress: null });
    assert.deepEqual(finder.replay(), [{ type: 'neurons', found: null }]);
  });
});

describe('What is kept of a model’s neurons', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'visit-neurons-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is read back while the model’s files are the same, and not once they have changed', async () => {
    const model = path.join(folder, 'model.safetensors');
    await writeFile(model, 'weights');
    const store = new KeptNeurons(path.join(folder, 'kept'));
    assert.equal(await store.read(folder), null);
    await store.write(folder, FOUND);
    assert.deepEqual(await store.read(folder), FOUND);
    await writeFile(model, 'other weights');
    assert.equal(await store.read(folder), null);
  });

  it('is nothing where the folder is gone', async () => {
    assert.equal(await new KeptNeurons(folder).read(path.join(folder, 'gone')), null);
  });
});
