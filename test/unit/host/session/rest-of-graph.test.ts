import assert from 'node:assert/strict';
import { Problem } from '../../../../src/core/problem';
import type { HostMessage } from '../../../../src/core/protocol/inspector';
import { deferred } from '../../../support/deferred';
import { graphShown, promptOf, setUp, types } from '../fake-engine';

/** An inspector whose graphs come with five nodes unread, and the messages as they come. */
function inspecting() {
  const set = setUp();
  set.engine.unread = 5;
  const called = (): string[] => set.engine.asked.map(({ method }) => method);
  /** Resolves once a message of a type has been posted. */
  const posts = async (type: HostMessage['type'], count = 1): Promise<void> => {
    while (set.posted.filter((message) => message.type === type).length < count) await new Promise(setImmediate);
  };
  return { ...set, called, posts };
}

describe('The nodes of a graph that are not seen first', () => {
  it('are read a few at a time once it is shown, and then the whole is shown and kept', async () => {
    const { inspector, posted, called, posts } = inspecting();
    await inspector.visualize(promptOf('Japan'));
    assert.equal(graphShown(inspector).graph.unread, 5);
    await posts('graphRead');
    assert.deepEqual(called(), ['graph', 'readNodes', 'readNodes', 'readNodes', 'graph']);
    assert.equal(graphShown(inspector).graph.unread, undefined);
    const [first, whole] = [posted.find(({ type }) => type === 'graph'), posted.at(-1)];
    assert.ok(first?.type === 'graph' && whole?.type === 'graphRead');
    assert.equal(whole.seen, first.seen);
    // A page that comes back, and going back, have the whole at once.
    assert.deepEqual(types(inspector.replay()), ['graph']);
    await inspector.showAgain(whole.seen);
    const again = posted.at(-1);
    assert.ok(again?.type === 'graph' && again.graph.unread === undefined);
    assert.equal(called().length, 5);
  });

  it('are not asked for where all have been read', async () => {
    const { inspector, engine, called } = inspecting();
    engine.unread = 0;
    await inspector.visualize(promptOf('Japan'));
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    assert.deepEqual(called(), ['graph']);
  });

  it('are read on request before their turn', async () => {
    const { inspector, engine, posted, posts } = inspecting();
    const gate = deferred<void>();
    engine.beforeReading = (ids) => (ids === undefined ? gate.promise : Promise.resolve());
    await inspector.visualize(promptOf('Japan'));
    await inspector.readNodes(['a', 'b']);
    const answer = posted.at(-1);
    assert.ok(answer?.type === 'nodesRead');
    assert.deepEqual(
      answer.nodes.map(({ id }) => id),
      ['a', 'b'],
    );
    gate.resolve();
    await posts('graphRead');
  });

  it('are read no more once something else is asked for, and again where that comes to nothing', async () => {
    const { inspector, engine, called, posts } = inspecting();
    const gate = deferred<void>();
    engine.beforeReading = () => gate.promise;
    await inspector.visualize(promptOf('Japan'));
    const next = deferred<void>();
    engine.beforeGraph = () => next.promise;
    const change = inspector.change({ position: 1 });
    gate.resolve();
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    assert.deepEqual(called(), ['graph', 'readNodes', 'graph']);
    next.reject(new Problem('io', 'The disk is gone.'));
    engine.beforeGraph = () => Promise.resolve();
    await change;
    assert.equal(inspector.problem?.message, 'The disk is gone.');
    await posts('graphRead');
    assert.equal(graphShown(inspector).graph.position, 4);
  });

  it('are there for an export, whoever is reading them', async () => {
    const { inspector, engine } = inspecting();
    engine.beforeReading = () => new Promise(() => undefined);
    await inspector.visualize(promptOf('Japan'));
    const whole = await inspector.whole();
    assert.ok(whole?.kind === 'graph' && whole.graph.unread === undefined);
    assert.equal(graphShown(inspector).graph.unread, undefined);
  });

  it('are a problem where they cannot be read, and none where the engine is closed', async () => {
    const { inspector, engine, posts } = inspecting();
    engine.beforeReading = () => Promise.reject(new Problem('engine-died', 'It is dead.'));
    await inspector.visualize(promptOf('Japan'));
    await posts('problem');
    assert.equal(inspector.problem?.message, 'It is dead.');
    engine.beforeReading = () => Promise.reject(new Problem('cancelled', 'Closed.'));
    await inspector.visualize(promptOf('France'));
    await inspector.readNodes(['a']);
    assert.equal(inspector.problem, undefined);
  });

  it('are read on in a new engine where the first has died, with all that was asked of it', async () => {
    const { inspector, engine, posts, posted } = inspecting();
    const dead = new Problem('engine-died', 'It is dead.');
    const life = deferred<void>();
    engine.beforeReading = () => life.promise;
    await inspector.visualize(promptOf('Japan'));
    const reading = inspector.readNodes(['a']);
    engine.beforeReading = () => Promise.resolve();
    life.reject(dead);
    await reading;
    await posts('graphRead');
    assert.equal(inspector.problem, undefined);
    assert.deepEqual(
      posted.flatMap((message) => (message.type === 'nodesRead' ? message.nodes.map(({ id }) => id) : [])),
      ['a'],
    );
    assert.equal(graphShown(inspector).graph.unread, undefined);
  });

  it('are a problem where the new engine dies as well, however much it has read', async () => {
    const { inspector, engine, called, posts } = inspecting();
    const deaths = [new Problem('engine-died', 'The first is dead.'), new Problem('engine-died', 'The second is dead.')];
    let reads = 0;
    engine.beforeReading = () => {
      const death = ++reads % 2 === 1 ? deaths.shift() : undefined;
      return death === undefined ? Promise.resolve() : Promise.reject(death);
    };
    await inspector.visualize(promptOf('Japan'));
    await posts('problem');
    assert.equal(inspector.problem?.message, 'The second is dead.');
    const asked = called().length;
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    assert.equal(called().length, asked);
    // What is begun anew may go on once more.
    deaths.push(new Problem('engine-died', 'The third is dead.'));
    reads = 0;
    await inspector.visualize(promptOf('France'));
    await posts('graphRead');
    assert.equal(inspector.problem, undefined);
  });

  it('leave the problem of a run that failed where it is, though they cannot be read either', async () => {
    const { inspector, engine, called } = inspecting();
    engine.beforeReading = () => new Promise(() => undefined);
    await inspector.visualize(promptOf('Japan'));
    engine.beforeGraph = () => Promise.reject(new Problem('io', 'The disk is gone.'));
    engine.beforeReading = () => Promise.reject(new Problem('engine-died', 'It is dead.'));
    await inspector.change({ position: 1 });
    while (called().filter((method) => method === 'readNodes').length < 2) await new Promise(setImmediate);
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    assert.equal(inspector.problem?.message, 'The disk is gone.');
  });

  it('are never those of other files than the graph was made from: that is made again', async () => {
    const { inspector, engine, posts, posted } = inspecting();
    const gate = deferred<void>();
    engine.beforeReading = () => gate.promise;
    await inspector.visualize(promptOf('Japan'));
    engine.fingerprint = 'second';
    engine.beforeReading = () => Promise.resolve();
    gate.resolve();
    const reading = inspector.readNodes(['a']);
    await reading;
    await posts('graphRead');
    assert.equal(graphShown(inspector).fingerprint, 'second');
    assert.ok(!posted.some(({ type }) => type === 'nodesRead'));
  });
});
