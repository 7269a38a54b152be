import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { Problem } from '../../../../src/core/problem';
import { pack } from '../../../../src/core/protocol/columns/pack';
import type { RpcReply } from '../../../../src/core/protocol/rpc';
import { ENGINE_METHODS } from '../../../../src/core/protocol/engine';
import type { EngineHandlers, HandlerContext } from '../../../../src/engine/service/engine-handlers';
import { RpcServer } from '../../../../src/engine/service/rpc-server';

const model = { folder: 'm' };

/** A server whose every method is `work`, and what it has sent. */
function serve(work: (params: { text: string }, context: HandlerContext) => Promise<unknown>) {
  const replies: RpcReply[] = [];
  const log: string[] = [];
  const handlers = Object.fromEntries(Object.keys(ENGINE_METHODS).map((method) => [method, work])) as unknown as EngineHandlers;
  const server = new RpcServer(
    handlers,
    (reply) => replies.push(reply),
    (line) => log.push(line),
  );
  const call = (id: number, text: string): void => server.receive({ type: 'call', id, method: 'tokenize', params: { model, text } });
  const cancel = (id: number): void => server.receive({ type: 'cancel', id });
  const settled = async (count: number): Promise<RpcReply[]> => {
    for (let i = 0; i < 200 && replies.filter(({ type }) => type !== 'progress').length < count; i++) await wait(5);
    return replies;
  };
  return { server, replies, log, call, cancel, settled };
}

describe('the engine’s server', () => {
  afterEach(() => mock.restoreAll());

  it('works idly when nobody asks, a step at a time, and serves a call that comes meanwhile after the step', async () => {
    const done: string[] = [];
    const steps: (() => void)[] = [];
    let isAtWork = (): void => undefined;
    const working = new Promise<void>((resolve) => (isAtWork = resolve));
    const handlers = { tokenize: async ({ text }: { text: string }) => done.push(text) } as unknown as EngineHandlers;
    const idle = {
      after: 1,
      step: async () => {
        isAtWork();
        await new Promise<void>((resolve) => steps.push(resolve));
        done.push('step');
        if (done.filter((each) => each === 'step').length === 2) throw new Error('no memory left');
        return true;
      },
    };
    const log: string[] = [];
    const answered: (() => void)[] = [];
    const server = new RpcServer(
      handlers,
      () => answered.shift()?.(),
      (line) => log.push(line),
      idle,
    );
    const ask = (id: number, text: string): Promise<void> => {
      server.receive({ type: 'call', id, method: 'tokenize', params: { model, text } });
      return new Promise((resolve) => answered.push(resolve));
    };
    await ask(1, 'first');
    await working;
    const second = ask(2, 'second');
    assert.deepEqual(done, ['first']);
    steps[0]();
    await second;
    assert.deepEqual(done, ['first', 'step', 'second']);
    while (steps.length < 2) await wait(1);
    steps[1]();
    while (log.length === 0) await wait(1);
    assert.match(log[0], /no memory left/);
    await ask(3, 'third');
    assert.deepEqual(done, ['first', 'step', 'second', 'step', 'third']);
    while (steps.length < 3) await wait(1);
    steps[2]();
  });

  it('serves calls one at a time and in order', async () => {
    let running = 0;
    const { call, settled } = serve(async ({ text }) => {
      assert.equal(++running, 1);
      await wait(text === 'slow' ? 30 : 1);
      running--;
      return text;
    });
    call(1, 'slow');
    call(2, 'b');
    call(3, 'c');
    assert.deepEqual(await settled(3), [
      { type: 'ok', id: 1, value: pack<unknown>('slow') },
      { type: 'ok', id: 2, value: pack<unknown>('b') },
      { type: 'ok', id: 3, value: pack<unknown>('c') },
    ]);
  });

  it('passes progress on under the call’s id', async () => {
    const { call, settled } = serve(async (_, { report }) => report({ message: 'half', done: 1, total: 2 }));
    call(7, '');
    assert.deepEqual((await settled(1))[0], { type: 'progress', id: 7, progress: { message: 'half', done: 1, total: 2 } });
  });

  it('passes on the first of many reports at once, of those that come too soon none, and the last of them while work goes on', async () => {
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const { call, replies, settled } = serve(async (_, { report }) => {
      for (let done = 0; done < 100; done++) report({ message: 'block', done });
      await ended;
      report({ message: 'too late', done: 100 });
    });
    const reported = (): unknown[] => replies.flatMap((reply) => (reply.type === 'progress' ? [reply.progress.done] : []));
    call(1, '');
    assert.deepEqual(reported(), [0]);
    while (reported().length < 2) await wait(5);
    assert.deepEqual(reported(), [0, 99]);
    end();
    await settled(1);
    await wait(100);
    assert.deepEqual(reported(), [0, 99]);
  });

  it('passes on at once that other work begins, which may be one long step in which nothing can be passed on', async () => {
    const { call, replies, settled } = serve(async (_, { report }) => {
      for (let done = 0; done < 3; done++) report({ message: `block ${done + 1}`, done });
      report({ message: 'Reading', done: 0 });
      // The same again begins nothing.
      report({ message: 'Reading', done: 0 });
      return replies.length;
    });
    call(1, '');
    const answered = await settled(1);
    const messages = answered.flatMap((reply) => (reply.type === 'progress' ? [reply.progress.message] : []));
    assert.deepEqual(messages, ['block 1', 'Reading']);
    assert.deepEqual(answered.at(-1), { type: 'ok', id: 1, value: pack<unknown>(2) });
  });

  it('does not tell that work begins which was over last time before it could be seen, unless it takes longer, or another model is open', async () => {
    // However busy the machine is, no time passes.
    mock.method(performance, 'now', () => 1000);
    let isSlow = false;
    const { call, replies, settled } = serve(async ({ text }, { report, opened }) => {
      opened({ info: {} as never, fingerprint: text });
      report({ message: 'block 1', done: 0 });
      report({ message: 'block 2', done: 1 });
      report({ message: 'Reading', done: 0 });
      while (isSlow && !replies.some((reply) => reply.type === 'progress')) await wait(5);
    });
    const answered = async (id: number, text: string): Promise<string[]> => {
      replies.length = 0;
      call(id, text);
      // The model, and the answer.
      await settled(2);
      return replies.flatMap((reply) => (reply.type === 'progress' ? [reply.progress.message] : []));
    };
    assert.deepEqual(await answered(1, 'one'), ['block 1', 'Reading']);
    assert.deepEqual(await answered(2, 'one'), []);
    assert.deepEqual(await answered(3, 'other'), ['block 1', 'Reading']);
    assert.deepEqual(await answered(4, 'other'), []);
    isSlow = true;
    assert.deepEqual(await answered(5, 'other'), ['Reading']);
  });

  it('passes on what is known of an answer only to a caller that wants it', async () => {
    const { server, call, settled } = serve(async (_, { part }) => {
      part?.('half');
      return 'whole';
    });
    call(1, '');
    await settled(1);
    server.receive({ type: 'call', id: 2, method: 'tokenize', params: { model, text: '' }, parts: true });
    assert.deepEqual(await settled(3), [
      { type: 'ok', id: 1, value: pack<unknown>('whole') },
      { type: 'part', id: 2, value: pack<unknown>('half') },
      { type: 'ok', id: 2, value: pack<unknown>('whole') },
    ]);
  });

  it('answers a cancelled call that waits at once, and never runs it', async () => {
    const started: string[] = [];
    const { call, cancel, replies, settled } = serve(async ({ text }) => {
      started.push(text);
      await wait(30);
      return text;
    });
    call(1, 'a');
    call(2, 'b');
    cancel(2);
    assert.deepEqual(
      replies.map((reply) => [reply.type, reply.id]),
      [['err', 2]],
    );
    await settled(2);
    assert.deepEqual(started, ['a']);
  });

  it('tells the running call that it is cancelled', async () => {
    const { call, cancel, settled } = serve(async (_, { signal }) => {
      while (!signal.aborted) await wait(1);
      throw new Problem('cancelled', 'stopped');
    });
    call(1, '');
    cancel(1);
    cancel(99);
    assert.deepEqual(await settled(1), [{ type: 'err', id: 1, problem: { code: 'cancelled', message: 'stopped' } }]);
  });

  it('hands problems over with their hint', async () => {
    const { call, settled } = serve(async () => {
      throw new Problem('empty-prompt', 'Nothing.', 'Type.');
    });
    call(1, '');
    assert.deepEqual(await settled(1), [{ type: 'err', id: 1, problem: { code: 'empty-prompt', message: 'Nothing.', hint: 'Type.' } }]);
  });

  it('lives on after an unexpected exception, which it logs with its stack', async () => {
    const { call, log, settled } = serve(async ({ text }) => {
      if (text === 'throw') throw new TypeError('x is not a function');
      // oxlint-disable-next-line typescript/only-throw-error -- what a careless library may do
      if (text === 'odd') throw 'just a string';
      return text;
    });
    call(1, 'throw');
    call(2, 'odd');
    call(3, 'fine');
    const replies = await settled(3);
    assert.deepEqual(
      replies.map((reply) => (reply.type === 'err' ? reply.problem : reply)),
      [
        { code: 'internal', message: 'x is not a function' },
        { code: 'internal', message: 'just a string' },
        { type: 'ok', id: 3, value: pack<unknown>('fine') },
      ],
    );
    assert.match(log.join('\n'), /TypeError: x is not a function\n +at /);
  });

  it('calls exhausted memory by its name', async () => {
    const { call, settled } = serve(async () => {
      throw new Error('Non-zero status code returned: std::bad_alloc');
    });
    call(1, '');
    const [reply] = await settled(1);
    assert.ok(reply?.type === 'err' && reply.problem.code === 'out-of-memory');
  });

  it('refuses unknown methods and wrong parameters, naming what is wrong', async () => {
    const { server, settled } = serve(async () => assert.fail('must not be called'));
    const bad: [string, unknown][] = [
      ['format-disk', {}],
      ['toString', {}],
      ['__proto__', {}],
      ['tokenize', null],
      ['tokenize', { model, text: 3 }],
      ['load', { model: { folder: '' } }],
      ['graph', { model, prompt: {}, options: {} }],
      ['graph', { model, prompt: { text: 'a' }, options: { counts: { values: 0 } } }],
      ['graph', { model, prompt: { text: 'a' }, options: { position: 0.5 } }],
      ['graph', { model, prompt: { tokens: ['1'] }, options: {} }],
      ['lens', { model, prompt: { text: 'a' }, tokens: 0 }],
      ['trace', { model, prompt: { text: 'a' } }],
    ];
    bad.forEach(([method, params], id) => server.receive({ type: 'call', id, method, params }));
    const replies = await settled(bad.length);
    assert.deepEqual(
      replies.map((reply) => reply.type === 'err' && reply.problem.code),
      bad.map(() => 'bad-request'),
    );
    assert.match(JSON.stringify(replies[7]), /options\.counts\.values/);
  });

  it('drops what is no request', () => {
    const { server, log, replies } = serve(async () => undefined);
    for (const message of [null, 3, 'hi', {}, { type: 'call' }, { type: 'call', id: 'x', method: 'load' }, { type: 'nonsense', id: 1 }])
      server.receive(message);
    assert.equal(log.length, 7);
    assert.deepEqual(replies, []);
  });
});
