import assert from 'node:assert/strict';
import { Problem } from '../../../../src/core/problem';
import { pack } from '../../../../src/core/protocol/columns/pack';
import { bytesOf } from '../../../../src/core/protocol/columns/columns';
import type { OpenedModel } from '../../../../src/core/protocol/engine';
import { KeptAnswers } from '../../../../src/host/session/kept-answers';
import { FakeEngine } from '../fake-engine';

const model = { folder: '/model' };

/** Kept answers in front of an engine that is counted, and of files that can change. */
function setUp(bytes?: number) {
  const engine = new FakeEngine();
  const files: { stamp: string | null } = { stamp: 'first' };
  const answers = new KeptAnswers(engine, () => Promise.resolve(files.stamp), bytes);
  const graph = (text: string, layer = 0) =>
    answers.call('graph', { model, prompt: { text }, options: { layers: { from: layer, to: layer } } }, {});
  return { engine, files, answers, graph };
}

describe('Answers that were seen before', () => {
  it('come again without the engine, equal and from the same model', async () => {
    const { engine, answers, graph } = setUp();
    const first = await graph('Japan', 1);
    await graph('Japan', 2);
    const told: string[] = [];
    const params = { model, prompt: { text: 'Japan' }, options: { layers: { from: 1, to: 1 } } };
    const telling = { onAsked: () => told.push('asked'), onModel: ({ fingerprint }: OpenedModel) => told.push(fingerprint) };
    assert.deepEqual(await answers.call('graph', params, telling), first);
    assert.deepEqual(told, [engine.fingerprint]);
    await answers.call('graph', { ...params, prompt: { text: 'France' } }, telling);
    assert.deepEqual(told.slice(1), ['asked', engine.fingerprint]);
    assert.equal(engine.asked.length, 3);
  });

  it('are asked for again when a file has changed, or files cannot be told apart', async () => {
    const { engine, files, graph } = setUp();
    await graph('Japan');
    files.stamp = 'second';
    await graph('Japan');
    assert.equal(engine.asked.length, 2);
    files.stamp = null;
    await graph('Japan');
    await graph('Japan');
    assert.equal(engine.asked.length, 4);
  });

  it('are let go of, the longest unseen first, when they take more than their room', async () => {
    const size = bytesOf(pack(await setUp().graph('A')));
    const { engine, graph } = setUp(2.5 * size);
    for (const text of ['A', 'B', 'C', 'C', 'B']) await graph(text);
    assert.equal(engine.asked.length, 3);
    await graph('A');
    assert.equal(engine.asked.length, 4);
  });

  it('are not kept of a call that failed, nor of other questions', async () => {
    const { engine, answers, graph } = setUp();
    engine.beforeGraph = () => Promise.reject(new Problem('io', 'once'));
    await assert.rejects(graph('A'), Problem);
    engine.beforeGraph = () => Promise.resolve();
    await graph('A');
    for (let i = 0; i < 2; i++) await answers.call('tokenize', { model, text: 'A' });
    assert.deepEqual(
      engine.asked.map(({ method }) => method),
      ['graph', 'graph', 'tokenize', 'tokenize'],
    );
  });

  it('answer who asks for what is seen first with the whole, but not the other way round', async () => {
    const { engine, answers } = setUp();
    engine.unread = 3;
    const params = { model, prompt: { text: 'Japan' }, options: {} };
    const first = () => answers.call('graph', { ...params, seenFirst: true });
    assert.equal((await first()).unread, 3);
    assert.equal((await first()).unread, 3);
    assert.equal(engine.asked.length, 1);
    assert.equal((await answers.call('graph', params)).unread, undefined);
    assert.equal(engine.asked.length, 2);
    assert.equal((await first()).unread, undefined);
    assert.equal(engine.asked.length, 2);
  });
});
