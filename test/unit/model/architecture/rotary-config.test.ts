import assert from 'node:assert/strict';
import { layeredRotaryOf, rotaryOf } from '../../../../src/model/architecture/parts/rotary-config';

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

  it('of layers that see everything are those of rope_parameters with the fields that rope_scaling has, as for transformers', () => {
    const full_attention = { rope_type: 'linear', rope_theta: 300, factor: 4 };
    const config = { max_position_embeddings: 32, rope_parameters: { full_attention }, rope_scaling: { factor: 8 } };
    const { full, sliding } = layeredRotaryOf(config, 8, { full: 500, sliding: 20 });
    assert.deepEqual([full.base, full.scaling], [300, { type: 'linear', factor: 8 }]);
    assert.deepEqual([sliding.base, sliding.scaling], [20, undefined]);
  });
});
