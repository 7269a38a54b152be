import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { Problem } from '../../../src/core/problem';
import { LoadedModel } from '../../../src/engine/runtime/loaded-model';
import { describeModel } from '../../../src/model/architecture/registry';
import { openCheckpoint } from '../../../src/model/checkpoint/open';
import { temporaryFolder } from '../../engine/checkpoint-files';
import { patient, promptOf } from '../fixture';
import { readTensorFile, writeTensorFile, type TensorFile } from '../../engine/tensor-file';

const FIXTURES = path.join(__dirname, 'fixtures');
const NUMBER_TYPES = ['F32', 'F16', 'BF16', 'F8_E4M3', 'F8_E5M2', 'F8_E8M0', 'I64', 'I32', 'U32', 'I16', 'I8', 'U8', 'BOOL', 'F4'] as const;

/** One thing that is wrong with a checkpoint. Numbers choose among what is there, whatever that is. */
type Fault =
  | { readonly kind: 'setting'; readonly which: number; readonly value: unknown }
  | { readonly kind: 'type'; readonly which: number; readonly dtype: string }
  | { readonly kind: 'sizes'; readonly which: number; readonly shape: readonly number[] }
  | { readonly kind: 'byte'; readonly which: number; readonly at: number; readonly value: number }
  | { readonly kind: 'exchange'; readonly which: number; readonly other: number }
  | { readonly kind: 'name'; readonly which: number; readonly other: number };

const which = fc.nat(1000);
const value = fc.oneof(
  fc.constantFrom<unknown>(null, true, -1, 0, 1, 3, 4, 8, 16, 33, 1e9, 0.5, '', 'gemm', 'nf4', 'float', [], {}, [1, 128], ['lm_head']),
  fc.integer({ min: -4, max: 300 }),
);
const fault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('setting' as const), which, value }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('type' as const), which, dtype: fc.constantFrom(...NUMBER_TYPES) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('sizes' as const),
      which,
      shape: fc.array(fc.integer({ min: 0, max: 160 }), { maxLength: 4 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('byte' as const), which, at: fc.nat(), value: fc.nat(255) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('exchange' as const), which, other: which }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('name' as const), which, other: which }) },
);

type Json = Record<string, unknown>;

/** Every place of a value in the settings of a quantisation, however deep. */
function places(settings: Json): (readonly [Json, string])[] {
  return Object.entries(settings).flatMap(([key, inner]) => [
    [settings, key] as const,
    ...(typeof inner === 'object' && inner !== null ? places(inner as Json) : []),
  ]);
}

/** Puts a fault into a model. */
function spoil(tensors: TensorFile, settings: Json, wrong: Fault): void {
  const names = [...tensors.keys()];
  const name = names[wrong.which % names.length];
  const tensor = tensors.get(name);
  assert.ok(tensor);
  switch (wrong.kind) {
    case 'setting': {
      const all = places(settings);
      const [owner, key] = all[wrong.which % all.length];
      owner[key] = wrong.value;
      return;
    }
    case 'type':
      tensors.set(name, { ...tensor, dtype: wrong.dtype });
      return;
    case 'sizes': {
      // As many bytes as such a shape has: nothing else would get past the header.
      const each = tensor.bytes.length / tensor.shape.reduce((a, b) => a * b, 1);
      const bytes = Buffer.alloc(
        wrong.shape.reduce((a, b) => a * b, each),
        tensor.bytes,
      );
      tensors.set(name, { ...tensor, shape: [...wrong.shape], bytes });
      return;
    }
    case 'byte':
      if (tensor.bytes.length > 0) tensor.bytes[wrong.at % tensor.bytes.length] = wrong.value;
      return;
    case 'exchange':
    case 'name': {
      const other = names[wrong.other % names.length];
      const second = tensors.get(other);
      assert.ok(second);
      if (wrong.kind === 'exchange') tensors.set(name, second).set(other, tensor);
      else if (other !== name) {
        tensors.delete(name);
        tensors.set(`${other.slice(0, other.lastIndexOf('.'))}${name.slice(name.lastIndexOf('.'))}`, tensor);
      }
    }
  }
}

describe('A checkpoint with packed weights in which anything may be wrong', function () {
  this.timeout(Number(process.env['FUZZ_RUNS'] ?? 12) * 60_000);
  let folder: string;
  beforeEach(() => (folder = temporaryFolder()));
  afterEach(() => rmSync(folder, { recursive: true }));

  for (const kind of readdirSync(FIXTURES)) {
    it(`${kind}: is computed with, or refused with a cause`, async () => {
      cpSync(path.join(FIXTURES, kind, 'model'), folder, { recursive: true });
      const [weights, config] = ['model.safetensors', 'config.json'].map((file) => path.join(folder, file));
      const whole = readTensorFile(weights);
      const said = readFileSync(config, 'utf8');
      const { tokens } = JSON.parse(readFileSync(path.join(FIXTURES, kind, 'fixture.json'), 'utf8')) as { tokens: number[] };
      let [opened, refusals] = [0, 0];
      const outcome = async (): Promise<void> => {
        describeModel(await openCheckpoint(folder));
        const model = await LoadedModel.load(await openCheckpoint(folder), null, patient);
        try {
          await model.forward(promptOf(tokens), patient);
          opened++;
        } finally {
          await model.release();
        }
      };
      await fc.assert(
        fc.asyncProperty(fc.array(fault, { minLength: 1, maxLength: 3 }), async (faults) => {
          const tensors = new Map(Array.from(whole, ([name, tensor]) => [name, { ...tensor, bytes: Buffer.from(tensor.bytes) }]));
          const spoiled = JSON.parse(said) as { quantization_config?: Json; quantization?: Json };
          const settings = spoiled.quantization_config ?? spoiled.quantization;
          assert.ok(settings);
          for (const wrong of faults) spoil(tensors, settings, wrong);
          writeTensorFile(weights, tensors);
          writeFileSync(config, JSON.stringify(spoiled));
          try {
            await outcome();
          } catch (error) {
            assert.ok(error instanceof Problem, error instanceof Error ? error.stack : String(error));
            assert.notEqual(error.code, 'internal', error.message);
            refusals++;
          }
        }),
        { numRuns: Number(process.env['FUZZ_RUNS'] ?? 12) },
      );
      assert.ok(opened > 0 && refusals > 0, `${opened} models were computed with, ${refusals} refused`);
    });
  }
});
