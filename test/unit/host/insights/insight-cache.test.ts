import assert from 'node:assert/strict';
import type { FlowGraph } from '../../../../src/core/format/flow-graph';
import { Problem } from '../../../../src/core/problem';
import type { EngineMethods } from '../../../../src/core/protocol/engine';
import type { HostMessage } from '../../../../src/core/protocol/inspector';
import { MAKES_WAY, type CallOptions, type EngineCalls } from '../../../../src/engine-client/engine-calls';
import type { GraphResult } from '../../../../src/host/session/inspector-input';
import { InsightCache, type FilePrompts } from '../../../../src/host/insights/insight-cache';

/** As much of a shown graph as an insight needs. */
function shownAt(position: number, target: Partial<FlowGraph['target']> = {}, fingerprint = 'first'): GraphResult {
  const graph = { prompt: 'one two three', position, target: { id: 7, chosen: 'auto', ...target } } as FlowGraph;
  const asked = { model: { folder: 'tiny' }, prompt: { text: graph.prompt }, options: {} };
  return { kind: 'graph', prompt: { text: graph.prompt }, choice: {}, graph, asked, fingerprint, places: [undefined] };
}

/** An engine that answers with the parameters that it was asked with, each call when the test lets it. */
class AskedEngine implements EngineCalls {
  readonly calls: {
    readonly method: string;
    readonly params: Readonly<Record<string, unknown>>;
    readonly options: CallOptions;
  }[] = [];
  gate: () => Promise<void> = () => Promise.resolve();
  /** of the model's files as they are */
  fingerprint = 'first';

  async call<K extends keyof EngineMethods>(
    method: K,
    params: EngineMethods[K]['params'],
    options: CallOptions = {},
  ): Promise<EngineMethods[K]['result']> {
    this.calls.push({ method, params, options });
    options.onModel?.({ info: {} as never, fingerprint: this.fingerprint });
    options.onProgress?.({ message: 'layer 0', done: 0, total: 2 });
    await this.gate();
    return { asked: params } as unknown as EngineMethods[K]['result'];
  }
}

function setUp(filePrompts: () => Promise<FilePrompts> = () => Promise.reject(new Problem('empty-prompt', 'No file.'))) {
  const engine = new AskedEngine();
  const posted: HostMessage[] = [];
  const state: { shown: GraphResult | undefined; modelChanged: () => void } = { shown: shownAt(2), modelChanged: () => undefined };
  const cache = new InsightCache({
    engine,
    model: () => ({ folder: '/model' }),
    shown: () => state.shown,
    filePrompts,
    otherPrompts: filePrompts,
    modelChanged: () => Promise.resolve(state.modelChanged()),
    post: (message) => posted.push(message),
    log: { error: () => undefined },
  });
  /** Ids of the answers, in their order. */
  const answered = (): unknown[] => posted.flatMap((message) => (message.type === 'insightResult' ? [message.id] : []));
  return { cache, engine, posted, state, answered };
}

const OVERVIEW = { of: 'overview' } as const;

describe('Insights into what is shown', () => {
  it('are at its position and for its target, which is left to the model where it is the prediction', async () => {
    const { cache, engine, state } = setUp();
    await cache.request(1, OVERVIEW);
    assert.deepEqual(engine.calls[0]?.params, { model: { folder: '/model' }, prompt: { text: 'one two three' }, options: { position: 2 } });
    state.shown = shownAt(1, { id: 9, chosen: 'user', against: { id: 4, text: 'x', logit: 0, probability: 0 } });
    await cache.request(2, OVERVIEW);
    assert.deepEqual(engine.calls[1]?.params['options'], { position: 1, target: { id: 9 }, against: { id: 4 } });
  });

  it('are given to an export, found out once and without a word to the page', async () => {
    const { cache, engine, posted, state } = setUp();
    assert.deepEqual(cache.known(), []);
    const found = await cache.obtain(OVERVIEW);
    assert.equal(found?.fingerprint, 'first');
    assert.equal(await cache.obtain(OVERVIEW), found);
    assert.deepEqual(cache.known(), [found]);
    assert.deepEqual([engine.calls.length, posted.length], [1, 0]);
    await cache.request(1, OVERVIEW);
    assert.deepEqual([engine.calls.length, posted.length], [1, 1]);
    state.shown = shownAt(1);
    assert.deepEqual(cache.known(), [], 'it is of another position');
    state.shown = undefined;
    assert.equal(await cache.obtain(OVERVIEW), undefined);
  });

  it('of another model than the shown graph’s are not given to an export', async () => {
    const { cache, engine } = setUp();
    engine.fingerprint = 'second';
    assert.equal(await cache.obtain(OVERVIEW), undefined);
    assert.deepEqual(cache.known(), []);
  });

  it('ask the engine once for each position and target, whichever view is opened in between', async () => {
    const { cache, engine, answered, state } = setUp();
    await cache.request(1, OVERVIEW);
    await cache.request(2, { of: 'norms' });
    await cache.request(3, OVERVIEW);
    state.shown = shownAt(1);
    await cache.request(4, OVERVIEW);
    state.shown = shownAt(2);
    await cache.request(5, OVERVIEW);
    assert.deepEqual(
      engine.calls.map(({ method }) => method),
      ['overview', 'norms', 'overview'],
    );
    assert.deepEqual(answered(), [1, 2, 3, 4, 5]);
  });

  it('are asked for anew of another model with the same prompt, though it has the same name, and once weights have been saved again', async () => {
    const { cache, engine, answered, state } = setUp();
    await cache.request(1, OVERVIEW);
    state.shown = shownAt(2, {}, 'second');
    engine.fingerprint = 'second';
    await cache.request(2, OVERVIEW);
    assert.equal(engine.calls.length, 2);
    assert.deepEqual(answered(), [1, 2]);
  });

  it('are not mixed with a graph of former weights: the graph is made anew, and then they are here', async () => {
    const { cache, engine, posted, answered, state } = setUp();
    engine.fingerprint = 'saved again';
    state.modelChanged = () => {
      state.shown = shownAt(2, {}, 'saved again');
    };
    await cache.request(1, OVERVIEW);
    assert.deepEqual(answered(), []);
    assert.deepEqual(posted.at(-1), { type: 'insightFailed', id: 1, request: OVERVIEW, problem: null });
    await cache.request(2, OVERVIEW);
    assert.deepEqual(answered(), [2]);
    assert.equal(engine.calls.length, 1);
  });

  it('are told in part before they are there, of the files that the shown graph is of', async () => {
    const { cache, engine, posted } = setUp();
    engine.gate = () => Promise.resolve(engine.calls.at(-1)?.options.onPart?.({ known: 'the last layer' }));
    await cache.request(1, OVERVIEW);
    assert.deepEqual(posted[1], {
      type: 'insightPart',
      id: 1,
      request: OVERVIEW,
      value: { known: 'the last layer' },
      fingerprint: 'first',
    });
    assert.equal(posted[2]?.type, 'insightResult');
    cache.forget('overview');
    posted.length = 0;
    engine.fingerprint = 'saved again';
    await cache.request(2, OVERVIEW);
    assert.ok(posted.every(({ type }) => type !== 'insightPart'));
  });

  it('tell how far they have come, and join a request that is under way under the later id', async () => {
    const { cache, engine, posted } = setUp();
    let open = (): void => undefined;
    engine.gate = () =>
      new Promise((resolve) => {
        open = resolve;
      });
    const first = cache.request(1, OVERVIEW);
    await cache.request(2, OVERVIEW);
    assert.deepEqual(posted, [{ type: 'insightProgress', id: 1, request: OVERVIEW, progress: { message: 'layer 0', done: 0, total: 2 } }]);
    open();
    await first;
    assert.equal(engine.calls.length, 1);
    const last = posted.at(-1);
    assert.deepEqual(last?.type === 'insightResult' && [last.id, last.request, last.fingerprint], [2, OVERVIEW, 'first']);
  });

  it('give way to a later request of their kind without a word', async () => {
    const { cache, engine, posted, answered, state } = setUp();
    let open = (): void => undefined;
    engine.gate = () =>
      new Promise((resolve) => {
        open = resolve;
      });
    const first = cache.request(1, OVERVIEW);
    state.shown = shownAt(0);
    engine.gate = () => Promise.resolve();
    await cache.request(2, OVERVIEW);
    open();
    await first;
    assert.equal(engine.calls[0]?.options.signal?.aborted, true);
    assert.deepEqual(answered(), [2]);
    assert.ok(posted.every(({ type }) => type !== 'insightFailed'));
  });

  it('are ended when a graph is shown of which they are not, and go on when it is another view of the same', async () => {
    const { cache, engine, posted, state } = setUp();
    engine.gate = () => new Promise(() => undefined);
    void cache.request(1, { of: 'measureEffects', component: 'blocks.1.mlp@2' });
    assert.deepEqual(engine.calls[0]?.params['options'], { position: 2, components: ['blocks.1.mlp@2'] });
    const isEnded = (): boolean | undefined => engine.calls[0]?.options.signal?.aborted;
    state.shown = { ...shownAt(2), choice: { layers: { from: 0, to: 1 } } };
    cache.shownChanged();
    assert.equal(isEnded(), false);
    state.shown = shownAt(2, { against: { id: 3, text: '' } as FlowGraph['target'] });
    cache.shownChanged();
    assert.equal(isEnded(), true);
    assert.ok(posted.every(({ type }) => type === 'insightProgress'));
  });

  it('say that they were cancelled, and can be asked for again', async () => {
    const { cache, engine, posted } = setUp();
    engine.gate = () => new Promise(() => undefined);
    void cache.request(1, OVERVIEW);
    cache.cancel(OVERVIEW);
    assert.deepEqual(posted.at(-1), { type: 'insightFailed', id: 1, request: OVERVIEW, problem: null });
    engine.gate = () => Promise.resolve();
    await cache.request(2, OVERVIEW);
    assert.equal(posted.at(-1)?.type, 'insightResult');
  });

  it('make way for another prompt, and are asked again where the shown one stays', async () => {
    const { cache, engine, posted, answered } = setUp();
    engine.gate = () => new Promise(() => undefined);
    void cache.request(1, OVERVIEW);
    cache.makeWay();
    assert.equal(engine.calls[0]?.options.signal?.reason, MAKES_WAY);
    const waits = { message: 'Waits for the forward pass', done: 0, total: 1 };
    assert.deepEqual(posted.at(-1), { type: 'insightProgress', id: 1, request: OVERVIEW, progress: waits });
    engine.gate = () => Promise.resolve();
    cache.goOn();
    await new Promise(setImmediate);
    assert.equal(engine.calls.length, 2);
    assert.deepEqual(answered(), [1]);
    assert.ok(posted.every(({ type }) => type !== 'insightFailed'));
    cache.goOn();
    assert.equal(engine.calls.length, 2, 'once');
  });

  it('are not asked again once another prompt is shown, nor where they were cancelled or asked for meanwhile', async () => {
    const { cache, engine, posted, answered, state } = setUp();
    engine.gate = () => new Promise(() => undefined);
    void cache.request(1, OVERVIEW);
    void cache.request(2, { of: 'norms' });
    void cache.request(3, { of: 'story' });
    cache.makeWay();
    cache.cancel(OVERVIEW);
    assert.deepEqual(posted.at(-1), { type: 'insightFailed', id: 1, request: OVERVIEW, problem: null });
    engine.gate = () => Promise.resolve();
    await cache.request(4, { of: 'norms' });
    state.shown = shownAt(0);
    cache.shownChanged();
    cache.goOn();
    await new Promise(setImmediate);
    assert.equal(engine.calls.length, 4);
    assert.deepEqual(answered(), [4]);
  });

  it('say why they have no answer', async () => {
    const { cache, engine, posted } = setUp();
    engine.gate = () => Promise.reject(new Problem('engine-died', 'The model’s process has ended.'));
    await cache.request(1, { of: 'headMemory', layer: 1, head: 0 });
    assert.deepEqual(posted.at(-1), {
      type: 'insightFailed',
      id: 1,
      request: { of: 'headMemory', layer: 1, head: 0 },
      problem: { code: 'engine-died', message: 'The model’s process has ended.' },
    });
    assert.deepEqual(engine.calls[0]?.params['options'], { layer: 1, head: 0, position: 2 });
  });

  it('sum up the norms over every prompt of the file, and anew once the file has other prompts', async () => {
    let prompts = ['one', 'two'];
    const { cache, engine, posted } = setUp(() => Promise.resolve({ file: 'a.txt', prompts }));
    await cache.request(1, { of: 'normSummary' });
    assert.deepEqual(engine.calls[0]?.params, { model: { folder: '/model' }, prompts: ['one', 'two'], tokens: 10 });
    const last = posted.at(-1);
    assert.ok(last?.type === 'insightResult' && last.request.of === 'normSummary');
    assert.equal(last.file, 'a.txt');
    await cache.request(2, { of: 'normSummary' });
    assert.equal(engine.calls.length, 1);
    prompts = ['one', 'three'];
    await cache.request(3, { of: 'normSummary' });
    assert.equal(engine.calls.length, 2);
  });

  it('are not made where no graph is shown', async () => {
    const { cache, engine, state } = setUp();
    state.shown = undefined;
    await cache.request(1, OVERVIEW);
    assert.equal(engine.calls.length, 0);
  });
});
