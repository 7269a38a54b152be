import assert from 'node:assert/strict';
import { glm4MoeLite } from '../../../../src/model/architecture/families/glm4-moe-lite';
import { olmo3 } from '../../../../src/model/architecture/families/olmo3';
import { Problem } from '../../../../src/core/problem';

const SIZES = {
  vocab_size: 60,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 3,
  num_attention_heads: 2,
  max_position_embeddings: 32,
};

describe('config.json', () => {
  for (const [family, field, entry] of [
    [glm4MoeLite, 'mlp_layer_types', 'sparse'],
    [olmo3, 'layer_types', 'full_attention'],
  ] as const) {
    const describeWith = (entries: number) =>
      family.describe({ ...SIZES, [field]: Array.from({ length: entries }, () => entry) }, () => true);

    it(`must say of every layer of ${family.modelType} what ${field} say`, () => {
      assert.equal(describeWith(3).blocks.length, 3);
      assert.throws(
        () => describeWith(2),
        (error) => error instanceof Problem && error.code === 'config-invalid' && error.message.includes(`${field} has 2 entries`),
      );
    });
  }
});
