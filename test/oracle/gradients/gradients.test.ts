import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { modelTypes } from '../../../src/model/architecture/registry';
import type { BlockGradients, QuantityAt } from '../../../src/core/pass/gradients';
import { fixtureNames, modelTypeOf, openFixture, patient, relativeDifference, type Fixture } from '../fixture';
import { readSafetensors } from '../read-safetensors';

/** Relative to a tensor's largest value, as for ordinary passes. */
const TOLERANCE = 1e-4;

/** What make_gradients.py asked of every checkpoint. */
const QUESTIONS = JSON.parse(readFileSync(path.join(__dirname, 'questions.json'), 'utf8')) as Record<string, QuantityAt[]>;

const PARTS: Readonly<Record<string, keyof BlockGradients>> = {
  'attn.hook_q': 'q',
  'attn.hook_k': 'k',
  'attn.hook_v': 'v',
  'attn.hook_z': 'z',
  hook_attn_out: 'attnOut',
  'mlp.hook_post': 'mlpPost',
  hook_mlp_out: 'mlpOut',
};

/** The engine's gradient under a name of the trace. */
async function gradientsByName(
  { loaded, pass }: Fixture,
  question: QuantityAt,
): Promise<{ value: number; tensors: Map<string, Float32Array> }> {
  const gradients = await loaded.backward(pass, question, patient);
  const tensors = new Map<string, Float32Array>();
  for (let layer = 0; layer < pass.model.nLayers; layer++) {
    tensors.set(`blocks.${layer}.hook_resid_pre`, gradients.stream[layer]);
    tensors.set(`blocks.${layer}.hook_resid_post`, gradients.stream[layer + 1]);
    const parts = await gradients.block(layer);
    for (const [name, key] of Object.entries(PARTS)) tensors.set(`blocks.${layer}.${name}`, parts[key]);
  }
  return { value: gradients.value, tensors };
}

describe('Gradients', () => {
  it('were asked of torch for every checkpoint, and so of every family that the engine knows', () => {
    assert.deepEqual(
      fixtureNames.filter((name) => !(name in QUESTIONS)),
      [],
    );
    const covered = new Set(Object.keys(QUESTIONS).map(modelTypeOf));
    assert.deepEqual(
      modelTypes.filter((modelType) => !covered.has(modelType)),
      [],
    );
    const files = readdirSync(__dirname).filter((file) => file.endsWith('.safetensors'));
    assert.deepEqual(files.map((file) => path.basename(file, '.safetensors')).sort(), Object.keys(QUESTIONS).sort());
  });

  for (const name of fixtureNames) {
    it(`on the ${name} checkpoint agree with torch’s autograd`, async function () {
      const fixture = await openFixture(name);
      const T = fixture.tokens.length;
      const expected = readSafetensors(path.join(__dirname, `${name}.safetensors`));
      const compared = new Set<string>();
      let largest = 0;
      for (const [i, question] of QUESTIONS[name].entries()) {
        const { position, of } = question;
        const what = `${of.kind} at position ${position}`;
        const { value, tensors } = await gradientsByName(fixture, question);
        const compare = (key: string, actual: ArrayLike<number>) => {
          const reference = expected.get(`${i}.${key}`);
          if (reference === undefined) return false;
          compared.add(`${i}.${key}`);
          const difference = relativeDifference(actual, reference.data);
          assert(difference <= TOLERANCE, `${what}: ${key} differs by ${difference}`);
          largest = Math.max(largest, difference);
          return true;
        };
        // A difference of two logits may be small beside them.
        const stored = expected.get(`${i}.value`)!.data[0];
        compared.add(`${i}.value`);
        assert(Math.abs(value - stored) <= TOLERANCE * Math.max(1, Math.abs(stored)), `${what}: ${value} instead of ${stored}`);
        for (const [key, gradient] of tensors) {
          const rows = (gradient.length / T) * (position + 1);
          const isStored = compare(key, gradient.subarray(0, rows));
          // A border has two names.
          assert(isStored || fixture.model !== undefined || key.endsWith('resid_post'), `${what}: there is no ${key}`);
          assert(
            gradient.subarray(rows).every((x) => x === 0),
            `${what}: ${key} looks ahead`,
          );
        }
      }
      assert.deepEqual(
        [...expected.keys()].filter((key) => !compared.has(key)),
        [],
        'tensors that nothing was compared with',
      );
      this.test!.title += ` (largest difference ${largest.toExponential(1)})`;
    });
  }
});
