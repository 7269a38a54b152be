import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Progress } from '../../src/core/call-context';
import { openLocal } from '../../src/model/checkpoint/local-source';
import { readSafetensorsHeader } from '../../src/model/checkpoint/safetensors';
import { MAKES_WAY } from '../../src/engine-client/engine-calls';
import { EngineClient, type EngineClientOptions } from '../../src/engine-client/engine-client';
import { engineEntry } from './engine-entry';
import { SLOW, temporaryFolder, TINY, writeGpt2 } from './checkpoint-files';
import { rejects } from '../support/rejects';

/** How a process is said to have ended that was killed: Windows has exit codes only. */
const KILLED = process.platform === 'win32' ? /exit code/ : /SIGKILL/;

describe('the engine process', () => {
  let entry: string;
  let folder: string;
  let tiny: { folder: string };
  let slow: { folder: string };
  let log: string[];
  const clients: EngineClient[] = [];

  before(async () => {
    entry = await engineEntry();
    folder = temporaryFolder();
    tiny = { folder: join(folder, 'tiny') };
    slow = { folder: join(folder, 'slow') };
    for (const { folder } of [tiny, slow]) mkdirSync(folder);
    writeGpt2(tiny.folder, TINY);
    writeGpt2(slow.folder, SLOW);
  });
  after(() => rmSync(folder, { recursive: true }));

  beforeEach(() => (log = []));
  afterEach(() => {
    for (const client of clients.splice(0)) client.dispose();
  });

  function start(options: Partial<EngineClientOptions> = {}): EngineClient {
    const client = new EngineClient({ entry, log: (line) => log.push(line), ...options });
    clients.push(client);
    return client;
  }

  const graph = (client: EngineClient, text = 'The capital of Japan', model = tiny) =>
    client.call('graph', { model, prompt: { text }, options: {} });

  /** Starts a run that takes seconds, and waits until the model is at work. */
  async function startSlowRun(client: EngineClient, signal?: AbortSignal, trace?: string): Promise<{ run: Promise<unknown> }> {
    const prompt = { tokens: Array.from({ length: SLOW.context }, (_, i) => i) };
    let run: Promise<unknown> = Promise.resolve();
    await new Promise<void>((atWork, failed) => {
      const onProgress = ({ message }: Progress): void => {
        if (message.startsWith('block')) atWork();
      };
      const options = { onProgress, ...(signal && { signal }) };
      run =
        trace === undefined
          ? client.call('graph', { model: slow, prompt, options: {} }, options)
          : client.call('trace', { model: slow, prompt, file: trace }, options);
      run.catch(failed);
    });
    run.catch(() => undefined);
    return { run };
  }

  it('is started by the first call and reused by the next', async () => {
    const client = start();
    assert.equal(client.pid, undefined);
    const info = await client.call('load', { model: tiny });
    assert.deepEqual([info.family, info.nLayers, info.contextLength], ['gpt2', TINY.layers, TINY.context]);
    const { pid } = client;
    assert.ok(pid);
    assert.equal((await graph(client)).tokens.map(({ text }) => text).join(''), 'The capital of Japan');
    assert.equal(client.pid, pid);
  });

  it('tells how far it has come', async () => {
    const cancel = new AbortController();
    const messages: string[] = [];
    const prompt = { tokens: Array.from({ length: SLOW.context }, (_, i) => i) };
    const onProgress = ({ message }: Progress): void => {
      messages.push(message);
      if (messages.filter((each) => each.startsWith('block')).length === 2) cancel.abort();
    };
    const run = start().call('graph', { model: slow, prompt, options: {} }, { onProgress, signal: cancel.signal });
    await rejects(run, 'cancelled');
    assert.ok(messages.includes(`block 2 of ${SLOW.layers}`) || messages.includes(`block 3 of ${SLOW.layers}`), messages.join());
  });

  it('says which model answers before it does, and by the same fingerprint after a restart', async () => {
    const client = start();
    const told: string[] = [];
    const call = (text: string): Promise<unknown> =>
      client.call(
        'graph',
        { model: tiny, prompt: { text }, options: {} },
        { onModel: ({ info, fingerprint }) => told.push(`${info.nLayers} layers, ${fingerprint}`) },
      );
    await rejects(call(''), 'empty-prompt');
    assert.equal(told.length, 1, 'the model is told though the prompt cannot be run');
    assert.ok(client.pid);
    process.kill(client.pid, 'SIGKILL');
    while (client.pid) await wait(5);
    await call('The capital');
    assert.equal(told.length, 2);
    assert.equal(told[0], told[1]);
  });

  it('answers two calls at once, each with its own answer', async () => {
    const client = start();
    const [one, two, three] = await Promise.all([
      graph(client, 'The capital'),
      graph(client, 'of Japan'),
      client.call('findToken', { model: tiny, text: ' Tokyo' }),
    ]);
    assert.deepEqual([one.prompt, two.prompt, three.kind], ['The capital', 'of Japan', 'one']);
  });

  it('answers the same question in the same way after a restart', async () => {
    const client = start();
    const before = await graph(client);
    assert.ok(client.pid);
    process.kill(client.pid, 'SIGKILL');
    while (client.pid) await wait(5);
    assert.deepEqual(await graph(client), before);
  });

  it('carries HTML, control characters, emoji and halves of emoji across', async () => {
    const text = '<img src=x onerror="alert(1)">\u0000\u001b[31m\u202e 👩‍💻 \ud83d';
    const { prompt, tokens } = await graph(start(), text);
    assert.equal(prompt, text);
    assert.equal(tokens.at(-1)?.end, text.length);
    assert.ok(tokens.some((token) => token.text === '\u0000'));
  });

  it('writes a trace that another program can read', async () => {
    const file = join(folder, 'trace.safetensors');
    const { entries } = await start().call('trace', { model: tiny, prompt: { text: 'The capital' }, file });
    const found = await openLocal(file, (opened) => readSafetensorsHeader(opened, 'trace'));
    assert.deepEqual(
      found.map(({ name, shape }) => ({ name, shape })),
      entries,
    );
    assert.deepEqual(entries.find(({ name }) => name === 'blocks.1.attn.hook_pattern')?.shape, [TINY.heads, 2, 2]);
  });

  it('answers bad requests with what is wrong, and goes on', async () => {
    const client = start();
    await rejects(graph(client, ''), 'empty-prompt');
    await rejects(graph(client, 'a '.repeat(80)), 'prompt-too-long', /64/);
    await rejects(client.call('load', { model: { folder: join(folder, 'nowhere') } }), 'not-a-checkpoint', /nowhere/);
    await rejects(client.call('graph', { model: tiny, prompt: { tokens: [900] }, options: {} }), 'token-out-of-range');
    await rejects(client.call('tokenize', { model: tiny, text: 3 as unknown as string }), 'bad-request', /text/);
    await rejects(client.call('tokenize', { model: tiny, text: (() => 'a') as unknown as string }), 'bad-request');
    const { pid } = client;
    await graph(client);
    assert.equal(client.pid, pid);
  });

  it('fails the pending calls clearly when it is killed in mid-run, and the next call starts it again', async () => {
    const client = start();
    const { run } = await startSlowRun(client);
    const waiting = graph(client);
    const { pid } = client;
    assert.ok(pid);
    process.kill(pid, 'SIGKILL');
    await Promise.all([rejects(run, 'engine-died', KILLED, /next run starts/), rejects(waiting, 'engine-died')]);
    assert.equal((await graph(client)).prompt, 'The capital of Japan');
    assert.notEqual(client.pid, pid);
  });

  it('stops a run that is cancelled, without ending the process when the model stops between blocks', async () => {
    const client = start({ cancelGrace: 30_000 });
    const abort = new AbortController();
    const { run } = await startSlowRun(client, abort.signal);
    const { pid } = client;
    abort.abort();
    await rejects(run, 'cancelled');
    assert.equal((await graph(client)).prompt, 'The capital of Japan');
    assert.equal(client.pid, pid);
  });

  it('ends a process that does not stop in time, and gives the waiting calls to a new one', async () => {
    const client = start({ cancelGrace: 0 });
    const abort = new AbortController();
    const { run } = await startSlowRun(client, abort.signal);
    const { pid } = client;
    const waiting = graph(client);
    abort.abort();
    await rejects(run, 'cancelled');
    assert.equal((await waiting).prompt, 'The capital of Japan');
    assert.notEqual(client.pid, pid);
  });

  it('ends a process that is held up by a call which nobody waits for, once another is cancelled behind it, and not before', async function () {
    // There is no way to halt a process there.
    if (process.platform === 'win32') return this.skip();
    const client = start({ cancelGrace: 20 });
    const [unwanted, impatient] = [new AbortController(), new AbortController()];
    await graph(client);
    const pid = client.pid ?? 0;
    process.kill(pid, 'SIGSTOP');
    const call = (signal: AbortSignal) =>
      client.call('graph', { model: tiny, prompt: { text: 'The capital of France' }, options: {} }, { signal });
    const first = call(unwanted.signal);
    unwanted.abort(MAKES_WAY);
    await rejects(first, 'cancelled');
    await wait(500);
    assert.equal(client.pid, pid);
    const second = call(impatient.signal);
    impatient.abort();
    await rejects(second, 'cancelled');
    assert.equal((await graph(client)).prompt, 'The capital of Japan');
    assert.notEqual(client.pid, pid);
  });

  it('drops a cancelled call that waits, and leaves the running one alone', async () => {
    const client = start({ cancelGrace: 20 });
    const first = graph(client);
    const abort = new AbortController();
    const second = client.call('load', { model: { folder: join(folder, 'nowhere') } }, { signal: abort.signal });
    abort.abort();
    await rejects(second, 'cancelled');
    assert.equal((await first).prompt, 'The capital of Japan');
  });

  it('leaves nothing of a trace that is cancelled and closed in mid-write', async () => {
    const traces = join(folder, 'traces');
    mkdirSync(traces);
    const client = start({ cancelGrace: 30_000 });
    const abort = new AbortController();
    const { run } = await startSlowRun(client, abort.signal, join(traces, 'trace.safetensors'));
    for (let i = 0; i < 4000 && readdirSync(traces).length === 0; i++) await wait(10);
    assert.equal(readdirSync(traces).length, 1, 'the trace is being written');
    abort.abort();
    client.dispose();
    await rejects(run, 'cancelled');
    for (let i = 0; i < 500 && readdirSync(traces).length > 0; i++) await wait(20);
    assert.deepEqual(readdirSync(traces), []);
  });

  // Windows has no signals: what is sent there ends the process
  if (process.platform !== 'win32') {
    it('leaves Ctrl+C to its parent', async () => {
      const client = start();
      await graph(client);
      const { pid } = client;
      assert.ok(pid);
      process.kill(pid, 'SIGINT');
      await wait(200);
      await graph(client);
      assert.equal(client.pid, pid);
    });
  }

  it('does not start for a call that is cancelled beforehand', async () => {
    const client = start();
    await rejects(client.call('load', { model: tiny }, { signal: AbortSignal.abort() }), 'cancelled');
    assert.equal(client.pid, undefined);
  });

  it('says that it cannot be started', async () => {
    await rejects(start({ entry: join(folder, 'no-engine.js') }).call('load', { model: tiny }), 'engine-died', /Cannot find module/);
    await rejects(start({ execPath: join(folder, 'no-node') }).call('load', { model: tiny }), 'engine-died', /cannot be started/);
  });

  it('says that onnxruntime cannot be loaded on this platform, and lives on', async () => {
    const elsewhere = join(folder, 'engine.js');
    const runtime = join(folder, 'node_modules', 'onnxruntime-node');
    mkdirSync(runtime, { recursive: true });
    writeFileSync(elsewhere, readFileSync(entry));
    writeFileSync(join(runtime, 'index.js'), 'throw new Error("libonnxruntime.so.1: cannot open shared object file")');
    const client = start({ entry: elsewhere });
    for (let attempt = 0; attempt < 2; attempt++) {
      await rejects(graph(client), 'platform-unsupported', /cannot open shared object/, new RegExp(`${process.platform}-${process.arch}`));
    }
    assert.ok(client.pid);
  });

  it('fails pending and later calls when it is closed', async () => {
    const client = start();
    const pending = graph(client);
    client.dispose();
    await rejects(pending, 'cancelled', /closed/);
    await rejects(graph(client), 'cancelled', /closed/);
  });

  it('ends when its parent goes away', async () => {
    const parent = join(folder, 'parent.cjs');
    writeFileSync(
      parent,
      `const child = require('node:child_process').fork(${JSON.stringify(entry)}, [], { serialization: 'advanced', stdio: 'ignore' }); process.send(child.pid); process.once('message', () => process.exit());`,
    );
    const { fork } = await import('node:child_process');
    const started = fork(parent, [], { execArgv: [] });
    const pid = await new Promise<number>((resolve) => started.once('message', (message) => resolve(message as number)));
    const alive = (): boolean => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    assert.ok(alive());
    started.send('end');
    for (let i = 0; i < 500 && alive(); i++) await wait(20);
    assert.ok(!alive());
  });

  it('says what it is when it is started by hand', async () => {
    const { spawnSync } = await import('node:child_process');
    const { status, stderr } = spawnSync(process.execPath, [entry], { encoding: 'utf8' });
    assert.deepEqual([status, /started by the extension/.test(stderr)], [2, true]);
  });
});
