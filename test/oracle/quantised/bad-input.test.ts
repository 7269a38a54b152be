import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Problem } from '../../../src/core/problem';
import { describeModel } from '../../../src/model/architecture/registry';
import { openCheckpoint } from '../../../src/model/checkpoint/open';
import { isQuantised } from '../../../src/model/checkpoint/storage';
import { temporaryFolder } from '../../engine/checkpoint-files';
import { readTensorFile, writeTensorFile, type TensorFile } from '../../engine/tensor-file';

const FIXTURES = path.join(__dirname, 'fixtures');
const ROUNDS = 30;

describe('A checkpoint with packed weights that are not what they should be', () => {
  let folder: string;
  beforeEach(() => (folder = temporaryFolder()));
  afterEach(() => rmSync(folder, { recursive: true }));

  const take = (name: string): void => cpSync(path.join(FIXTURES, name, 'model'), folder, { recursive: true });
  const read = (): TensorFile => readTensorFile(path.join(folder, 'model.safetensors'));
  const write = (tensors: TensorFile): void => writeTensorFile(path.join(folder, 'model.safetensors'), tensors);
  const refused = (...words: RegExp[]): Promise<void> =>
    assert.rejects(
      async () => describeModel(await openCheckpoint(folder)),
      (error) => {
        assert.ok(error instanceof Problem, String(error));
        for (const word of words) assert.match(`${error.message} ${error.hint}`, word);
        return true;
      },
    );
  const LAYER = 'model.layers.0.self_attn.q_proj';

  for (const [kind, part] of [
    ['fp8-blocks', 'weight_scale_inv'],
    ['nf4-nested', 'weight.absmax'],
    ['nf4-nested', 'weight.nested_quant_map'],
    ['llm-int8', 'SCB'],
    ['gptq', 'qzeros'],
    ['awq', 'scales'],
    ['awq-gemv', 'qzeros'],
    ['pack-quantized', 'weight_shape'],
    ['mlx', 'biases'],
  ] as const) {
    it(`${kind}: is refused by the name of what is missing: ${part}`, async () => {
      take(kind);
      const tensors = read();
      assert.ok(tensors.delete(`${LAYER}.${part}`));
      write(tensors);
      await refused(new RegExp(`${LAYER}.${part}`.replaceAll('.', '\\.')));
    });
  }

  describe('with stacks of experts in MXFP4', () => {
    const STACK = 'model.layers.1.mlp.experts.gate_up_proj';
    let tensors: TensorFile;
    beforeEach(() => {
      take('mxfp4');
      tensors = read();
    });
    const changed = async (part: string, change: Partial<{ dtype: string; shape: number[] }>, ...words: RegExp[]): Promise<void> => {
      const tensor = tensors.get(`${STACK}_${part}`);
      assert.ok(tensor);
      write(new Map([...tensors, [`${STACK}_${part}`, { ...tensor, ...change }]]));
      await refused(new RegExp(`${STACK}_`.replaceAll('.', '\\.')), ...words);
    };

    for (const part of ['blocks', 'scales'])
      it(`is refused by the name of what is missing: ${part}`, async () => {
        assert.ok(tensors.delete(`${STACK}_${part}`));
        write(tensors);
        await refused(new RegExp(`lacks ${STACK}_${part}`.replaceAll('.', '\\.')));
      });

    it('is refused where blocks have another size, another order, or another type', async () => {
      await changed('blocks', { shape: [4, 128, 4, 8] }, /\[4, 128, 4, 8\], where \[experts, outputs, inputs\/32, 16\] is needed/);
      await changed('blocks', { shape: [4, 128, 32] }, /\[4, 128, 32\], where/);
      await changed('blocks', { dtype: 'I8' }, /is stored as I8, where U8 is needed/);
      await changed('blocks', { shape: [4, 2, 128, 16] }, /scales.*\[4, 128, 2\], where the other parts of the weight imply \[4, 2, 128\]/);
      await changed('scales', { dtype: 'F8_E8M0' }, /is stored as F8_E8M0, where U8 is needed/);
      await changed('scales', { shape: [4, 256] }, /\[4, 256\], where the other parts of the weight imply \[4, 128, 2\]/);
    });

    it('is refused where matrices do not fit the model', async () => {
      const part = (name: string) => tensors.get(`model.layers.0.mlp.experts.${name}`);
      const [blocks, scales] = [part('down_proj_blocks'), part('down_proj_scales')];
      assert.ok(blocks && scales);
      write(new Map([...tensors, [`${STACK}_blocks`, blocks], [`${STACK}_scales`, scales]]));
      await refused(/gate_up_proj\[0\] in .* has shape \[64, 64\] where config.json implies \[128, 64\]/);
    });

    it('is refused as packed in another form where the names are those of the original release', async () => {
      write(
        new Map(
          Array.from(tensors, ([name, tensor]) => [
            name.replace(/model\.layers\.(\d+)\.mlp\.experts\.(\w+)_(blocks|scales)/, 'block.$1.mlp.$2_weight.$3'),
            tensor,
          ]),
        ),
      );
      await refused(/is quantised with mxfp4/, /packed in a form that cannot be read/);
    });

    it('is refused where config.json does not say that it is quantised', async () => {
      const file = path.join(folder, 'config.json');
      const { quantization_config: _dropped, ...config } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
      writeFileSync(file, JSON.stringify(config));
      await refused(/is quantised \(it holds model\.layers\.\d\.mlp\.experts\.\w+_blocks\)/, /packed in a form/);
    });
  });

  it('is refused where an input belongs to a group that is not there', async () => {
    take('gptq-act-order');
    const tensors = read();
    tensors.get(`${LAYER}.g_idx`)?.bytes.writeInt32LE(99, 8);
    write(tensors);
    await refused(/puts input 2 into group 99, where there are 2/);
  });

  it('is refused where the state of a weight is no JSON, or says another shape', async () => {
    take('nf4');
    const name = `${LAYER}.weight.quant_state.bitsandbytes__nf4`;
    const tensors = read();
    const state = tensors.get(name);
    assert.ok(state);
    write(new Map([...tensors, [name, { ...state, bytes: Buffer.alloc(state.bytes.length, 'x') }]]));
    await refused(/not valid JSON/);
    const other = Buffer.from(state.bytes.toString().replace('"shape": [64, 64]', '"shape": [64, 99]'));
    write(new Map([...tensors, [name, { ...state, bytes: other }]]));
    await refused(/\[64, 99\] numbers of four bits are promised/);
  });

  for (const kind of readdirSync(FIXTURES)) {
    it(`${kind}: whatever is wrong with a part, the model opens or a cause is named`, async () => {
      take(kind);
      const whole = read();
      const described = describeModel(await openCheckpoint(folder));
      assert.ok([...described.weights.values()].some(({ storage }) => isQuantised(storage)));
      let state = [...kind].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % 0x7fffffff;
      const random = (below: number): number => (state = (state * 48271) % 0x7fffffff) % below;
      const names = [...whole.keys()].filter((name) => !/norm/.test(name));
      let refusals = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const tensors = new Map(whole);
        const name = names[random(names.length)];
        const tensor = tensors.get(name);
        assert.ok(tensor);
        const { shape, dtype, bytes } = tensor;
        switch (random(5)) {
          case 0:
            tensors.delete(name);
            break;
          case 1:
            tensors.set(name, { ...tensor, shape: [...shape].reverse() });
            break;
          case 2:
            tensors.set(name, { ...tensor, shape: [shape.reduce((a, b) => a * b, 1)] });
            break;
          case 3:
            tensors.set(name, { dtype: 'U8', shape: [bytes.length], bytes });
            break;
          default:
            tensors.set(name, { dtype, shape: [0, ...shape.slice(1)], bytes: Buffer.alloc(0) });
        }
        write(tensors);
        try {
          describeModel(await openCheckpoint(folder));
        } catch (error) {
          assert.ok(error instanceof Problem, `${name} of ${kind} in round ${round}: ${String(error)}`);
          assert.notEqual(error.code, 'internal');
          refusals++;
        }
      }
      assert.ok(refusals > ROUNDS / 3, `${refusals} of ${ROUNDS}`);
    });
  }
});
