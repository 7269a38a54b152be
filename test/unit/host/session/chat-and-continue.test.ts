import assert from 'node:assert/strict';
import type { Prompt } from '../../../../src/host/session/prompt';
import { deferred } from '../../../support/deferred';
import { graphShown, promptOf, setUp } from '../fake-engine';

/** What is said, at 3 in the document, of which the system prompt stands before the prompt. */
const CHAT: Prompt = {
  text: 'ab',
  origin: { uri: 'file:///a.txt', name: 'a.txt', start: 100 },
  chat: [
    { role: 'system', content: 'S', at: -90 },
    { role: 'user', content: 'ab', at: 0 },
  ],
};
const USER: Prompt = { ...CHAT, chat: [{ role: 'user', content: 'ab', at: 0 }] };

describe('The inspector with a conversation', () => {
  it('runs what the model’s template writes, up to where an answer begins, with its own marks', async () => {
    const { inspector, engine } = setUp();
    await inspector.visualize(USER);
    assert.deepEqual(engine.of('chat').at(-1)?.messages, [{ role: 'user', content: 'ab' }]);
    assert.equal(engine.of('chat').at(-1)?.reply, true);
    assert.deepEqual(engine.of('graph').at(-1)?.prompt, { text: '«uab»«a', marked: true });
    assert.equal(graphShown(inspector).graph.given, 'marked');
  });

  it('looks into an answer that is there, and begins no other', async () => {
    const { inspector, engine } = setUp();
    await inspector.visualize({ text: 'c', chat: [{ role: 'assistant', content: 'c', at: 0 }] });
    assert.equal(engine.of('chat').at(-1)?.reply, false);
  });

  it('knows which characters of the document each token stands for: those of the template for none', async () => {
    const { inspector } = setUp();
    await inspector.visualize(USER);
    assert.deepEqual(graphShown(inspector).places, [[null, null, { start: 0, end: 1 }, { start: 1, end: 2 }, null, null, null]]);
  });

  it('knows of a front matter that it stands before the prompt', async () => {
    const { inspector } = setUp();
    await inspector.visualize({
      ...CHAT,
      chat: [
        { role: 'system', content: 'S', at: -90 },
        { role: 'assistant', content: 'a' },
      ],
    });
    assert.deepEqual(graphShown(inspector).places[0]?.[2], { start: -90, end: -89 });
    assert.ok(
      graphShown(inspector)
        .places[0]?.slice(4)
        .every((place) => place === null),
    );
  });

  it('keeps it for later: what is shown can be shown again, and compared with the plain text', async () => {
    const { inspector, engine, kept } = setUp();
    await inspector.visualize(USER);
    const [shown] = kept;
    assert.ok(shown?.kind === 'graph');
    await inspector.restore(JSON.parse(JSON.stringify(shown)) as typeof shown);
    assert.equal(graphShown(inspector).graph.prompt, '«uab»«a');
    await inspector.compare({ text: 'ab' }, USER);
    assert.deepEqual(
      [engine.of('compare').at(-1)?.left.prompt, engine.of('compare').at(-1)?.right.prompt],
      [{ text: 'ab' }, { text: '«uab»«a', marked: true }],
    );
  });

  it('compares it with a typed message after the same turns', async () => {
    const { inspector, engine } = setUp();
    await inspector.visualize(USER);
    await inspector.compareWith('c');
    assert.deepEqual(engine.of('compare').at(-1)?.right.prompt, { text: '«uc»«a', marked: true });
  });

  it('goes back to the text as it stands', async () => {
    const { inspector, engine } = setUp();
    await inspector.visualize(USER);
    await inspector.showPlain();
    assert.deepEqual(engine.of('graph').at(-1)?.prompt, { text: 'ab' });
    assert.deepEqual(graphShown(inspector).places, [undefined]);
  });

  it('says why a template fails, and offers no end of a conversation that is too long', async () => {
    const { inspector } = setUp();
    await inspector.visualize({ text: 'a!', chat: [{ role: 'user', content: 'a!', at: 0 }] });
    assert.deepEqual([inspector.problem?.code, inspector.problem?.message], ['chat-template', 'fails in line 2: no shouting']);
    await inspector.visualize({ text: 'abcdefgh', chat: [{ role: 'user', content: 'abcdefgh', at: 0 }] });
    assert.equal(inspector.problem?.code, 'prompt-too-long');
    assert.ok(!inspector.problem.actions?.some(({ id }) => id === 'useLastTokens'));
  });
});

describe('The inspector that continues a prompt', () => {
  const textOf = (tokens: readonly { readonly text: string }[] | undefined) => tokens?.map(({ text }) => text).join('');

  it('has the tokens come one by one, and says why there are no more', async () => {
    const { inspector, engine, posted } = setUp();
    await inspector.visualize(promptOf('ab'));
    await inspector.continue();
    const seen = posted.flatMap((message) => (message.type === 'continuation' && message.continuation ? [message.continuation] : []));
    assert.deepEqual(
      seen.map(({ tokens, ended }) => [textOf(tokens), ended]),
      [
        ['', null],
        ['d', null],
        ['de', null],
        ['def', null],
        ['def', 'length'],
      ],
    );
    assert.deepEqual(
      engine.of('nextToken').map(({ tokens }) => tokens.length),
      [2, 3, 4],
    );
  });

  it('goes on where it ended, and ends where the context is full', async () => {
    const { inspector } = setUp();
    await inspector.visualize(promptOf('ab'));
    await inspector.continue();
    await inspector.continue();
    assert.deepEqual([textOf(inspector.continuation?.tokens), inspector.continuation?.ended], ['defghi', 'length']);
    await inspector.visualize(promptOf('abcdefg'));
    await inspector.continue();
    assert.deepEqual([textOf(inspector.continuation?.tokens), inspector.continuation?.ended], ['i', 'context']);
  });

  it('keeps what there is when it is stopped', async () => {
    const { inspector, engine } = setUp();
    await inspector.visualize(promptOf('ab'));
    const third = deferred<void>();
    const waiting = deferred<void>();
    engine.beforeToken = async (tokens) => {
      if (tokens.length < 4) return;
      waiting.resolve();
      await third.promise;
    };
    const running = inspector.continue();
    await waiting.promise;
    inspector.stopContinuing();
    third.resolve();
    await running;
    assert.deepEqual([textOf(inspector.continuation?.tokens), inspector.continuation?.ended], ['de', 'cancelled']);
  });

  it('opens the pass that says a token, and keeps the continuation there', async () => {
    const { inspector, engine, posted } = setUp();
    await inspector.visualize(promptOf('ab'));
    await inspector.continue();
    await inspector.openGenerated(1);
    assert.deepEqual(engine.of('graph').at(-1)?.prompt, { tokens: [...'abdef'].map((c) => c.charCodeAt(0)) });
    const { graph, choice, places } = graphShown(inspector);
    assert.deepEqual([graph.position, choice.target], [2, undefined]);
    assert.deepEqual(places, [[{ start: 0, end: 1 }, { start: 1, end: 2 }, null, null, null]]);
    const shown = posted.findLast((message) => message.type === 'graph');
    assert.equal(shown?.type === 'graph' && shown.generated, 3);
    assert.equal(textOf(inspector.continuation?.tokens), 'def');
    await inspector.openGenerated(0);
    assert.deepEqual(
      [graphShown(inspector).choice.position, graphShown(inspector).choice.target],
      [1, 'd'],
      'a token that was not the likeliest is the target',
    );
  });

  it('goes on from there with what it has said, and forgets it with another prompt', async () => {
    const { inspector, engine } = setUp();
    await inspector.visualize(promptOf('ab'));
    await inspector.continue();
    await inspector.openGenerated(1);
    await inspector.continue();
    assert.equal(engine.of('nextToken').at(-1)?.tokens.length, 7);
    assert.equal(textOf(inspector.continuation?.tokens), 'defghi');
    await inspector.showPlain();
    assert.equal(graphShown(inspector).graph.prompt, 'ab');
    assert.equal(textOf(inspector.continuation?.tokens), 'defghi', 'the prompt alone is still what was continued');
    await inspector.visualize(promptOf('c'));
    assert.equal(inspector.continuation, null);
  });

  it('says what is wrong outside the page’s problem, and that a full context leaves no room', async () => {
    const { inspector, notices } = setUp();
    await inspector.visualize(promptOf('abcdefgh'));
    await inspector.continue();
    assert.match(notices.at(-1)?.message ?? '', /no room for a continuation/);
    assert.equal(inspector.continuation, null);
  });
});
