import assert from 'node:assert/strict';
import { buildOverview, GRID_STREAMS, type Overview } from '../../../../src/core/insight/overview';
import type { Progress } from '../../../../src/core/call-context';
import { rejects } from '../../../support/rejects';
import { dot, rowOf } from '../../../../src/core/pass/vector';
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

  it('says of every block what each branch adds to the target’s logit, less the mean or as it is, and all of it adds up', async () => {
    const raw = buildOverview(pass, { position, target: null, tokens: 10, measure: 'raw' }, idle);
    for (const { blocks, target } of [await overview, await raw]) {
      const measure = target.measure === 'raw' ? 'raw' : 'centred';
      const start = await pass.read(pass.stream[0].subarray(position * 16), { target: { id: target.id, measure }, k: 1, position });
      const sum = blocks.reduce((total, { attention, mlp }) => total + attention.share + mlp.share, start.shares[0]);
      assert.ok(Math.abs(sum - target.measured) < 1e-3, `${measure}: ${sum} against ${target.measured}`);
    }
    const [centred, plain] = [(await overview).target, (await raw).target];
    assert.deepEqual([centred.measure, plain.measure, plain.measured], ['centred', 'raw', centred.logit]);
    assert.ok(Math.abs(centred.logit - centred.measured - (await pass.meanLogit(position))) < 1e-5);
  });

  it('shows each head’s share, which with the output bias sum to the attention’s', async () => {
    const { blocks, target } = await overview;
    const [direction] = [await pass.directions(position, [target.id], 'centred')];
    for (const [layer, { attention, heads }] of blocks.entries()) {
      const { attention: state } = await pass.block(layer, position);
      const bias = state.bias?.reduce((sum, x, c) => sum + x * direction[c], 0) ?? 0;
      assert.ok(Math.abs(heads.reduce((sum, share) => sum + share, bias) - attention.share) < 1e-3);
    }
  });

  it('lists what a branch raises most, and what it raises least or lowers, less what it adds to every token', async () => {
    for (const measure of ['centred', 'raw'] as const) {
      const { blocks, listed } = await buildOverview(pass, { position, target: null, tokens: 10, measure }, idle);
      assert.equal(listed, measure);
      const directions = await pass.directions(
        position,
        Array.from({ length: 97 }, (_, id) => id),
        measure,
      );
      for (const [layer, { attention, mlp }] of blocks.entries()) {
        const state = await pass.block(layer, position);
        for (const [{ promotes, suppresses }, { out }] of [
          [attention, state.attention],
          [mlp, state.mlp],
        ] as const) {
          const effects = Array.from({ length: 97 }, (_, id) => dot(rowOf(directions, id, 16), out)).sort((a, b) => b - a);
          [effects.slice(0, 10), [...effects].reverse().slice(0, 10)].forEach((expected, i) => {
            const list = i === 0 ? promotes : suppresses;
            assert.equal(list.length, 10);
            list.forEach(({ effect }, rank) => assert.ok(Math.abs(effect - expected[rank]) < 1e-4));
          });
        }
      }
    }
  });

  it('lists what a branch raises least even if it lowers nothing', async () => {
    const raising = new FakePass();
    const read = raising.read.bind(raising);
    raising.read = async (rows, request) => {
      const batch = await read(rows, request);
      return { ...batch, bottomLogits: batch.bottomLogits.map((logit) => logit + 1000) };
    };
    const { blocks } = await buildOverview(raising, { position, target: null, tokens: 10, measure: 'raw' }, idle);
    for (const { suppresses } of blocks.flatMap(({ attention, mlp }) => [attention, mlp])) {
      assert.equal(suppresses.length, 10);
      assert.ok(suppresses.every(({ effect }, i) => effect > 0 && effect >= (suppresses[i - 1]?.effect ?? -Infinity)));
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
    assert.equal(steps[0]?.message, 'Inspecting layer 2');
    assert.equal(steps[5]?.message, 'Inspecting the heads of layer 0');

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

  it('tells what it knows as it goes, the last layers first, each time twice as many, and never other figures than at the end', async () => {
    const parts: Overview[] = [];
    const listening = { ...idle, part: (known: unknown) => void parts.push(known as Overview) };
    const whole = await buildOverview(pass, { position, target: null, tokens: 10 }, listening);
    const known = parts.map(({ grid }) => grid.resid_post.flatMap((cells, layer) => (cells.length > 0 ? [layer] : [])));
    assert.deepEqual(known, [[2], [1, 2], [0, 1, 2]]);
    for (const [i, part] of parts.entries()) {
      const { grid, blocks, ...rest } = part;
      assert.deepEqual(blocks, []);
      for (const stream of GRID_STREAMS)
        assert.deepEqual(
          grid[stream],
          whole.grid[stream].map((cells, layer) => (known[i]?.includes(layer) ? cells : [])),
        );
      assert.deepEqual({ ...rest, grid: whole.grid, blocks: whole.blocks }, whole);
    }
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
