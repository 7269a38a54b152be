import assert from 'node:assert/strict';
import { readHeadMemory } from '../../../../src/core/insight/attention-memory';
import { FakePass } from '../../../support/fake-pass';

describe('a head as a memory', () => {
  const pass = new FakePass();
  const position = pass.tokens.length - 1;
  const memory = readHeadMemory(pass, { position, layer: 1, head: 2, sources: 3, tokens: 8 });

  it('shows its strongest sources and what is read there', async () => {
    const { sources } = await memory;
    const { pattern } = (await pass.block(1, position)).attention;
    const attention = [...pattern.subarray(2 * pass.tokens.length, 3 * pass.tokens.length)];
    assert.deepEqual(
      sources.map((source) => source.attention),
      attention.sort((a, b) => b - a).slice(0, 3),
    );
    for (const { reading } of sources) assert.equal(reading.top.length, 8);
  });

  it('divides what is added to each written token’s logit among the sources, less the mean or as it is', async () => {
    const raw = await readHeadMemory(pass, { position, layer: 1, head: 2, sources: 3, tokens: 8, measure: 'raw' });
    const { written, suppressed, measure } = await memory;
    assert.deepEqual([measure, raw.measure], ['centred', 'raw']);
    const { headOut } = (await pass.block(1, position)).attention;
    const logits = await pass.logits(headOut.subarray(2 * 16, 3 * 16));
    const mean = logits.reduce((sum, logit) => sum + logit, 0) / logits.length;
    for (const [i, { effect }] of [...raw.written, ...raw.suppressed].entries()) {
      assert.ok(Math.abs(effect - mean - [...written, ...suppressed][i].effect) < 1e-4);
    }
    assert.deepEqual([written.length, suppressed.length], [8, 8]);
    for (const token of [...written, ...suppressed]) {
      const { source, neighbours, others } = token.from;
      assert.ok(Math.abs(source + neighbours + others - token.effect) < 1e-6);
      // The fake lens has no norm, so the head's effect on a logit is the logit of its output.
      assert.ok(Math.abs(token.effect + mean - token.logit) < 1e-3);
      const towards = Math.sign(token.effect);
      assert.equal(towards * token.from[token.stemsFrom], Math.max(towards * source, towards * neighbours, towards * others));
    }
  });

  it('says how much of the list stems from where', async () => {
    const { stems, written } = await memory;
    assert.ok(Math.abs(stems.source + stems.neighbours + stems.others - 1) < 1e-12);
    assert.equal(stems.source, written.filter(({ stemsFrom }) => stemsFrom === 'source').length / 8);
  });
});
