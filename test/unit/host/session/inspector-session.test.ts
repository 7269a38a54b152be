import assert from 'node:assert/strict';
import { setTimeout as after } from 'node:timers/promises';
import { Problem } from '../../../../src/core/problem';
import { DEFAULT_COUNTS } from '../../../../src/core/format/default-counts';
import { sentMessage } from '../../../../src/core/protocol/sent-message';
import { unpackKnown } from '../../../../src/core/protocol/columns/known';
import { pack } from '../../../../src/core/protocol/columns/pack';
import { sampleGraph } from '../../../webview/sample-graph';
import { graphShown, info, promptOf, setUp, tokensOf, types } from '../fake-engine';

describe('The inspector', () => {
  it('shows the graph of a prompt, read at its last token in the last block', async () => {
    const { inspector, posted, kept } = setUp();
    assert.equal(await inspector.visualize(promptOf('Japan')), 'done');
    const last = posted.at(-1);
    assert.ok(last?.type === 'graph');
    assert.deepEqual(last.request, {
      position: 4,
      layers: { from: 3, to: 3 },
      target: null,
      against: null,
      counts: DEFAULT_COUNTS,
      measure: 'centred',
      baseline: { baseline: 'zero' },
      effects: false,
    });
    assert.deepEqual(last.origin, { name: 'a.txt', uri: 'file:///a.txt' });
    assert.equal(kept.length, 1);
  });

  it('asks the engine once for each graph, and says that the model is being loaded until the engine has it', async () => {
    const { inspector, engine, posted } = setUp();
    const first = (): string[] => posted.flatMap((message) => (message.type === 'working' ? [message.progress.message] : []));
    await inspector.visualize(promptOf('Japan'));
    await inspector.change({ position: 1 });
    await inspector.modelChanged();
    assert.deepEqual(
      engine.asked.map(({ method }) => method),
      ['graph', 'graph', 'graph'],
    );
    assert.deepEqual(first(), ['Loading the model', 'Running the model', 'Loading the model']);
  });

  it('draws other counts for one visit: until other layers or another prompt are shown', async () => {
    const { inspector, engine } = setUp();
    await inspector.visualize(promptOf('Japan'));
    const many = { ...DEFAULT_COUNTS, bottom: 100 };
    const drawn = (): unknown => engine.graphs.at(-1)?.counts;
    await inspector.change({ layers: { from: 1, to: 1 }, counts: many }, true);
    assert.deepEqual(drawn(), many);
    await inspector.change({ position: 1 });
    assert.deepEqual(drawn(), many, 'another position of the same layer');
    await inspector.change({ layers: { from: 2, to: 2 } });
    assert.deepEqual(drawn(), DEFAULT_COUNTS);
    await inspector.change({ layers: { from: 1, to: 1 }, counts: many }, true);
    await inspector.visualize(promptOf('France'));
    assert.deepEqual(drawn(), DEFAULT_COUNTS);
  });

  it('shows again what was seen before without asking the engine, and bases the next change on it', async () => {
    const { inspector, engine, posted } = setUp();
    await inspector.visualize(promptOf('Japan'));
    const first = posted.at(-1);
    assert.ok(first?.type === 'graph' && first.seen !== undefined);
    await inspector.change({ layers: { from: 0, to: 0 } });
    const calls = engine.asked.length;
    await inspector.showAgain(first.seen);
    assert.deepEqual(posted.at(-1), first);
    assert.equal(engine.asked.length, calls);
    await inspector.change({ position: 1 });
    assert.deepEqual(graphShown(inspector).choice, { position: 1 });
  });

  it('hands a graph on to the page and shows it again without having its nodes and edges made', async () => {
    const { inspector, engine, posted } = setUp();
    const graph = unpackKnown(pack(await sampleGraph({ layers: { from: 0, to: 11 } })));
    for (const key of ['nodes', 'edges'] as const) {
      Object.defineProperty(graph, key, { enumerable: true, get: () => assert.fail(`the host reads ${key} of a graph`) });
    }
    Object.assign(engine, { call: () => Promise.resolve(graph) });
    assert.equal(await inspector.visualize(promptOf('Japan')), 'done');
    const first = posted.at(-1);
    assert.ok(first?.type === 'graph' && first.seen !== undefined);
    await inspector.showAgain(first.seen);
    for (const message of posted) sentMessage(message);
    assert.equal(inspector.problem, undefined);
    assert.deepEqual(types(posted), ['graph', 'graph']);
  });

  it('runs again what was seen on another model, under the name that it had, and says what it does not know', async () => {
    const { inspector, engine, posted } = setUp();
    await inspector.visualize(promptOf('Japan'));
    const first = posted.at(-1);
    assert.ok(first?.type === 'graph' && first.seen !== undefined);
    await inspector.modelChanged();
    const calls = engine.asked.length;
    await inspector.showAgain(first.seen);
    assert.equal(engine.asked.length, calls + 1);
    const last = posted.at(-1);
    assert.ok(last?.type === 'graph' && last.seen === first.seen);
    await inspector.showAgain('of another window');
    assert.deepEqual(posted.at(-1), { type: 'gone', seen: 'of another window' });
  });

  it('says that it works before it has an answer', async () => {
    const { inspector, engine, posted } = setUp();
    let before: readonly string[] = [];
    engine.beforeGraph = () => {
      before = posted.map(({ type }) => type);
      return Promise.resolve();
    };
    await inspector.visualize(promptOf('Japan'));
    assert.deepEqual(before, ['working']);
  });

  it('changes the view of the prompt that is shown', async () => {
    const { inspector, engine } = setUp();
    await inspector.visualize(promptOf('Japan'));
    await inspector.change({ position: 1 });
    await inspector.change({ layers: { from: 0, to: 2 } });
    assert.deepEqual(engine.graphs.at(-1), { position: 1, layers: { from: 0, to: 2, clamp: true }, counts: DEFAULT_COUNTS });
  });

  it('adds up changes that come faster than answers', async () => {
    const { inspector, engine } = setUp();
    await inspector.visualize(promptOf('Japan'));
    engine.beforeGraph = async () => {
      await after(5);
    };
    await Promise.all([inspector.change({ position: 1 }), inspector.change({ target: 'x' })]);
    assert.equal(graphShown(inspector).graph.position, 1);
    assert.equal(graphShown(inspector).choice.target, 'x');
  });

  it('keeps layers and counts for the next prompt, but not position and target', async () => {
    const { inspector, engine } = setUp();
    await inspector.visualize(promptOf('Japan'));
    const counts = { ...DEFAULT_COUNTS, heads: 1 };
    await inspector.change({ position: 0, target: 'x', counts, layers: { from: 1, to: 2 } });
    await inspector.visualize(promptOf('France'));
    assert.deepEqual(engine.graphs.at(-1), { layers: { from: 1, to: 2, clamp: true }, counts });
  });

  it('shows the later of two prompts and says nothing of the earlier', async () => {
    const { inspector, engine, posted, notices } = setUp();
    engine.beforeGraph = async (prompt) => {
      await after(prompt === 'first' ? 20 : 1);
      if (prompt === 'first') throw new Error('late');
    };
    const ends = await Promise.all([inspector.visualize(promptOf('first')), inspector.visualize(promptOf('second'))]);
    await after(25);
    assert.deepEqual(ends, ['superseded', 'done']);
    assert.equal(graphShown(inspector).prompt.text, 'second');
    assert.deepEqual([types(posted), notices], [['graph'], []]);
  });

  it('goes back to the graph that was shown when a run is cancelled', async () => {
    const { inspector, engine, posted } = setUp();
    await inspector.visualize(promptOf('Japan'));
    engine.beforeGraph = () => new Promise(() => undefined);
    const run = inspector.visualize(promptOf('France'));
    inspector.cancel();
    assert.equal(await run, 'cancelled');
    assert.deepEqual(types(posted), ['graph', 'idle']);
    assert.equal(graphShown(inspector).prompt.text, 'Japan');
    assert.deepEqual(types(inspector.replay()), ['graph']);
  });

  it('has what else is asked make way for another prompt, not for another view, until nothing is run', async () => {
    const { inspector, engine, told } = setUp();
    await inspector.visualize(promptOf('Japan'));
    told.length = 0;
    await inspector.change({ layers: { from: 0, to: 1 } });
    assert.deepEqual(told, ['go on']);
    told.length = 0;
    engine.beforeGraph = () => new Promise(() => undefined);
    const runs = [inspector.visualize(promptOf('France')), inspector.visualize(promptOf('Kenya'))];
    inspector.cancel();
    assert.deepEqual(await Promise.all(runs), ['superseded', 'cancelled']);
    assert.deepEqual(told, ['make way', 'make way', 'go on']);
    told.length = 0;
    engine.beforeGraph = () => Promise.reject(new Problem('internal', 'No.'));
    await inspector.visualize(promptOf('France'));
    assert.deepEqual(told, ['make way', 'go on']);
  });

  it('goes back to the welcome when the first run is cancelled', async () => {
    const { inspector, engine, posted } = setUp();
    engine.beforeGraph = () => new Promise(() => undefined);
    const run = inspector.visualize(promptOf('Japan'));
    await after(1);
    inspector.cancel();
    await run;
    assert.deepEqual(posted.at(-1), { type: 'welcome', model: info });
  });

  it('explains a target that is no single token, and stays with the graph that is shown', async () => {
    const { inspector, posted } = setUp();
    await inspector.visualize(promptOf('Japan'));
    await inspector.change({ target: 'Tokyo' });
    assert.deepEqual(posted.at(-1), {
      type: 'targetProblem',
      text: 'Tokyo',
      pieces: tokensOf('Tokyo'),
      near: [{ id: 65, text: 'A' }],
      field: { of: 'target' },
    });
    await inspector.change({ position: 0 });
    assert.deepEqual([graphShown(inspector).choice.target, graphShown(inspector).graph.position], [undefined, 0]);
  });

  it('offers the last tokens of a prompt that is too long, in the page and beside it', async () => {
    const { inspector, posted, notices } = setUp();
    await inspector.visualize(promptOf('0123456789'));
    const last = posted.at(-1);
    assert.ok(last?.type === 'problem');
    assert.deepEqual(last.problem.actions, [{ id: 'useLastTokens', title: 'Use Its Last 8 Tokens' }]);
    assert.deepEqual(notices, [last.problem]);
    assert.equal(inspector.shown, undefined);
  });

  it('runs the last tokens only when asked, and knows where they stand', async () => {
    const { inspector } = setUp();
    await inspector.visualize(promptOf('0123456789', 100));
    await inspector.act('useLastTokens');
    assert.equal(graphShown(inspector).prompt.text, '23456789');
    assert.equal(graphShown(inspector).prompt.origin?.start, 102);
    assert.equal(inspector.problem, undefined);
  });

  it('shows a problem outside the page when the page is not seen', async () => {
    const { inspector, engine, notices } = setUp(false);
    engine.beforeLoad = () => {
      throw new Problem('not-a-checkpoint', 'No config.json.', 'Choose another folder.');
    };
    await inspector.visualize(promptOf('Japan'));
    assert.deepEqual(
      notices.map(({ code, actions }) => [code, actions?.map(({ id }) => id)]),
      [['not-a-checkpoint', ['chooseModel', 'openLog']]],
    );
  });

  it('keeps the last graph when a run fails, and runs again when asked', async () => {
    const { inspector, engine } = setUp();
    await inspector.visualize(promptOf('Japan'));
    engine.beforeGraph = () => Promise.reject(new Problem('engine-died', 'The model process ended.'));
    await inspector.visualize(promptOf('France'));
    assert.deepEqual(types(inspector.replay()), ['graph', 'problem']);
    assert.equal(graphShown(inspector).prompt.text, 'Japan');
    engine.beforeGraph = () => Promise.resolve();
    await inspector.act('runAgain');
    assert.equal(graphShown(inspector).prompt.text, 'France');
    assert.deepEqual(types(inspector.replay()), ['graph']);
  });

  it('turns whatever is thrown into a problem that can be read', async () => {
    const { inspector, engine } = setUp();
    engine.beforeGraph = () => Promise.reject(new TypeError('x is not a function'));
    assert.equal(await inspector.visualize(promptOf('Japan')), 'done');
    assert.deepEqual([inspector.problem?.code, inspector.problem?.message], ['internal', 'x is not a function']);
  });

  it('does not try a choice again that failed', async () => {
    const { inspector, engine } = setUp();
    await inspector.visualize(promptOf('Japan'));
    engine.beforeGraph = () => Promise.reject(new Problem('layers-out-of-range', 'No such layer.'));
    await inspector.change({ layers: { from: 9, to: 9 } });
    engine.beforeGraph = () => Promise.resolve();
    await inspector.visualize(promptOf('France'));
    assert.deepEqual(graphShown(inspector).graph.layers, [3]);
  });

  it('runs the prompt again on another model, with counts as they were', async () => {
    const { inspector, engine } = setUp();
    await inspector.visualize(promptOf('Japan'));
    const counts = { ...DEFAULT_COUNTS, top: 1 };
    await inspector.change({ layers: { from: 0, to: 0 }, target: 'x', counts });
    await inspector.modelChanged();
    assert.deepEqual(engine.graphs.at(-1), { layers: { last: 1 }, counts });
  });

  it('makes the graph anew, as it was asked for, once the model’s files have changed', async () => {
    const { inspector, engine } = setUp();
    await inspector.visualize(promptOf('Japan'));
    await inspector.change({ position: 1 });
    assert.equal(graphShown(inspector).fingerprint, 'first');
    engine.fingerprint = 'saved again';
    await inspector.refresh();
    assert.deepEqual([graphShown(inspector).fingerprint, graphShown(inspector).graph.position], ['saved again', 1]);
  });

  it('welcomes a page that is ready before anything was run', () => {
    const { inspector } = setUp();
    assert.deepEqual(inspector.replay(), [{ type: 'welcome', model: null }]);
  });

  it('does nothing when a change comes without a prompt', async () => {
    const { inspector, engine } = setUp();
    await inspector.change({ position: 1 });
    await inspector.act('useLastTokens');
    assert.deepEqual(engine.asked, []);
  });

  it('shows again what an earlier window showed', async () => {
    const { inspector, engine } = setUp();
    await inspector.restore({ kind: 'graph', prompt: promptOf('Japan'), choice: { position: 2, layers: { from: 1, to: 1 } } });
    assert.deepEqual(engine.graphs, [{ position: 2, layers: { from: 1, to: 1, clamp: true }, counts: DEFAULT_COUNTS }]);
  });
});
