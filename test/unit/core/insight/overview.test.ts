import assert from 'node:assert/strict';
import { buildOverview } from '../../../../src/core/insight/overview';
import type { Progress } from '../../../../src/core/call-context';
import { rejects } from '../../../support/rejects';
import { FakePass } from '../../../support/fake-pass';

const idle = { signal: { aborted: false }, report: () => undefined };

describe('the overview of a pass', () => {
  const pass = new FakePass();
  const position = pass.tokens.length - 1;
  const overview = buildOverview(pass, { position, target: null, tokens: 10 }, idle);

  it('reads stream, attention and feed-forward output at every layer and position', async () => {
    const { grid } = await overview;
    for (const rows of Object.values(grid)) {
      assert.equal(rows.length, 3);
      for (const row of rows) assert.equal(row.length, pass.tokens.length);
    }
  });

  it('says of every block what each branch adds to the target’s logit, and all of it adds up', async () => {
    const { blocks, target } = await overview;
    const start = await pass.read(pass.stream[0].subarray(position * 16), { target: { id: target.id }, k: 1, position });
    const sum = blocks.reduce((total, { attention, mlp }) => total + attention.share + mlp.share, start.targetLogits[0]);
    assert.ok(Math.abs(sum - target.logit) < 1e-3, `${sum} against ${target.logit}`);
  });

  it('shows each head’s share, which with the output bias sum to the attention’s', async () => {
    const { blocks, target } = await overview;
    const [direction] = [await pass.directions(position, [target.id])];
    for (const [layer, { attention, heads }] of blocks.entries()) {
      const { attention: state } = await pass.block(layer, position);
      const bias = state.bias?.reduce((sum, x, c) => sum + x * direction[c], 0) ?? 0;
      assert.ok(Math.abs(heads.reduce((sum, share) => sum + share, bias) - attention.share) < 1e-3);
    }
  });

  it('lists only what a branch really raises, and what it really lowers', async () => {
    for (const { attention, mlp } of (await overview).blocks) {
      for (const { promotes, suppresses } of [attention, mlp]) {
        assert.ok(promotes.length > 0 && promotes.every(({ effect }, i) => effect > 0 && effect <= (promotes[i - 1]?.effect ?? Infinity)));
        assert.ok(
          suppresses.length > 0 && suppresses.every(({ effect }, i) => effect < 0 && effect >= (suppresses[i - 1]?.effect ?? -Infinity)),
        );
      }
    }
  });

  it('tells step by step how far it is, up to the heads of the last layer', async () => {
    const steps: Progress[] = [];
    const listening = { ...idle, report: (progress: Progress) => void steps.push(progress) };
    await buildOverview(pass, { position, target: null, tokens: 10 }, listening);
    assert.deepEqual(
      steps.map(({ done, total }) => [done, total]),
      [0, 1, 2, 3, 4, 5].map((done) => [done, 6]),
    );
    assert.equal(steps[5]?.message, 'Inspecting the heads of layer 2');

    steps.length = 0;
    await buildOverview(Object.assign(new FakePass(), { streamNormed: true }), { position, target: null, tokens: 10 }, listening);
    assert.deepEqual(
      steps.map(({ done, total }) => [done, total]),
      [
        [0, 3],
        [1, 3],
        [2, 3],
      ],
    );
  });

  it('stops between layers when it is cancelled, wherever it is', async () => {
    for (const until of [0, 1, 5]) {
      const signal = { aborted: until === 0 };
      const report = ({ done }: Progress): void => {
        signal.aborted = done + 1 >= until;
      };
      await rejects(buildOverview(pass, { position, target: null, tokens: 10 }, { signal, report }), 'cancelled');
    }
  });
});
