import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { blockEffects } from '../../../src/core/analyse/effects/block-effects';
import type { QuantityAt } from '../../../src/core/pass/gradients';
import { fixtureNames, maxDifference, openFixture } from '../fixture';
import { readSafetensors } from '../read-safetensors';

/**
 * Relative to the largest sum of |products| of its kind in a block: of two numbers that are each held to 1e-4. The sums themselves may
 * cancel; behind a norm, those of the whole stream do.
 */
const TOLERANCE = 2e-4;

/** What make_gradients.py asked of every checkpoint. */
const QUESTIONS = JSON.parse(readFileSync(path.join(__dirname, 'questions.json'), 'utf8')) as Record<string, QuantityAt[]>;

describe('Estimated effects', () => {
  for (const name of fixtureNames) {
    it(`on the ${name} checkpoint are torch’s values times torch’s gradients`, async function () {
      const { pass, expected } = await openFixture(name);
      const gradients = readSafetensors(path.join(__dirname, `${name}.safetensors`));
      const { nHeads } = pass.model;
      let compared = 0;
      for (const [i, { of, position }] of QUESTIONS[name].entries()) {
        const n = position + 1;
        const differentiated = await pass.differentiate({ of, position }, { kind: 'zero' });
        for await (const block of differentiated.blocks(0)) {
          const effects = blockEffects(block, pass);
          const compare = (tensor: string, actual: Float32Array, count: number): void => {
            const [value, gradient] = [
              expected.get(`blocks.${block.layer}.${tensor}`),
              gradients.get(`${i}.blocks.${block.layer}.${tensor}`),
            ];
            if (value === undefined || gradient === undefined) return;
            const width = gradient.data.length / n / count;
            const parts = Array.from({ length: n * count }, (_, part) => {
              const products = Array.from({ length: width }, (__, c) => value.data[part * width + c] * gradient.data[part * width + c]);
              return { sum: products.reduce((sum, x) => sum + x, 0), size: products.reduce((sum, x) => sum + Math.abs(x), 0) };
            });
            const size = Math.max(...parts.map((part) => part.size)) || 1;
            const difference = maxDifference(
              actual.map((x) => x / size),
              parts.map(({ sum }) => sum / size),
            );
            assert.ok(difference <= TOLERANCE, `${of.kind} at ${position}: ${tensor} of block ${block.layer} differs by ${difference}`);
            compared++;
          };
          compare('attn.hook_z', effects.heads, nHeads);
          compare('mlp.hook_post', effects.neurons, effects.neurons.length / n);
          compare('hook_attn_out', effects.attention, 1);
          compare('hook_mlp_out', effects.mlp, 1);
          compare('hook_resid_post', effects.residPost, 1);
          const [pattern, { attention }] = [await pass.pattern(block.layer, position), await pass.block(block.layer, position)];
          assert.ok(maxDifference(pattern, attention.pattern) <= 1e-6, `pattern of block ${block.layer}`);
          for (let head = 0; head < nHeads; head++) {
            const sources = effects.sources.subarray(head * n, (head + 1) * n).reduce((sum, x) => sum + x, 0);
            const own = effects.heads[position * nHeads + head];
            assert.ok(
              Math.abs(sources - own) <= 1e-4 * Math.max(1, Math.abs(own)),
              `sources of head ${head}: ${sources} instead of ${own}`,
            );
          }
        }
      }
      assert.ok(compared > 0);
      this.test!.title += ` (${compared} tensors)`;
    });
  }
});
