import assert from 'node:assert/strict';
import { rotaryOf } from '../../../../src/model/architecture/parts/rotary-config';

describe('Rotary positions in config.json', () => {
  const newer = { rope_type: 'default', rope_theta: 500 };
  const both = (rope_scaling: Record<string, unknown> | null) =>
    rotaryOf({ max_position_embeddings: 32, rope_parameters: newer, rope_scaling }, 8);

  it('are those of rope_scaling where it has been added to a file with rope_parameters, as for transformers', () => {
    const { base, scaling } = both({ type: 'linear', factor: 2 });
    assert.deepEqual({ base, scaling }, { base: 10_000, scaling: { type: 'linear', factor: 2 } });
  });

  it('are those of rope_parameters where rope_scaling says nothing', () => {
    for (const nothing of [null, {}]) {
      const { base, scaling } = both(nothing);
      assert.deepEqual({ base, scaling }, { base: 500, scaling: undefined });
    }
  });
});
