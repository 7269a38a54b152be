import assert from 'node:assert/strict';
import { filterNorms, NormCount, sortThrough, type NormFilter } from '../../../../src/core/insight/norm-filters';
import { FakePass } from '../../../support/fake-pass';
import { rejects } from '../../../support/rejects';

const idle = { signal: { aborted: false }, report: () => undefined };
const tokens = (...ids: number[]) => ids.map((id) => ({ id, text: ` t${id}`, logit: 0, probability: 0 }));
const ids = (list: readonly { id: number }[]) => list.map(({ id }) => id);

describe('a norm as a filter', () => {
  it('keeps, gains and loses tokens', () => {
    const { kept, gained, lost, overlap } = sortThrough(tokens(1, 2, 3, 4), tokens(3, 5, 1, 6));
    assert.deepEqual([ids(kept), ids(gained), ids(lost), overlap], [[3, 1], [5, 6], [2, 4], 0.5]);
  });

  it('is read for every norm of the pass in the order of the pass, the final one last', async () => {
    const pass = new FakePass();
    const options = { position: pass.tokens.length - 1, target: null, tokens: 5 };
    const { norms, target } = await filterNorms(pass, options, idle);
    assert.deepEqual(
      norms.map(({ kind, layer }) => [kind, layer]),
      [
        ['ln1', 0],
        ['ln2', 0],
        ['ln1', 1],
        ['ln2', 1],
        ['ln1', 2],
        ['ln2', 2],
        ['ln_final', undefined],
      ],
    );
    assert.ok(pass.reads <= 3, `${pass.reads} calls of the lens`);
    assert.equal(target.rank, 1);
    const state = await pass.block(1, options.position);
    const before = await pass.read(state.residPre, { target: { id: target.id }, k: 5, position: options.position });
    assert.deepEqual(ids(norms[2]?.before ?? []), [...before.topIds]);
    for (const norm of norms) assert.equal(norm.kept.length + norm.gained.length, 5);
  });

  it('changes nothing where the norm does nothing, as the fake final norm', async () => {
    const pass = new FakePass();
    const { norms } = await filterNorms(pass, { position: pass.tokens.length - 1, target: { id: 7 }, tokens: 5 }, idle);
    const final = norms[norms.length - 1];
    assert.deepEqual([final?.overlap, final?.gained, final?.lost], [1, [], []]);
    assert.equal(final?.targetRank.before, final?.targetRank.after);
    assert.ok(Math.abs((final?.cosine ?? 0) - 1) < 1e-6);
  });

  it('stops between blocks when it is cancelled', async () => {
    const cancelled = { signal: { aborted: true }, report: () => undefined };
    await rejects(filterNorms(new FakePass(), { position: 0, target: null, tokens: 5 }, cancelled), 'cancelled');
  });
});

describe('a norm over many prompts', () => {
  const filter = (before: number[], after: number[], ranks: [number, number]): NormFilter => ({
    kind: 'ln1',
    layer: 2,
    before: tokens(...before),
    after: tokens(...after),
    ...sortThrough(tokens(...before), tokens(...after)),
    targetRank: { before: ranks[0], after: ranks[1] },
    cosine: 0.5,
    length: { before: 1, after: 2 },
  });

  it('is summed up by mean overlap, mean change of log rank, and the tokens lost most often', () => {
    const count = new NormCount();
    count.add([filter([1, 2], [2, 3], [8, 2])]);
    count.add([filter([1, 4], [4, 1], [4, 4])]);
    count.add([filter([1, 5], [5, 6], [2, 4])]);
    const [summary] = count.summary(1);
    assert.ok(summary);
    assert.deepEqual([summary.kind, summary.layer, summary.prompts], ['ln1', 2, 3]);
    assert.ok(Math.abs(summary.overlap - (0.5 + 1 + 0.5) / 3) < 1e-12);
    assert.ok(Math.abs(summary.logRankChange - (-2 + 0 + 1) / 3) < 1e-12);
    assert.deepEqual(summary.suppressed, [{ id: 1, text: ' t1', frequency: 2 / 3 }]);
  });
});
