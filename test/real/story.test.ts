import assert from 'node:assert/strict';
import type { Explanation } from '../../src/core/insight/explanation';
import type { Story } from '../../src/core/insight/story';
import { REAL_MODEL } from '../../scripts/setup/real-model.mjs';
import { visit } from '../support/visit';

/** What the reference implementation says on these weights, in 32 bits: probability of " Tokyo". */
const TOKYO = 0.85;

describe('A real trained Llama of 30 layers, continuing "The capital of Japan is the city of"', () => {
  const prompt = 'The capital of Japan is the city of';

  async function answer<T>(command: string): Promise<T> {
    const { code, stdout, stderr } = await visit([command, '--model', REAL_MODEL, '--prompt', prompt, '--format', 'json']);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as T;
  }

  it('predicts Tokyo with 85 %, which leads from layer 29 on', async () => {
    const { target, leadsFrom, layers } = await answer<Story>('story');
    assert.equal(layers.length, 30);
    assert.equal(target.text, ' Tokyo');
    assert.ok(Math.abs(target.probability - TOKYO) < 0.01, String(target.probability));
    assert.equal(leadsFrom, 29);
  });

  it('tells that layer 23 head 4 reads Japan and writes Japanese: the strongest read of all', async () => {
    const { tokens, reads } = await answer<Story>('story');
    const [{ layer, heads, source, writes }] = reads;
    const written = writes?.map(({ text }) => text) ?? [];
    assert.deepEqual([layer, tokens[source]?.text], [23, ' Japan']);
    assert.ok(written.includes(' Japanese'), written.join());
    assert.ok(heads.some(({ head }) => head === 4));
  });

  it('names it among the five causes, and the probability falls without it', async () => {
    const { causes, target } = await answer<Explanation>('explain');
    const cause = causes.find(({ components }) => components.some((component) => /^blocks\.23\.attn\.head\.4[.@]/.test(component)));
    assert.ok(cause, JSON.stringify(causes.map(({ components }) => components)));
    assert.ok(cause.off.probability < target.probability, String(cause.off.probability));
  });
});
