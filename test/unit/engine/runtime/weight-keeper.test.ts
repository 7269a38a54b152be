import assert from 'node:assert/strict';
import type { KeptWeights } from '../../../../src/core/protocol/kept-weights';
import { WeightKeeper } from '../../../../src/engine/runtime/weight-keeper';

describe('the keeper of a model’s weights', () => {
  const free = { available: 8e9, total: 10e9 };
  const start = async () => {
    const kept: KeptWeights[] = [];
    const lines: string[] = [];
    const machine = { available: 8e9 };
    const need = {
      model: 0,
      dequantised: 0,
      keeping: { blocks: 3e9, lens: 1e9 },
      packing: { blocks: 3e9, lens: 1e9 },
      pass: () => 0,
      copies: () => 0,
      continuing: () => 0,
      backward: () => 0,
    };
    const graphs = {
      packed: { blocks: 1, lens: true },
      keep: async (plan: KeptWeights): Promise<void> => {
        kept.push(plan);
        graphs.packed = { blocks: plan.blocks ? 1 : 0, lens: plan.lens };
      },
    };
    const parts = { name: 'ada', need, graphs, weights: { bytesInMemory: 0 }, log: (line: string) => lines.push(line) };
    const keeper = await WeightKeeper.start({ ...parts, measure: () => ({ ...machine, total: 10e9 }) }, free);
    return { keeper, kept, lines, machine };
  };

  it('decides at first, says so, and leaves it at that while nothing changes', async () => {
    const { keeper, kept, lines } = await start();
    assert.deepEqual(keeper.kept, { blocks: true, lens: true });
    await keeper.review();
    assert.equal(kept.length, 1);
    assert.deepEqual(lines, ['ada keeps all weights ready in memory: 4.00 GB of 4.00 GB, with 8.00 GB free']);
  });

  it('gives back under pressure, takes again when it is over, and says both', async () => {
    const { keeper, kept, lines, machine } = await start();
    machine.available = 0.1e9;
    await keeper.review();
    assert.deepEqual(keeper.kept, { blocks: true, lens: false });
    machine.available = 7e9;
    await keeper.review();
    assert.deepEqual(keeper.kept, { blocks: true, lens: true });
    assert.equal(kept.length, 3);
    assert.equal(lines.length, 3);
  });
});
