import assert from 'node:assert/strict';
import type { InspectablePass } from '../../../../src/core/pass/inspectable-pass';
import { settledTarget } from '../../../../src/core/pass/target';

describe('the token that is predicted', () => {
  const passOf = () => {
    const reads: number[] = [];
    const pass = {
      model: { dModel: 2 },
      stream: [Float32Array.of(1, 2, 3, 4, 5, 6)],
      read: async (_rows: Float32Array, { position }: { readonly position: number }) => {
        reads.push(position);
        return { topIds: Int32Array.of(100 + position) };
      },
    };
    return { reads, pass: pass as unknown as InspectablePass };
  };

  it('is read once for each position of a pass, however often its layers are looked at', async () => {
    const { reads, pass } = passOf();
    const at = (position: number) => settledTarget(pass, { position, target: null });
    assert.deepEqual([await at(1), await at(1), await at(2), await at(1)], [{ id: 101 }, { id: 101 }, { id: 102 }, { id: 101 }]);
    assert.deepEqual(reads, [1, 2]);
  });

  it('is read for each pass by itself, and not where a token is given', async () => {
    const [one, other] = [passOf(), passOf()];
    await settledTarget(one.pass, { position: 0, target: null });
    await settledTarget(other.pass, { position: 0, target: { id: 7 } });
    assert.deepEqual([one.reads, other.reads], [[0], []]);
    await settledTarget(other.pass, { position: 0, target: null });
    assert.deepEqual(other.reads, [0]);
  });
});
