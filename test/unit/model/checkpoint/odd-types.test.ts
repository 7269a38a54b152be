/** Tensors that a model needs, in types and shapes that it cannot be computed with: refused by name before anything is computed. */
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../../../../src/core/problem';
import { describeModel } from '../../../../src/model/architecture/registry';
import { nameInFile } from '../../../../src/model/architecture/stacked-tensors';
import { openCheckpoint } from '../../../../src/model/checkpoint/open';
import { byteSize, ELEMENT_BITS } from '../../../../src/model/checkpoint/number-types';
import { safetensors, temporaryFolder, type HeaderEntry } from '../../../engine/checkpoint-files';

const ORACLE = join(__dirname, '../../../oracle');
const modelOf = (name: string): string => join(ORACLE, 'families/fixtures', name, 'model');
const ggufOf = (name: string): string => join(ORACLE, 'gguf/fixtures', name, 'model.gguf');

/** What a tensor is written as instead. */
interface Odd {
  readonly dtype?: string;
  readonly shape?: readonly number[];
}

/** Types of safetensors that no arithmetic here has, of whole bytes. */
const ODD_TYPES = Array.from(ELEMENT_BITS).flatMap(([dtype, bits]) =>
  ['F32', 'F16', 'BF16'].includes(dtype) || bits % 8 !== 0 ? [] : [dtype],
);
/** Types of GGUF, by number: I8, I16, I32, I64, F64, one of blocks that is not read, and one that nobody knows. */
const ODD_GGUF_TYPES = { 24: 'I8', 25: 'I16', 26: 'I32', 27: 'I64', 28: 'F64', 16: 'IQ2_XXS', 77: 'type 77' };
/** None of anything, nothing along one axis, one number, a row more. */
const ODD_SHAPES: readonly (readonly number[])[] = [[], [0], [0, 16], [16, 0], [1], [1, 1, 1, 1]];

describe('A tensor that a model needs', () => {
  let folder: string;
  beforeEach(() => (folder = temporaryFolder()));
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Writes a fixture with one tensor in another type or shape, all zeros. */
  function withOdd(name: string, tensor: string, { dtype, shape }: Odd): string {
    const bytes = readFileSync(join(modelOf(name), 'model.safetensors'));
    const end = 8 + Number(bytes.readBigUInt64LE());
    const { __metadata__: _metadata, ...header } = JSON.parse(bytes.toString('utf8', 8, end)) as Record<string, HeaderEntry>;
    const parts: Buffer[] = [];
    let at = 0;
    for (const [entry, own] of Object.entries(header)) {
      const changed = entry === tensor;
      if (changed) Object.assign(own, dtype && { dtype }, shape && { shape });
      const [from, to] = own.data_offsets;
      const data = changed ? Buffer.alloc(byteSize(own.shape, ELEMENT_BITS.get(own.dtype)!)!) : bytes.subarray(end + from, end + to);
      own.data_offsets = [at, (at += data.length)];
      parts.push(data);
    }
    writeFileSync(join(folder, 'model.safetensors'), safetensors(header, Buffer.concat(parts)));
    copyFileSync(join(modelOf(name), 'config.json'), join(folder, 'config.json'));
    return folder;
  }

  /** The same of a GGUF file, whose tensors keep their places: what they hold then does not matter here. */
  function withOddGguf(
    name: string,
    tensor: string,
    { type, shape }: { readonly type?: number; readonly shape?: readonly number[] },
  ): string {
    const bytes = readFileSync(ggufOf(name));
    const field = Buffer.concat([Buffer.alloc(8), Buffer.from(tensor)]);
    field.writeBigUInt64LE(BigInt(tensor.length));
    assert.ok(bytes.includes(field), tensor);
    const axesAt = bytes.indexOf(field) + field.length;
    const typeAt = axesAt + 4 + 8 * bytes.readUInt32LE(axesAt);
    const sizes = shape && [...shape].reverse();
    const axes = sizes ? Buffer.alloc(4 + 8 * sizes.length) : bytes.subarray(axesAt, typeAt);
    sizes?.forEach((size, i) => axes.writeBigUInt64LE(BigInt(size), 4 + 8 * i));
    if (sizes) axes.writeUInt32LE(sizes.length);
    const ownType = Buffer.from(bytes.subarray(typeAt, typeAt + 4));
    if (type !== undefined) ownType.writeUInt32LE(type);
    const file = join(folder, 'model.gguf');
    writeFileSync(file, Buffer.concat([bytes.subarray(0, axesAt), axes, ownType, bytes.subarray(typeAt + 4), Buffer.alloc(64)]));
    return file;
  }

  async function refused(path: string, ...words: readonly string[]): Promise<void> {
    await assert.rejects(
      async () => describeModel(await openCheckpoint(path)),
      (error) => {
        assert.ok(error instanceof Problem, String(error));
        assert.match(error.code, /^(weights|config)-invalid$|^weights-missing$/, error.message);
        for (const word of words) assert.ok(error.message.includes(word), `${error.message} does not name ${word}`);
        assert.ok(error.hint, error.message);
        return true;
      },
    );
  }

  /** One tensor of each kind, whichever block it is in. */
  async function needed(path: string): Promise<string[]> {
    const { weights } = describeModel(await openCheckpoint(path));
    const kinds = new Map(Array.from(weights.keys(), (name) => [nameInFile(name).replace(/\d+/g, '*'), nameInFile(name)]));
    return [...kinds.values()];
  }

  for (const [name, which] of [
    ['llama', /./],
    ['gpt-oss', /experts|sinks/],
  ] as const)
    it(`is named with its type, where that is none to compute with, and with its shape where that is another (${name})`, async () => {
      const tensors = (await needed(modelOf(name))).filter((tensor) => which.test(tensor));
      assert.ok(tensors.length >= 5);
      for (const tensor of tensors) {
        for (const dtype of ODD_TYPES) await refused(withOdd(name, tensor, { dtype }), tensor, ` ${dtype}`);
        for (const shape of ODD_SHAPES) await refused(withOdd(name, tensor, { shape }), tensor);
      }
    });

  for (const [name, tensors] of [
    ['llama', ['token_embd.weight', 'output_norm.weight', 'blk.1.attn_q.weight', 'blk.0.ffn_down.weight', 'output.weight']],
    ['gpt-oss', ['blk.1.attn_sinks.weight', 'blk.2.ffn_gate_exps.weight', 'blk.2.ffn_up_exps.bias', 'blk.0.ffn_gate_inp.weight']],
    ['stablelm', ['blk.0.attn_q.bias', 'blk.1.attn_norm.bias']],
    ['stablelm-parallel', ['blk.0.attn_q_norm.weight']],
    ['phi3', ['blk.0.attn_qkv.weight', 'blk.1.ffn_up.weight']],
    ['deepseek2', ['blk.1.attn_k_b.weight', 'blk.1.attn_v_b.weight']],
    ['qwen2-moe', ['blk.0.ffn_gate_inp_shexp.weight']],
  ] as const)
    it(`is named with its type in a GGUF file, too (${name})`, async () => {
      for (const tensor of tensors) {
        for (const [type, typeName] of Object.entries(ODD_GGUF_TYPES))
          await refused(withOddGguf(name, tensor, { type: Number(type) }), ` ${typeName}`);
        for (const shape of ODD_SHAPES) await refused(withOddGguf(name, tensor, { shape }));
      }
    });

  it('in a GGUF file without axes is named', () =>
    refused(withOddGguf('llama', 'blk.1.attn_q.weight', { shape: [] }), 'blk.1.attn_q.weight'));

  it('says what to do, by its type', async () => {
    const hint = async (path: string): Promise<string> => {
      const problem: unknown = await openCheckpoint(path)
        .then(describeModel)
        .catch((error: unknown) => error);
      return problem instanceof Problem ? (problem.hint ?? '') : assert.fail(String(problem));
    };
    const head = 'lm_head.weight';
    assert.match(await hint(withOdd('llama', head, { dtype: 'F64' })), /single precision/);
    assert.match(await hint(withOdd('llama', head, { dtype: 'F8_E4M3' })), /quantization_config/);
    assert.match(await hint(withOdd('llama', head, { dtype: 'C64' })), /Complex/);
    assert.match(await hint(withOddGguf('llama', 'output.weight', { type: 16 })), /Choose another GGUF file .*Q4_K/);
  });

  it('is told from one that it does not need, which may be of any type', async () => {
    const header: Record<string, HeaderEntry> = {};
    const bytes = readFileSync(join(modelOf('llama'), 'model.safetensors'));
    const end = 8 + Number(bytes.readBigUInt64LE());
    Object.assign(header, JSON.parse(bytes.toString('utf8', 8, end)));
    delete header['__metadata__'];
    let at = bytes.length - end;
    for (const dtype of ODD_TYPES)
      header[`other.${dtype}`] = { dtype, shape: [], data_offsets: [at, (at += ELEMENT_BITS.get(dtype)! / 8)] };
    const data = Buffer.concat([bytes.subarray(end), Buffer.alloc(at - (bytes.length - end))]);
    writeFileSync(join(folder, 'model.safetensors'), safetensors(header, data));
    copyFileSync(join(modelOf('llama'), 'config.json'), join(folder, 'config.json'));
    const { spec } = describeModel(await openCheckpoint(folder));
    assert.equal(spec.family, 'llama');
  });
});
