import assert from 'node:assert/strict';
import path from 'node:path';
import { Problem } from '../../src/core/problem';
import type { ProblemCode } from '../../src/core/problem';
import type { Checkpoint } from '../../src/model/checkpoint/checkpoint';
import { openCheckpoint } from '../../src/model/checkpoint/open';
import type { LoadOptions } from '../../src/engine/runtime/load-options';
import { LoadedModel } from '../../src/engine/runtime/loaded-model';
import { patient, promptOf } from './fixture';

/** Makes sure that work is refused with this code and a message that says these words. */
async function assertRefused(work: Promise<unknown>, code: ProblemCode, ...words: string[]): Promise<void> {
  const error = await work.then(
    () => assert.fail('nothing was refused'),
    (thrown: unknown) => thrown,
  );
  assert(error instanceof Problem, String(error));
  assert.equal(error.code, code, error.message);
  for (const word of words) assert(`${error.message} ${error.hint}`.includes(word), `"${error.message} ${error.hint}" lacks "${word}"`);
}

describe('The engine refuses', () => {
  let checkpoint: Checkpoint;
  before(async () => {
    checkpoint = await openCheckpoint(path.join(__dirname, 'fixtures', 'untied', 'model'));
  });

  const load = (change: Partial<Checkpoint>, options: LoadOptions = {}) =>
    LoadedModel.load({ ...checkpoint, ...change }, null, patient, options);
  const loadWithConfig = (fields: Record<string, unknown>) => load({ config: { ...checkpoint.config, ...fields } });

  it('an architecture that it does not know, naming it and those that work', () =>
    assertRefused(loadWithConfig({ model_type: 'mamba' }), 'unknown-architecture', 'mamba', 'gpt2'));

  it('models of a kind that has no pass to draw, saying what kind it is', async () => {
    const kinds = [
      ['dbrx', 'mixture of experts'],
      ['bert', 'encoder'],
      ['t5', 'decoder'],
      ['jamba', 'recurrent'],
      ['mllama', 'images'],
    ] as const;
    for (const [modelType, kind] of kinds) {
      await assertRefused(loadWithConfig({ model_type: modelType }), 'unknown-architecture', modelType, kind);
    }
    await assertRefused(loadWithConfig({ model_type: 'new', num_local_experts: 8 }), 'unknown-architecture', 'mixture of experts');
  });

  it('rotary positions that are stretched in a way it does not know, naming it', async () => {
    const llama = await openCheckpoint(path.join(__dirname, 'families', 'fixtures', 'llama', 'model'));
    const scaled = { ...llama.config, rope_parameters: { rope_type: 'spiral', rope_theta: 100 } };
    await assertRefused(LoadedModel.load({ ...llama, config: scaled }, null, patient), 'config-invalid', 'spiral', 'llama3');
  });

  it('to rotate more features than there are, also where rotated ones are a part of a head', async () => {
    for (const family of ['llama', 'deepseek-v3']) {
      const checkpoint = await openCheckpoint(path.join(__dirname, 'families', 'fixtures', family, 'model'));
      // What stands in rope_scaling would come before it.
      const config = { ...checkpoint.config, rope_scaling: null, rope_parameters: { rope_type: 'default', partial_rotary_factor: 2 } };
      await assertRefused(LoadedModel.load({ ...checkpoint, config }, null, patient), 'config-invalid', 'partial_rotary_factor');
    }
  });

  it('experts and heads that a config of latent attention cannot have, naming the fields', async () => {
    const deepseek = await openCheckpoint(path.join(__dirname, 'families', 'fixtures', 'deepseek-v3', 'model'));
    const refused = (fields: Record<string, unknown>, ...words: string[]) =>
      assertRefused(
        LoadedModel.load({ ...deepseek, config: { ...deepseek.config, ...fields } }, null, patient),
        'config-invalid',
        ...words,
      );
    await refused({ n_group: 3 }, 'n_routed_experts (8)', 'n_group (3)');
    await refused({ topk_group: 1 }, '3 experts', '1 of 4 groups of 2');
    await refused({ n_group: 8, topk_group: 4 }, 'groups of 1');
    await refused({ num_key_value_heads: 1 }, 'num_key_value_heads is 1', '2 heads');
    await refused({ scoring_func: 'softmax' }, 'scoring_func', 'sigmoid');
    await refused({ topk_method: 'greedy' }, 'topk_method', 'noaux_tc');
    await refused({ n_routed_experts: 1e9 }, 'n_routed_experts is 1000000000');
    const before = await openCheckpoint(path.join(__dirname, 'families', 'fixtures', 'deepseek-v2', 'model'));
    const changed = (fields: Record<string, unknown>) =>
      LoadedModel.load({ ...before, config: { ...before.config, ...fields } }, null, patient);
    await assertRefused(changed({ norm_topk_prob: true }), 'config-invalid', 'norm_topk_prob');
    await assertRefused(changed({ n_group: undefined }), 'config-invalid', 'n_group is missing');
  });

  it('a config that names no architecture', () =>
    assertRefused(loadWithConfig({ model_type: undefined }), 'unknown-architecture', 'model_type'));

  it('a config without a field that it needs, naming the field', () => {
    const { n_head: _, ...config } = checkpoint.config;
    return assertRefused(load({ config }), 'config-invalid', 'n_head is missing');
  });

  it('a config with a field of the wrong kind, naming field and value', () =>
    assertRefused(loadWithConfig({ n_layer: 'two' }), 'config-invalid', 'n_layer is "two"'));

  it('a model without layers', () => assertRefused(loadWithConfig({ n_layer: 0 }), 'config-invalid', 'n_layer'));

  it('a number of layers that no model has, before it describes each of them', () =>
    assertRefused(loadWithConfig({ n_layer: 1e8 }), 'config-invalid', 'n_layer is 100000000'));

  it('a width that the heads cannot share', () =>
    assertRefused(loadWithConfig({ n_head: 3 }), 'config-invalid', 'n_embd (16)', 'n_head (3)'));

  it('a non-linearity that it does not know, naming those that work', async () => {
    for (const name of ['laplace', 'constructor']) {
      await assertRefused(loadWithConfig({ activation_function: name }), 'config-invalid', name, 'gelu_new');
    }
  });

  it('cross-attention, which would change the arithmetic', () =>
    assertRefused(loadWithConfig({ add_cross_attention: true }), 'config-invalid', 'add_cross_attention'));

  it('a checkpoint that lacks a tensor, naming it', () => {
    const tensors = new Map(checkpoint.tensors);
    tensors.delete('lm_head.weight');
    return assertRefused(load({ tensors }), 'weights-missing', 'lm_head.weight');
  });

  it('a tensor that is stored in a type that it cannot run, naming both', () => {
    const tensors = new Map(checkpoint.tensors);
    tensors.delete('lm_head.weight');
    const skipped = new Map([['lm_head.weight', { dtype: 'I8', shape: [1], bytes: null }]]);
    return assertRefused(load({ tensors, skipped }), 'weights-invalid', 'lm_head.weight', 'I8', 'F16');
  });

  it('a tensor of another shape than the config implies, naming it and both shapes', () =>
    assertRefused(loadWithConfig({ n_inner: 60 }), 'weights-invalid', 'c_fc', '[16, 64]', '[16, 60]'));

  describe('a prompt', () => {
    let model: LoadedModel;
    before(async () => {
      model = await load({});
    });
    after(() => model.release());

    it('without tokens', () => assertRefused(model.forward(promptOf([]), patient), 'empty-prompt'));

    it('longer than the context, saying how long it is and what fits', () =>
      assertRefused(model.forward(promptOf(new Array<number>(17).fill(1)), patient), 'prompt-too-long', '17', '16'));

    it('with a token that is not in the vocabulary', async () => {
      for (const id of [101, -1, 1.5]) {
        await assertRefused(model.forward(promptOf([1, id]), patient), 'token-out-of-range', String(id), '100');
      }
    });
  });

  it('to go on once it is cancelled, and works again afterwards', async () => {
    const model = await load({}, { blockByBlock: true });
    const signal = { aborted: false };
    const seen: string[] = [];
    const context = {
      signal,
      report: ({ message }: { message: string }) => {
        seen.push(message);
        signal.aborted = true;
      },
    };
    await assertRefused(model.forward(promptOf([1, 2, 3]), context), 'cancelled');
    assert.deepEqual(seen, ['block 1 of 2']);
    const pass = await model.forward(promptOf([1, 2, 3]), patient);
    assert.equal(pass.stream.length, 3);
    await model.release();
  });

  it('to read numbers that are not finite as tokens', async () => {
    const model = await load({});
    const pass = await model.forward(promptOf([1, 2, 3]), patient);
    for (const value of [NaN, Infinity]) {
      await assertRefused(
        pass.read(new Float32Array(16).fill(value), { target: { id: 0 }, k: 2, position: 0 }),
        'weights-invalid',
        'not finite',
      );
    }
    await model.release();
  });

  it('to look into a pass whose caller has cancelled', async () => {
    const model = await load({});
    const signal = { aborted: false };
    const pass = await model.forward(promptOf([1, 2, 3]), { ...patient, signal });
    signal.aborted = true;
    await assertRefused(pass.block(0, 0), 'cancelled');
    await assertRefused(pass.read(new Float32Array(16), { target: { id: 0 }, k: 1, position: 0 }), 'cancelled');
    await model.release();
  });
});
