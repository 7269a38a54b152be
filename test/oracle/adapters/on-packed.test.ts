import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { Problem } from '../../../src/core/problem';
import { parseComponent } from '../../../src/core/format/component';
import type { ForwardPass } from '../../../src/engine/runtime/forward-pass';
import { LoadedModel } from '../../../src/engine/runtime/loaded-model';
import { openCheckpoint } from '../../../src/model/checkpoint/open';
import { describeModel } from '../../../src/model/architecture/registry';
import { temporaryFolder } from '../../engine/checkpoint-files';
import { assertBlockAddsUp } from '../adding-up';
import { patient, promptOf, relativeDifference } from '../fixture';
import { readSafetensors } from '../read-safetensors';

const FIXTURES = path.join(__dirname, 'on-packed', 'fixtures');
const COUNTS = { heads: 1, values: 2, top: 3, bottom: 2, tokens: 3 };

/** Largest difference that float32 arithmetic in another order explains, relative to a tensor's largest value. */
const TOLERANCE = 1e-4;
/** The same between two runs of the same graphs. */
const SAME = 1e-5;

/** What make_on_packed.py says of an adapter: the prompt, and where its base is among the fixtures. */
interface Question {
  readonly tokens: readonly number[];
  readonly base: string;
}

/** Puts an adapter beside its base, in a folder of the name by which the adapter asks for it. */
function together(name: string, into: string): { readonly adapter: string; readonly base: string; readonly tokens: readonly number[] } {
  const { tokens, base } = JSON.parse(readFileSync(path.join(FIXTURES, name, 'fixture.json'), 'utf8')) as Question;
  const from = path.join(__dirname, '..', base);
  const isFile = statSync(from).isFile();
  const to = path.join(into, 'base');
  mkdirSync(to);
  cpSync(from, isFile ? path.join(to, path.basename(from)) : to, { recursive: true });
  cpSync(path.join(FIXTURES, name, 'adapter'), path.join(into, 'adapter'), { recursive: true });
  return { adapter: path.join(into, 'adapter'), base: to, tokens };
}

async function traceOf(loaded: LoadedModel, pass: ForwardPass): Promise<ReadonlyMap<string, Float32Array>> {
  const found = new Map<string, Float32Array>();
  for await (const { name, tensor } of loaded.trace(pass, patient)) found.set(name, Float32Array.from(tensor.data));
  return found;
}

/** The largest difference of two traces, each relative to the largest value of its tensor. */
function largestDifference(one: ReadonlyMap<string, Float32Array>, other: ReadonlyMap<string, Float32Array>): number {
  assert.deepEqual([...one.keys()].sort(), [...other.keys()].sort());
  return Math.max(...Array.from(one, ([name, data]) => relativeDifference(data, other.get(name) ?? new Float32Array())));
}

describe('A LoRA adapter on a base whose weights are packed, or in GGUF', () => {
  let folder: string;
  beforeEach(() => (folder = temporaryFolder()));
  afterEach(() => rmSync(folder, { recursive: true }));

  for (const name of readdirSync(FIXTURES)) {
    it(`${name}: computes what the merged model does; off, what the base does`, async function () {
      const { adapter, base, tokens } = together(name, folder);
      const expected = readSafetensors(path.join(FIXTURES, name, 'expected.safetensors'));
      const loaded = await LoadedModel.load(await openCheckpoint(adapter), null, patient);
      const alone = await LoadedModel.load(await openCheckpoint(base), null, patient);
      try {
        const pass = await loaded.forward(promptOf(tokens), patient);
        const merged = largestDifference(
          await traceOf(loaded, pass),
          new Map(Array.from(expected, ([key, { data }]) => [key, Float32Array.from(data)])),
        );
        assert.ok(merged <= TOLERANCE, `differs from the merged model by ${merged}`);
        const last = tokens.length - 1;
        for (let layer = 0; layer < pass.model.nLayers; layer++) await assertBlockAddsUp(pass, layer, last, COUNTS);
        const off = await loaded.intervene(pass, [{ component: parseComponent('adapter'), from: null }], last, patient);
        const ofBase = await traceOf(alone, await alone.forward(promptOf(tokens), patient));
        const without = largestDifference(await traceOf(loaded, off), ofBase);
        assert.ok(without <= SAME, `without it, differs from the base by ${without}`);
        assert.ok(largestDifference(await traceOf(loaded, pass), ofBase) > 0.01, 'the adapter changes nothing');
        this.test!.title += ` (largest differences ${merged.toExponential(1)}, ${without.toExponential(1)})`;
      } finally {
        await loaded.release();
        await alone.release();
      }
    });
  }

  it('is refused where the parts of a layer together are not as large as its update', async () => {
    const { adapter } = together('gguf-gpt2', folder);
    rmSync(path.join(folder, 'base'), { recursive: true });
    mkdirSync(path.join(folder, 'base'));
    cpSync(path.join(__dirname, '..', 'gguf', 'fixtures', 'gpt-bigcode', 'model.gguf'), path.join(folder, 'base', 'model.gguf'));
    await assert.rejects(
      async () => describeModel(await openCheckpoint(adapter)),
      (error) => error instanceof Problem && error.code === 'base-misfit' && /c_attn.* do not fit .* of its base in/.test(error.message),
    );
  });
});
