import assert from 'node:assert/strict';
import type { Continuation } from '../../src/core/format/continuation';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { visit } from '../support/visit';

const PROMPT = 'The capital of Japan is the city of';

describe('visit continue', () => {
  const continued = async (...options: string[]): Promise<Continuation> => {
    const { code, stdout, stderr } = await visit(['continue', '--prompt', PROMPT, '--format', 'json', ...options]);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as Continuation;
  };

  it('goes on until the token that ends the text, and says so', async () => {
    const { tokens, text, ended, sampling } = await continued();
    assert.deepEqual([text, ended, sampling], [' Tokyo.', 'end-token', null]);
    assert.deepEqual(
      tokens.map(({ text: token }) => token),
      [' Tokyo', '.', '<|endoftext|>'],
    );
    assert.ok(tokens.every(({ rank, id, top }) => rank === 1 && top[0].id === id && top.length === 4));
  });

  it('has tokens that can be looked into: prompt and continuation, run as tokens, predict the same', async () => {
    const { prompt, tokens } = await continued('--tokens', '2', '--top', '3');
    assert.equal(tokens.length, 2);
    const ids = [...prompt, ...tokens.map(({ id }) => id)];
    const { code, stdout, stderr } = await visit(['graph', '--prompt', `${PROMPT} Tokyo.`, '--position', `${prompt.length}`]);
    assert.equal(code, 0, stderr);
    const graph = JSON.parse(stdout) as FlowGraph;
    assert.deepEqual(
      graph.tokens.map(({ id }) => id),
      ids,
    );
    const read = graph.stream.at(-1)!.reading.top.slice(0, 3);
    tokens[1].top.forEach(({ id, probability }, i) => {
      assert.equal(id, read[i].id);
      assert.ok(Math.abs(probability - read[i].probability) < 1e-5);
    });
  });

  it('draws the same tokens with the same seed, and others with another', async () => {
    const options = ['--temperature', '3', '--tokens', '8'];
    const [one, same, other] = [await continued(...options), await continued(...options), await continued(...options, '--seed', '9')];
    assert.deepEqual(one.tokens, same.tokens);
    assert.deepEqual(one.sampling, { temperature: 3, seed: 0 });
    assert.notDeepEqual(
      one.tokens.map(({ id }) => id),
      other.tokens.map(({ id }) => id),
    );
  });

  it('writes the text, and below it every token with what else it might have been', async () => {
    const { code, stdout, stderr } = await visit(['continue', '--prompt', PROMPT]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^ Tokyo\.\n\nposition +token/);
    assert.match(stdout, /\n8 +·Tokyo +100% +1 +\d/);
    assert.match(stdout, /3 tokens; <\|endoftext\|> ends the text\.\n$/);
  });

  /** of the embedded model */
  const contextLength = 256;
  const words = (count: number) => ` of`.repeat(count);

  it('says that a prompt is too long, or leaves no room', async () => {
    const tooLong = await visit(['continue', '--prompt', words(contextLength + 5)]);
    assert.equal(tooLong.code, 1);
    assert.match(tooLong.stderr, /reads at most/);
    const full = await visit(['continue', '--prompt', words(contextLength)]);
    assert.equal(full.code, 1);
    assert.match(full.stderr, /no room for a continuation/);
  });

  it('ends where the model’s context is full', async () => {
    const nearly = await visit(['continue', '--prompt', words(contextLength - 1), '--tokens', '5', '--top', '1']);
    assert.equal(nearly.code, 0, nearly.stderr);
    assert.match(nearly.stdout, /1 token; (the context of .* is full|.* ends the text)/);
  });

  it('refuses what cannot be a temperature or a share', async () => {
    for (const bad of [
      ['--temperature', '0'],
      ['--top-p', '1.5'],
      ['--top-k', '0'],
      ['--tokens', '0'],
    ])
      assert.equal((await visit(['continue', '--prompt', 'a', ...bad])).code, 2, bad.join(' '));
  });
});
