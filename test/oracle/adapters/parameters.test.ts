import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { Problem } from '../../../src/core/problem';
import { LoadedModel } from '../../../src/engine/runtime/loaded-model';
import { describeModel } from '../../../src/model/architecture/registry';
import { openCheckpoint } from '../../../src/model/checkpoint/open';
import { temporaryFolder } from '../../engine/checkpoint-files';
import { readTensorFile, writeTensorFile, type TensorFile } from '../../engine/tensor-file';
import { patient, promptOf, relativeDifference } from '../fixture';
import { changeConfig } from './adapter-config';
import { assertMerged, FIXTURES } from './merged';

async function logitsOf(folder: string, name: string): Promise<Float32Array> {
  const { tokens } = JSON.parse(readFileSync(path.join(FIXTURES, name, 'fixture.json'), 'utf8')) as { tokens: number[] };
  const loaded = await LoadedModel.load(await openCheckpoint(folder), null, patient);
  try {
    const pass = await loaded.forward(promptOf(tokens), patient);
    for await (const { name: tensorName, tensor } of loaded.trace(pass, patient))
      if (tensorName === 'logits') return Float32Array.from(tensor.data);
    return assert.fail('there are no logits');
  } finally {
    await loaded.release();
  }
}

/** The matrices of experts as transformers holds them: in two tensors for each block. */
function withStacks(tensors: TensorFile): TensorFile {
  const stacked: TensorFile = new Map();
  for (const [name, tensor] of tensors) {
    const [, module, layer] = /^(.*\.experts)\.0\.(gate_proj|down_proj)\.weight$/.exec(name) ?? [];
    if (module === undefined) {
      if (!/\.experts\.\d+\./.test(name)) stacked.set(name, tensor);
      continue;
    }
    const layers = layer === 'down_proj' ? ['down_proj'] : ['gate_proj', 'up_proj'];
    const matrices = [];
    for (let e = 0; tensors.has(`${module}.${e}.down_proj.weight`); e++)
      for (const own of layers) matrices.push(tensors.get(`${module}.${e}.${own}.weight`)!.bytes);
    const [rows, columns] = tensor.shape;
    const shape = [matrices.length / layers.length, layers.length * rows, columns];
    stacked.set(`${module}.${layer === 'down_proj' ? layer : 'gate_up_proj'}`, { dtype: 'F32', shape, bytes: Buffer.concat(matrices) });
  }
  return stacked;
}

describe('A LoRA adapter of parameters', () => {
  let folder: string;
  beforeEach(() => (folder = temporaryFolder()));
  afterEach(() => rmSync(folder, { recursive: true }));

  const refused = (words: RegExp): Promise<void> =>
    assert.rejects(
      async () => describeModel(await openCheckpoint(path.join(folder, 'adapter'))),
      (error) => error instanceof Problem && error.hint !== undefined && words.test(error.message),
    );

  for (const name of ['parameters', 'parameters-older'])
    it(`${name}: on a base that holds all experts of a block in one tensor, and in 16 bits, computes the same`, async () => {
      cpSync(path.join(FIXTURES, name), folder, { recursive: true });
      const base = path.join(folder, 'base', 'model.safetensors');
      writeTensorFile(base, withStacks(readTensorFile(base)));
      await assertMerged(name, path.join(folder, 'adapter'));
      const own = path.join(folder, 'adapter', 'adapter_model.safetensors');
      const [rounded, whole] = [readTensorFile(own), readTensorFile(own)];
      for (const [tensor, { shape, bytes }] of rounded) {
        // The upper halves of F32 are BF16.
        const half = Buffer.from(Uint16Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt16LE(4 * i + 2)).buffer);
        rounded.set(tensor, { dtype: 'BF16', shape, bytes: half });
        const widened = Buffer.alloc(bytes.length);
        for (let i = 0; i < bytes.length / 4; i++) widened.writeUInt16LE(half.readUInt16LE(2 * i), 4 * i + 2);
        whole.set(tensor, { dtype: 'F32', shape, bytes: widened });
      }
      const traces = [];
      for (const tensors of [rounded, whole]) {
        writeTensorFile(own, tensors);
        traces.push(await logitsOf(path.join(folder, 'adapter'), name));
      }
      assert.ok(relativeDifference(traces[0], traces[1]) <= 1e-6);
    });

  it('is refused by name where they are others, or of other sizes, experts or ranks', async () => {
    cpSync(path.join(FIXTURES, 'parameters'), folder, { recursive: true });
    const what = /experts\.(base_layer\.)?lora_A\.weight, which its base in .* does not have, or which cannot be changed so here/;
    for (const target_parameters of [null, [], ['mlp.experts.other'], ['experts'], ['']]) {
      changeConfig(folder, { target_parameters });
      await refused(what);
    }
    changeConfig(folder, { target_parameters: ['experts.gate_up_proj', 'experts.down_proj'], r: 4 });
    await refused(what);
    const base = path.join(folder, 'base', 'model.safetensors');
    const tensors = readTensorFile(base);
    changeConfig(folder, { r: 2 });
    describeModel(await openCheckpoint(path.join(folder, 'adapter')));
    for (const key of [...tensors.keys()].filter((key) => /experts\.3\./.test(key))) tensors.delete(key);
    writeTensorFile(base, tensors);
    await refused(what);
    cpSync(path.join(FIXTURES, 'parameters-older'), folder, { recursive: true });
    describeModel(await openCheckpoint(path.join(folder, 'adapter')));
    changeConfig(folder, { peft_version: '0.19.0' });
    await refused(what);
  });
});
