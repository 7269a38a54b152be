import assert from 'node:assert/strict';
import { planBytes, planKept, planSentence } from '../../../../src/engine/memory/plan';

const need = { model: 100, keeping: { blocks: 3000, lens: 1000 } };
const total = 10_000;
const all = { blocks: true, lens: true };
const nothing = { blocks: false, lens: false };
const at = (available: number, inForce?: Parameters<typeof planKept>[2]) => planKept(need, { available, total }, inForce);

describe('what of a model’s weights is kept in memory', () => {
  it('is all that there is room for, with a tenth of the machine left to others', () => {
    assert.deepEqual(at(5100), all);
    assert.deepEqual(at(5099), { blocks: true, lens: false });
    assert.deepEqual(at(4099), { blocks: false, lens: true });
    assert.deepEqual(at(2099), nothing);
    assert.deepEqual(at(0), nothing);
  });

  it('does not depend on how large a model is where it fits', () => {
    const large = { model: 1e9, keeping: { blocks: 26e9, lens: 1e9 } };
    assert.deepEqual(planKept(large, { available: 60e9, total: 64e9 }), all);
  });

  it('is given back when others take what was left, as much as brings the reserve back', () => {
    const full = { plan: all, taken: 4000 };
    assert.deepEqual(at(500, full), all);
    assert.deepEqual(at(499, full), { blocks: true, lens: false });
    assert.deepEqual(planKept(need, { available: 0, total }, { plan: { blocks: true, lens: false }, taken: 3000 }), {
      blocks: false,
      lens: true,
    });
    assert.deepEqual(planKept(need, { available: 0, total }, { plan: { blocks: false, lens: true }, taken: 1000 }), nothing);
  });

  it('counts what is still to be taken', () => {
    assert.deepEqual(at(4400, { plan: all, taken: 0 }), { blocks: true, lens: false });
  });

  it('grows again only where much is free', () => {
    assert.deepEqual(at(5999, { plan: nothing, taken: 0 }), { blocks: true, lens: false });
    assert.deepEqual(at(6000, { plan: nothing, taken: 0 }), all);
    assert.deepEqual(at(2999, { plan: nothing, taken: 0 }), nothing);
  });

  it('is said in a sentence with its reason', () => {
    assert.equal(planBytes(all, need), 4000);
    const big = { keeping: { blocks: 3e9, lens: 1e9 }, dequantised: 0 };
    assert.equal(
      planSentence({ blocks: true, lens: false }, big, { available: 5e9, total: 8e9 }),
      'keeps the weights of the blocks ready in memory: 3.00 GB of 4.00 GB, with 5.00 GB free',
    );
  });
});
