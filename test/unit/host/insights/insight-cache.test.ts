import assert from 'node:assert/strict';
import type { FlowGraph } from '../../../../src/core/format/flow-graph';
import { Problem } from '../../../../src/core/problem';
import type { EngineMethods } from '../../../../src/core/protocol/engine';
import type { Look } from '../../../../src/core/protocol/insight';
import type { HostMessage } from '../../../../src/core/protocol/inspector';
import type { CallOptions, EngineCalls } from '../../../../src/engine-client/engine-calls';
import { Looks, type FilePrompts } from '../../../../src/host/insights/insight-cache';

/** As much of a graph as a look needs. */
function graphAt(position: number, target: Partial<FlowGraph['target']> = {}): FlowGraph {
  return { prompt: 'one two three', position, target: { id: 7, chosen: 'auto', ...target } } as FlowGraph;
}

/** An engine that answers with the parameters that it was asked with, each call when the test lets it. */
class AskedEngine implements EngineCalls {
  readonly calls: {
    readonly method: string;
    readonly params: Readonly<Record<string, unknown>>;
    readonly options: CallOptions;
  }[] = [];
  gate: () => Promise<void> = () => Promise.resolve();

  async call<K extends keyof EngineMethods>(
    method: K,
    params: EngineMethods[K]['params'],
    options: CallOptions,
  ): Promise<EngineMethods[K]['result']> {
    this.calls.push({ method, params, options });
    options.onProgress?.({ message: 'layer 0', done: 0, total: 2 });
    await this.gate();
    return { asked: params } as unknown as EngineMethods[K]['result'];
  }
}

function setUp(filePrompts: () => Promise<FilePrompts> = () => Promise.reject(new Problem('empty-prompt', 'No file.'))) {
  const engine = new AskedEngine();
  const posted: HostMessage[] = [];
  const shown: { graph: FlowGraph | undefined } = { graph: graphAt(2) };
  const looks = new Looks({
    engine,
    model: () => ({ folder: '/model' }),
    graph: () => shown.graph,
    filePrompts,
    post: (message) => posted.push(message),
    log: { error: () => undefined },
  });
  return { looks, engine, posted, shown };
}

const OVERVIEW: Look = { of: 'overview' };

describe('Looks at the prompt that is shown', () => {
  it('are at its position and for its target, which is left to the model where it is the prediction', async () => {
    const { looks, engine, shown } = setUp();
    await looks.look(OVERVIEW);
    assert.deepEqual(engine.calls[0].params, { model: { folder: '/model' }, prompt: { text: 'one two three' }, options: { position: 2 } });
    shown.graph = graphAt(1, { id: 9, chosen: 'user', against: { id: 4, text: 'x', logit: 0, probability: 0 } });
    await looks.look(OVERVIEW);
    assert.deepEqual(engine.calls[1].params['options'], { position: 1, target: { id: 9 }, against: { id: 4 } });
  });

  it('ask the engine once for each position and target, whichever view is opened in between', async () => {
    const { looks, engine, posted, shown } = setUp();
    await looks.look(OVERVIEW);
    await looks.look({ of: 'norms' });
    await looks.look(OVERVIEW);
    shown.graph = graphAt(1);
    await looks.look(OVERVIEW);
    shown.graph = graphAt(2);
    await looks.look(OVERVIEW);
    assert.deepEqual(
      engine.calls.map(({ method }) => method),
      ['overview', 'norms', 'overview'],
    );
    assert.equal(posted.filter(({ type }) => type === 'looked').length, 5);
  });

  it('tell how far they have come, and join a look that is under way', async () => {
    const { looks, engine, posted } = setUp();
    let open = (): void => undefined;
    engine.gate = () =>
      new Promise((resolve) => {
        open = resolve;
      });
    const first = looks.look(OVERVIEW);
    await looks.look(OVERVIEW);
    assert.deepEqual(posted, [{ type: 'looking', look: OVERVIEW, progress: { message: 'layer 0', done: 0, total: 2 } }]);
    open();
    await first;
    assert.equal(engine.calls.length, 1);
    assert.equal(posted.at(-1)?.type, 'looked');
  });

  it('give way to a later look of their kind without a word', async () => {
    const { looks, engine, posted, shown } = setUp();
    let open = (): void => undefined;
    engine.gate = () =>
      new Promise((resolve) => {
        open = resolve;
      });
    const first = looks.look(OVERVIEW);
    shown.graph = graphAt(0);
    engine.gate = () => Promise.resolve();
    await looks.look(OVERVIEW);
    open();
    await first;
    assert.equal(engine.calls[0].options.signal?.aborted, true);
    assert.deepEqual(posted.filter(({ type }) => type === 'looked' || type === 'notLooked').length, 1);
  });

  it('say that they were cancelled, and can be asked for again', async () => {
    const { looks, engine, posted } = setUp();
    engine.gate = () => new Promise(() => undefined);
    void looks.look(OVERVIEW);
    looks.cancel(OVERVIEW);
    assert.deepEqual(posted.at(-1), { type: 'notLooked', look: OVERVIEW, problem: null });
    engine.gate = () => Promise.resolve();
    await looks.look(OVERVIEW);
    assert.equal(posted.at(-1)?.type, 'looked');
  });

  it('say why they have no answer', async () => {
    const { looks, engine, posted } = setUp();
    engine.gate = () => Promise.reject(new Problem('engine-died', 'The model’s process has ended.'));
    await looks.look({ of: 'headMemory', layer: 1, head: 0 });
    assert.deepEqual(posted.at(-1), {
      type: 'notLooked',
      look: { of: 'headMemory', layer: 1, head: 0 },
      problem: { code: 'engine-died', message: 'The model’s process has ended.' },
    });
  });

  it('sum up the norms over every prompt of the file', async () => {
    const { looks, engine, posted } = setUp(() => Promise.resolve({ file: 'a.txt', prompts: ['one', 'two'] }));
    await looks.look({ of: 'normSummary' });
    assert.deepEqual(engine.calls[0].params, { model: { folder: '/model' }, prompts: ['one', 'two'], tokens: 10 });
    const last = posted.at(-1);
    assert.ok(last?.type === 'looked' && last.answer.of === 'normSummary');
    assert.equal(last.answer.file, 'a.txt');
  });

  it('are not made where no graph is shown', async () => {
    const { looks, engine, shown } = setUp();
    shown.graph = undefined;
    await looks.look(OVERVIEW);
    assert.equal(engine.calls.length, 0);
  });
});
