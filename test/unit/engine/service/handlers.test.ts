import assert from 'node:assert/strict';
import { isUnread } from '../../../../src/core/format/unread';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildFlowGraph } from '../../../../src/core/build/build-flow-graph';
import type { ResolvedGraphOptions } from '../../../../src/core/build/flow-graph-builder';
import type { InspectablePass } from '../../../../src/core/pass/inspectable-pass';
import { componentName } from '../../../../src/core/format/component';
import { buildLensGrid } from '../../../../src/core/insight/lens-grid';
import { Problem } from '../../../../src/core/problem';
import type { OpenedModel } from '../../../../src/core/protocol/engine';
import type { CallContext } from '../../../../src/core/call-context';
import type { EngineHandlers, HandlerContext } from '../../../../src/engine/service/engine-handlers';
import { PromptMeans } from '../../../../src/engine/interventions/prompt-means';
import { createHandlers } from '../../../../src/engine/service/handlers';
import type { Prompt } from '../../../../src/engine/service/runnable-model';
import { loadTokenizerIn } from '../../../support/load-tokenizer-in';
import type { PromptTokenizer } from '../../../../src/model/tokenizer/prompt-tokenizer';
import { temporaryFolder, TOKENIZERS } from '../../../engine/checkpoint-files';
import { fakeGradients } from '../../../support/fake-gradients';
import { FakePass } from '../../../support/fake-pass';
import { rejects } from '../../../support/rejects';

const CONTEXT_LENGTH = 64;
const idle: HandlerContext = { signal: { aborted: false }, report: () => undefined, opened: () => undefined };

/** A pass over given tokens, whatever their number. */
function passOver({ text, tokens }: Prompt): InspectablePass {
  const pass = new FakePass(tokens.map((_, i) => ` w${i}`).join(''), [], { vocabSize: 817 });
  return Object.assign(pass, { tokens, prompt: text });
}

describe('the engine’s answers', () => {
  const model = { folder: '/models/fake' };
  let handlers: EngineHandlers;
  let tokenizer: PromptTokenizer | null;
  let events: string[];
  let contexts: CallContext[];
  let resolved: ResolvedGraphOptions[];

  before(async () => (tokenizer = await loadTokenizerIn(join(TOKENIZERS, 'byte-level'))));

  beforeEach(() => {
    events = [];
    contexts = [];
    resolved = [];
    const info = { ...new FakePass('a', [], { vocabSize: 817 }).model, contextLength: CONTEXT_LENGTH };
    handlers = createHandlers({
      loadModel: async (folder) => {
        events.push(`load ${folder}`);
        if (folder.includes('broken')) throw new Problem('not-a-checkpoint', 'broken');
        return {
          tokenizer: folder.includes('no-tokenizer') ? null : tokenizer,
          model: {
            info,
            forward: async (prompt, context) => {
              events.push(`forward ${prompt.text}`);
              contexts.push(context);
              return passOver(prompt);
            },
            intervene: async (pass, interventions, position) => {
              events.push(
                `intervene ${interventions.map(({ component, from }) => `${componentName(component)}${from ? ` from ${from instanceof PromptMeans ? `mean ${from.list.prompts.length}` : from.prompt}` : ''}`).join()} at ${position}`,
              );
              return pass;
            },
            means: async (list, wanted, { length, studied }) => {
              events.push(`means of ${wanted.map(componentName).join()} over ${list.prompts.length}, for ${length} at ${studied}`);
              return new PromptMeans(list, new Map());
            },
            measureEach: async (pass, changes, { of, position }) => {
              events.push(`measure ${changes.map(({ component }) => componentName(component)).join()} of ${of.kind} at ${position}`);
              const { dModel, nLayers } = pass.model;
              const final = pass.stream[nLayers].slice(position * dModel, (position + 1) * dModel);
              return { ordinary: { value: 5, final }, changed: changes.map((_, i) => ({ value: 5 - i, final })) };
            },
            nextLogits: async (ids) => {
              events.push(`next after ${ids.join()}`);
              return Float32Array.from({ length: 817 }, (_, id) => (id === ids.length ? 5 : id === 3 ? 4 : 0));
            },
            startSurvey: async () => {
              events.push('survey starts');
              if (folder.includes('large')) throw new Problem('memory-low', 'large');
            },
            endSurvey: async () => void events.push('survey ends'),
            backward: async (pass, at) => {
              events.push(`backward ${at.of.kind} ${at.of.id} at ${at.position}`);
              return fakeGradients(pass as FakePass, at);
            },
            trace: async function* () {},
            readThrough: async () => undefined,
            forgetLenses: async () => undefined,
            fitLens: async () => {
              throw new Problem('internal', 'Nothing is fitted here.');
            },
            sumTexts: async () => undefined,
            adoptLens: async () => {
              throw new Problem('internal', 'Nothing is taken in here.');
            },
            release: async () => void events.push(`release ${folder}`),
          },
        };
      },
      buildFlowGraph: (pass, options, context, seenFirst) => {
        resolved.push(options);
        // The graph itself is tested elsewhere; a small one will do, unless it matters what is read.
        const counts = seenFirst ? options.counts : { heads: 1, values: 1, top: 1, bottom: 1, tokens: 2 };
        return buildFlowGraph(pass, { ...options, counts }, context, seenFirst);
      },
      buildLensGrid,
    });
  });

  const graph = (text: string, options: object = {}, folder = model.folder) =>
    handlers.graph({ model: { folder }, prompt: { text }, options }, idle);

  it('draws the last layer at the last token for the predicted token unless told otherwise', async () => {
    const flow = await graph('The capital of Japan is');
    assert.equal(flow.prompt, 'The capital of Japan is');
    assert.deepEqual([flow.position, flow.layers, flow.target.chosen], [flow.tokens.length - 1, [2], 'auto']);
    assert.deepEqual(resolved[0]?.counts, { heads: 10, values: 2, top: 18, bottom: 7, tokens: 20 });
  });

  it('reads first what is seen first where that is asked for, and then nodes by id or some at a time', async () => {
    const asked = {
      model: { folder: model.folder },
      prompt: { text: 'The capital of Japan is' },
      options: { layers: { last: 0 } },
    } as const;
    const { nodes, unread = 0 } = await handlers.graph({ ...asked, seenFirst: true }, idle);
    assert.ok(unread > 100 && unread < nodes.length);
    const missing = nodes.filter(isUnread).map(({ id }) => id);
    const read = await handlers.readNodes({ ...asked, ids: missing.slice(-2) }, idle);
    assert.deepEqual(
      read.nodes.map(({ id, reading }) => [id, reading === null]),
      missing.slice(-2).map((id) => [id, false]),
    );
    assert.equal(read.left, unread - 2);
    const { nodes: none, left } = await handlers.readNodes(asked, idle);
    assert.ok(none.length === 0 && left < unread - 2 && left > 0, String(left));
  });

  it('counts a negative position from the end, reads a target’s text and fills in missing counts', async () => {
    await graph('The capital of', {
      position: -1,
      target: { text: ' Tokyo' },
      layers: { from: 0, to: 1 },
      counts: { heads: 0, tokens: 3 },
    });
    const match = tokenizer?.findToken(' Tokyo');
    assert.deepEqual(resolved, [
      {
        position: 2,
        target: { id: match?.kind === 'one' ? match.token.id : NaN },
        layers: { from: 0, to: 1 },
        counts: { heads: 0, values: 2, top: 18, bottom: 7, tokens: 3 },
      },
    ]);
  });

  it('draws as many of the last layers as it is asked for, all of them for none', async () => {
    for (const last of [1, 2, 99, 0]) await graph('a', { layers: { last } });
    assert.deepEqual(
      resolved.map(({ layers }) => layers),
      [
        { from: 2, to: 2 },
        { from: 1, to: 2 },
        { from: 0, to: 2 },
        { from: 0, to: 2 },
      ],
    );
  });

  it('refuses layers that the model has not, or draws them as its last where that is asked for', async () => {
    await rejects(graph('a', { layers: { from: 1, to: 9 } }), 'layers-out-of-range');
    await graph('a', { layers: { from: 1, to: 9, clamp: true } });
    await graph('a', { layers: { from: 8, to: 9, clamp: true } });
    assert.deepEqual(
      resolved.map(({ layers }) => layers),
      [
        { from: 1, to: 2 },
        { from: 2, to: 2 },
      ],
    );
    const side = { prompt: { text: 'a' }, options: {} };
    const options = { layers: { from: 1, to: 9, clamp: true }, counts: { heads: 1, values: 1, top: 1, bottom: 0, tokens: 1 } };
    const { left } = await handlers.compare({ model, left: side, right: side, options }, idle);
    assert.deepEqual(left.layers, [1, 2]);
  });

  it('says which model answers, also where the answer is a problem, and by another fingerprint once its files have changed', async () => {
    const folder = temporaryFolder();
    try {
      const opened: OpenedModel[] = [];
      const call = (text: string): Promise<unknown> =>
        handlers.graph({ model: { folder }, prompt: { text }, options: {} }, { ...idle, opened: (one) => opened.push(one) });
      await call('a');
      await rejects(call(''), 'empty-prompt');
      writeFileSync(join(folder, 'model.safetensors'), 'saved again');
      await call('a');
      assert.deepEqual(
        opened.map(({ info }) => info.contextLength),
        [CONTEXT_LENGTH, CONTEXT_LENGTH, CONTEXT_LENGTH],
      );
      const [first, second, third] = opened.map(({ fingerprint }) => fingerprint);
      assert.equal(first, second);
      assert.notEqual(second, third);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('runs a prompt once, however often its pass is looked into', async () => {
    await graph('The capital of');
    await graph('The capital of', { layers: { from: 0, to: 0 }, target: { id: 3 } });
    await handlers.lens({ model, prompt: { text: 'The capital of' }, tokens: 2 }, idle);
    assert.deepEqual(events, ['load /models/fake', 'forward The capital of']);
  });

  it('runs interventions once, in whatever order they are asked for, over one ordinary pass of each prompt', async () => {
    const [head, mlp] = [
      { mode: 'zero', component: 'blocks.1.attn.head.2' },
      { mode: 'patch', component: 'blocks.0.mlp', from: { text: 'b' } },
    ] as const;
    await graph('a');
    await graph('a', { interventions: [head, mlp] });
    await graph('a', { interventions: [mlp, head], layers: { from: 0, to: 1 } });
    await handlers.lens({ model, prompt: { text: 'a' }, tokens: 2, interventions: [head, mlp] }, idle);
    await graph('a');
    assert.deepEqual(events.slice(1), ['forward a', 'forward b', 'intervene blocks.1.attn.head.2,blocks.0.mlp from b at 0']);
  });

  it('runs anew for other interventions, and for a source at another position', async () => {
    const source = { interventions: [{ mode: 'zero', component: 'blocks.1.attn.head.2.value.0' }] };
    await graph('The capital of', source);
    await graph('The capital of', { ...source, position: 1 });
    await graph('The capital of', { interventions: [{ mode: 'zero', component: 'blocks.1.attn.head.2' }], position: 1 });
    await graph('The capital of', { interventions: [{ mode: 'zero', component: 'blocks.1.attn.head.2' }], position: 0 });
    assert.equal(events.filter((event) => event.startsWith('intervene')).length, 3);
  });

  it('runs nothing for a pass with interventions that is still in memory, though the prompts it took from are not', async () => {
    const patched = { interventions: [{ mode: 'patch', component: 'blocks.0.mlp', from: { text: 'b' } }] };
    await graph('a', patched);
    for (const text of ['c', 'd', 'e', 'f', 'g']) await graph(text);
    const before = events.length;
    await graph('a', patched);
    assert.equal(events.length, before);
  });

  it('refuses to change what the model does not have, and says what it has', async () => {
    const refused: [component: string, says: RegExp][] = [
      ['blocks.3.mlp', /layers 0 to 2/],
      ['blocks.0.attn.head.4', /heads 0 to 3/],
      ['blocks.0.mlp.neuron.40', /neurons 0 to 39/],
      ['blocks.0.attn.head.0.value.1', /the token at position 0 reads position 0 only/],
      ['ln_final', /does not name a component/],
    ];
    for (const [component, says] of refused)
      await rejects(graph('a', { interventions: [{ mode: 'zero', component }] }), 'no-such-component', says);
    const twice = [
      { mode: 'zero', component: 'blocks.0.mlp' },
      { mode: 'zero', component: 'blocks.0.hook_mlp_out' },
    ];
    await rejects(graph('a', { interventions: twice }), 'bad-request', /blocks\.0\.mlp is changed twice/);
    const from = (text: string) => graph('a', { interventions: [{ mode: 'patch', component: 'blocks.0.mlp', from: { text } }] });
    await rejects(from(''), 'empty-prompt', /that feed-forward layer 0 is taken from is empty/);
    await rejects(from('a\n'.repeat(40)), 'prompt-too-long', /that feed-forward layer 0 is taken from has 80 tokens/);
    const source = { mode: 'patch', component: 'blocks.0.attn.head.0.value.0', from: { text: 'a' } };
    await rejects(
      graph('The capital of', { interventions: [source] }),
      'no-such-component',
      /too short: aligned from the end, none of its tokens \(1\) corresponds to position 0/,
      /longer prompt/,
    );
    assert.ok(!events.some((event) => event.startsWith('forward')), 'what cannot be changed is refused before the model runs');
  });

  it('changes a component at disjoint positions in several ways, but never twice at one', async () => {
    const change = (...components: string[]) =>
      graph('The capital of', { interventions: components.map((component) => ({ mode: 'zero', component })) });
    await change(
      'blocks.1.mlp@0',
      'blocks.1.mlp@1-2',
      'blocks.1.mlp.neuron.3@1',
      'blocks.1.attn.head.2.value.0',
      'blocks.1.attn.head.2.value.0@1',
    );
    assert.match(events.at(-1) ?? '', /intervene blocks\.1\.mlp@0,blocks\.1\.mlp@1-2,/);
    await rejects(change('blocks.1.mlp@0-1', 'blocks.1.mlp@1-2'), 'bad-request', /blocks\.1\.mlp is changed twice at position 1/);
    await rejects(change('blocks.1.mlp', 'blocks.1.hook_mlp_out@-1'), 'bad-request', /changed twice at position/);
    const source = 'blocks.1.attn.head.2.value.0';
    await rejects(change(source, `${source}@-1`), 'bad-request', /changed twice at position/);
  });

  it('refuses positions that the prompt, or the reader of a source, does not have', async () => {
    const off = (component: string) => graph('The capital of', { interventions: [{ mode: 'zero', component }] });
    await rejects(off('blocks.1.mlp@40'), 'position-out-of-range', /no position 40: the prompt has positions 0 to/);
    await rejects(off('blocks.1.attn.head.2.value.1@0'), 'no-such-component', /Position 0 cannot read position 1/, /@1--1/);
    await rejects(off('blocks.1.attn.head.2.value.40@1'), 'no-such-component', /no position 40 to read/);
    const patch = { mode: 'patch', component: 'blocks.1.mlp@0', from: { text: 'a' } };
    await rejects(graph('The capital of', { interventions: [patch] }), 'no-such-component', /too short: .* corresponds to position 0/);
    const mayBeShort = { ...patch, component: 'blocks.1.mlp' };
    await graph('The capital of', { interventions: [mayBeShort] });
  });

  it('takes the means over one list of prompts at once, and runs them once', async () => {
    const over = [{ text: 'The capital of' }, { text: 'The capital of France' }];
    const mean = (component: string) => ({ mode: 'mean', component, over });
    const asked = { interventions: [mean('blocks.1.mlp'), mean('blocks.0.attn.head.2@1'), { mode: 'zero', component: 'blocks.0.mlp' }] };
    await graph('The capital of', asked);
    const before = events.length;
    const position = events.find((event) => event.startsWith('means'))?.match(/\d+$/)?.[0];
    assert.deepEqual(events.slice(-2), [
      `means of blocks.1.mlp,blocks.0.attn.head.2@1 over 2, for ${Number(position) + 1} at ${position}`,
      `intervene blocks.1.mlp from mean 2,blocks.0.attn.head.2@1 from mean 2,blocks.0.mlp at ${position}`,
    ]);
    await graph('The capital of', asked);
    assert.equal(events.length, before);
    await graph('The capital of', { interventions: [{ ...mean('blocks.1.mlp'), over: over.slice(1) }] });
    assert.match(events.at(-1) ?? '', /mean 1/);
  });

  it('refuses a mean over no prompt, over one that cannot be read, and over prompts that are all too short', async () => {
    const mean = (over: readonly object[], component = 'blocks.1.mlp') =>
      graph('The capital of', { interventions: [{ mode: 'mean', component, over }] });
    await rejects(mean([]), 'bad-request', /no prompts for the mean of feed-forward layer 1/);
    await rejects(mean([{ text: 'The capital of' }, { text: '' }]), 'empty-prompt', /Prompt 2 of 2 for the mean of feed-forward layer 1/);
    await rejects(mean([{ tokens: [1, 2, 3, 9999] }]), 'token-out-of-range');
    await rejects(mean([{ text: 'a' }]), 'no-such-component', /too short: .*the longest has \d tokens?.* position 0/, /blocks\.1\.mlp@/);
    await mean([{ text: 'a' }], 'blocks.1.mlp@-1');
    await rejects(mean([{ text: 'a' }], 'blocks.1.attn.head.2.value.0'), 'no-such-component', /corresponds to position 0/);
    assert.equal(events.filter((event) => event.startsWith('means')).length, 1);
  });

  it('runs each compared prompt once, whatever is then asked of the two', async () => {
    const small = { heads: 1, values: 1, top: 1, bottom: 0, tokens: 1 };
    const compare = (left: object, right: object, options: object = {}) =>
      handlers.compare(
        {
          model,
          left: { prompt: { text: 'The capital of' }, options: left },
          right: { prompt: { text: 'a' }, options: right },
          options: { counts: small, ...options },
        },
        idle,
      );
    const first = await compare({}, {});
    assert.deepEqual([first.left.prompt, first.right.prompt], ['The capital of', 'a']);
    const again = await compare({ position: 0, target: { id: 3 } }, {}, { layers: { from: 0, to: 1 }, targets: 'left' });
    assert.deepEqual([again.left.position, again.left.layers, again.left.target.id, again.right.target.id], [0, [0, 1], 3, 3]);
    await graph('a');
    assert.deepEqual(events, ['load /models/fake', 'forward The capital of', 'forward a']);
  });

  it('checks both sides of a comparison before the model runs', async () => {
    const ask = handlers.compare(
      { model, left: { prompt: { text: 'a' }, options: {} }, right: { prompt: { text: 'a' }, options: { position: 9 } }, options: {} },
      idle,
    );
    await rejects(ask, 'position-out-of-range');
    assert.ok(!events.includes('forward a'));
  });

  it('predicts after every prompt that can be run, and leaves the passes in memory alone', async () => {
    await graph('a');
    const { rows } = await handlers.predict(
      { model, prompts: [{ text: 'b' }, { text: '' }, { text: 'c' }, { text: 'd' }, { text: 'e' }], tokens: 2 },
      idle,
    );
    assert.deepEqual(
      rows.map((row) => ('problem' in row ? row.problem.code : row.top.length)),
      [2, 'empty-prompt', 2, 2, 2],
    );
    await graph('a');
    assert.deepEqual(events.slice(1), ['forward a', 'forward b', 'forward c', 'forward d', 'forward e']);
  });

  it('stops a table of predictions between prompts when cancelled', async () => {
    const cancel = new AbortController();
    const context: HandlerContext = {
      ...idle,
      signal: cancel.signal,
      report: ({ done }) => {
        if (done === 1) cancel.abort();
      },
    };
    await rejects(handlers.predict({ model, prompts: ['b', 'c', 'd'].map((text) => ({ text })), tokens: 1 }, context), 'cancelled');
    assert.deepEqual(events.slice(1), ['forward b', 'forward c']);
  });

  it('asks for a survey’s memory once, before its first pass, and gives it back after the last', async () => {
    const find = (folder: string) => handlers.activeNeurons({ model: { folder }, prompts: ['a', 'b'], options: {} }, idle);
    await find('/models/fake');
    assert.deepEqual(events.slice(1), ['survey starts', 'forward a', 'forward b', 'survey ends']);
    await rejects(find('/models/large'), 'memory-low');
    assert.deepEqual(events.slice(-2), ['load /models/large', 'survey starts']);
  });

  it('forgets the pass that was not looked into for longest', async () => {
    for (const text of ['a', 'b', 'c', 'd', 'e', 'f', 'a', 'g', 'a', 'b']) await graph(text);
    assert.deepEqual(
      events.slice(1),
      ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'b'].map((text) => `forward ${text}`),
    );
  });

  it('lets a pass from memory listen to the call that looks into it now', async () => {
    const first = new AbortController();
    await handlers.graph({ model, prompt: { text: 'a' }, options: {} }, { ...idle, signal: first.signal });
    first.abort();
    const reports: string[] = [];
    await handlers.graph({ model, prompt: { text: 'a' }, options: {} }, { ...idle, report: ({ message }) => reports.push(message) });
    assert.equal(contexts[0]?.signal.aborted, false);
    contexts[0]?.report({ message: 'still here', done: 0 });
    assert.equal(reports.at(-1), 'still here');
  });

  it('keeps one model in memory and releases it for another', async () => {
    await graph('a');
    await graph('a', {}, '/models/other');
    await graph('a');
    assert.deepEqual(events, [
      'load /models/fake',
      'forward a',
      'release /models/fake',
      'load /models/other',
      'forward a',
      'release /models/other',
      'load /models/fake',
      'forward a',
    ]);
  });

  it('loads a model anew when any file that it was read from has changed, come or gone', async () => {
    const folder = temporaryFolder();
    try {
      mkdirSync(join(folder, 'm'));
      const file = (name: string) => join(folder, 'm', name);
      const loads = async () => {
        const before = events.filter((event) => event.startsWith('load')).length;
        await handlers.load({ model: { folder: join(folder, 'm') } }, idle);
        return events.filter((event) => event.startsWith('load')).length - before;
      };
      const readFrom = [
        'config.json',
        'tokenizer.json',
        'tokenizer_config.json',
        'special_tokens_map.json',
        'added_tokens.json',
        'vocab.json',
        'merges.txt',
        'model.safetensors',
        'model.safetensors.index.json',
        'model-00001-of-00002.safetensors',
        'model-00002-of-00002.safetensors',
      ];
      for (const name of readFrom) writeFileSync(file(name), '{}');
      assert.deepEqual([await loads(), await loads()], [1, 0]);
      for (const name of readFrom) {
        writeFileSync(file(name), '{ }');
        assert.deepEqual([await loads(), await loads()], [1, 0], name);
      }
      rmSync(file('merges.txt'));
      assert.deepEqual([await loads(), await loads()], [1, 0]);
      writeFileSync(file('README.md'), 'of no account');
      assert.equal(await loads(), 0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('says what is wrong with a folder, and works with the next one', async () => {
    await rejects(graph('a', {}, '/models/broken'), 'not-a-checkpoint');
    await graph('a');
  });

  it('says how far a prompt is from fitting', async () => {
    const long = 'a\n'.repeat(40);
    const { tokens, fits, contextLength } = await handlers.tokenize({ model, text: long }, idle);
    assert.deepEqual([tokens.length, fits, contextLength], [80, false, 64]);
    await rejects(graph(long), 'prompt-too-long', /80 tokens/, /64/, /last 64 tokens/);
    assert.equal((await handlers.tokenize({ model, text: '' }, idle)).fits, true);
  });

  it('refuses a text of megabytes without cutting it into tokens first', async () => {
    await handlers.load({ model }, idle);
    const start = performance.now();
    await rejects(graph('x'.repeat(20_000_000)), 'prompt-too-long', /at least \d+ tokens/);
    assert.ok(performance.now() - start < 5000);
  });

  it('refuses an empty prompt, and runs a blank', async () => {
    await rejects(graph(''), 'empty-prompt', /empty/);
    assert.deepEqual(
      (await graph(' ')).tokens.map(({ text }) => text),
      [' '],
    );
    await rejects(handlers.graph({ model, prompt: { tokens: [] }, options: {} }, idle), 'empty-prompt');
  });

  it('keeps the white space around a prompt', async () => {
    assert.equal((await graph('  a ')).tokens.map(({ text }) => text).join(''), '  a ');
  });

  it('takes token ids with and without a tokenizer', async () => {
    const named = await handlers.graph({ model, prompt: { tokens: [284, 329] }, options: {} }, idle);
    assert.equal(named.prompt, 'The capital');
    const bare = await handlers.graph({ model: { folder: '/models/no-tokenizer' }, prompt: { tokens: [284, 3] }, options: {} }, idle);
    assert.equal(bare.prompt, '284 3');
    assert.deepEqual(
      bare.tokens.map(({ text, start, end }) => [text, start, end]),
      [
        ['284', 0, 3],
        ['3', 4, 5],
      ],
    );
  });

  it('refuses text where there is no tokenizer', async () => {
    await rejects(graph('a', {}, '/models/no-tokenizer'), 'tokenizer-missing', /token ids/);
    await rejects(handlers.findToken({ model: { folder: '/models/no-tokenizer' }, text: 'a' }, idle), 'tokenizer-missing');
    await rejects(
      handlers.graph({ model: { folder: '/models/no-tokenizer' }, prompt: { tokens: [1] }, options: { target: { text: 'a' } } }, idle),
      'tokenizer-missing',
    );
  });

  it('refuses ids that are not in the vocabulary', async () => {
    for (const id of [-1, 817]) {
      await rejects(
        handlers.graph({ model, prompt: { tokens: [0, id] }, options: {} }, idle),
        'token-out-of-range',
        new RegExp(`Token ${id}\\b`),
        /817/,
      );
      await rejects(graph('a', { target: { id } }), 'token-out-of-range');
    }
  });

  it('refuses positions and layers that do not exist, and says which do', async () => {
    for (const position of [3, -4, 99]) await rejects(graph('The capital of', { position }), 'position-out-of-range', /3 tokens/, /0 to 2/);
    for (const layers of [
      { from: -1, to: 0 },
      { from: 0, to: 3 },
      { from: 2, to: 1 },
    ]) {
      await rejects(graph('a', { layers }), 'layers-out-of-range', /0 to 2/);
    }
    const head = handlers.headMemory({ model, prompt: { text: 'a' }, options: { layer: 3, head: 0 } }, idle);
    await rejects(head, 'layers-out-of-range', /^Layer 3 does not exist: the model has layers 0 to 2\. Give a layer in that range\.$/);
    assert.ok(!events.includes('forward a'), 'what cannot be drawn is refused before the model runs');
  });

  it('differentiates the pass of the prompt for the gradient of a token, and refuses what does not exist before anything runs', async () => {
    const ask = (text: string, options: Parameters<EngineHandlers['backwardLens']>[0]['options']) =>
      handlers.backwardLens({ model, prompt: { text }, options }, idle);
    const { layer, position, stream } = await ask('The capital of', { target: { text: ' Tokyo' }, layer: 2, position: -2 });
    assert.deepEqual([layer?.layer, stream.map(({ border }) => border)], [2, [2, 3]]);
    const tokyo = tokenizer?.findToken(' Tokyo');
    assert(tokyo?.kind === 'one');
    assert.equal(events.at(-1), `backward log-probability ${tokyo.token.id} at ${position}`);
    events = [];
    await rejects(ask('a', { layer: 3 }), 'layers-out-of-range', /^Layer 3 does not exist/);
    await rejects(ask('a', { position: 900 }), 'position-out-of-range');
    await rejects(ask('a', { target: { text: 'no single token' } }), 'not-one-token');
    assert.ok(!events.some((event) => event.startsWith('forward')));
  });

  it('reads the token that a target is compared with as it reads the target', async () => {
    const flow = await graph('The capital of', { target: { text: ' Tokyo' }, against: { id: 3 } });
    assert.equal(resolved[0]?.against, 3);
    assert.equal(flow.target.against?.id, 3);
    await rejects(graph('a', { against: { id: 817 } }), 'token-out-of-range');
    await rejects(graph('a', { against: { text: 'tokyo' } }), 'not-one-token');
  });

  it('explains a target that is not one token', () =>
    rejects(graph('a', { target: { text: 'tokyo' } }), 'not-one-token', /"tokyo" is not a single token/, /" Tokyo"/));
  it('names the first pieces of a target that is many tokens, and once', async () => {
    await assert.rejects(graph('a', { target: { text: 'zq'.repeat(100) } }), ({ message, hint }: Problem) => {
      assert.match(message, /not a single token of .*, …\.$/);
      assert.ok(message.length < 500, message);
      assert.doesNotMatch(hint ?? '', /Single tokens/);
      return true;
    });
  });

  it('carries HTML and control characters in tokens unharmed', async () => {
    const { prompt, tokens } = await graph('<b>\u0000&amp;\u001b[0m</b>');
    assert.equal(prompt, '<b>\u0000&amp;\u001b[0m</b>');
    assert.equal(tokens.map(({ text }) => text).join(''), prompt);
  });
});
