import assert from 'node:assert/strict';
import { Problem } from '../../../../../src/core/problem';
import { architectureOf } from '../../../../../src/model/checkpoint/gguf/architectures/table';
import { GgufDescription } from '../../../../../src/model/checkpoint/gguf/description';
import type { GgufTensor, GgufValue } from '../../../../../src/model/checkpoint/gguf/header';

/** As llama.cpp’s conversion writes them of Scout. */
const SCOUT: Readonly<Record<string, GgufValue>> = {
  block_count: 48,
  context_length: 10_485_760,
  embedding_length: 5120,
  feed_forward_length: 16_384,
  expert_feed_forward_length: 8192,
  'attention.head_count': 40,
  'attention.head_count_kv': 8,
  'attention.key_length': 128,
  'attention.value_length': 128,
  'attention.layer_norm_rms_epsilon': 1e-5,
  'rope.freq_base': 500_000,
  'rope.dimension_count': 128,
  expert_count: 16,
  expert_used_count: 1,
  interleave_moe_layer_step: 1,
};

function configOf(changes: Readonly<Record<string, GgufValue>> = {}) {
  const metadata = new Map<string, GgufValue>([['general.architecture', 'llama4']]);
  for (const [key, value] of Object.entries({ ...SCOUT, ...changes })) metadata.set(`llama4.${key}`, value);
  const table = { name: 'token_embd.weight', shape: [202_048, 5120] } as unknown as GgufTensor;
  const file = new GgufDescription({ metadata, tensors: [table] });
  return architectureOf(file).config(file);
}

describe('Llama 4 in GGUF', () => {
  it('has experts of their width, dense blocks of theirs, and norms of heads unless it has 128 experts', () => {
    const { intermediate_size, intermediate_size_mlp, interleave_moe_layer_step, use_qk_norm } = configOf();
    assert.deepEqual([intermediate_size, intermediate_size_mlp, interleave_moe_layer_step, use_qk_norm], [8192, 16_384, 1, true]);
    const maverick = configOf({ expert_count: 128, interleave_moe_layer_step: 2 });
    assert.deepEqual([maverick['interleave_moe_layer_step'], maverick['use_qk_norm']], [2, false]);
  });

  it('is refused by name where it says what llama.cpp computes otherwise', () => {
    for (const [key, value] of [
      ['attention.sliding_window', 0],
      ['attention.temperature_length', 4096],
      ['attention.temperature_scale', 0.2],
    ] as const) {
      assert.throws(
        () => configOf({ [key]: value }),
        (error) => error instanceof Problem && error.code === 'config-invalid' && error.message.includes(`llama4.${key} is `),
      );
    }
    assert.doesNotThrow(() => configOf({ 'attention.temperature_length': 8192, 'attention.temperature_scale': Math.fround(0.1) }));
  });
});
