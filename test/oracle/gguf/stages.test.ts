import assert from 'node:assert/strict';
import path from 'node:path';
import type { BlockVariant } from '../../../src/engine/onnx/block-draft';
import { CPU, type ExecutionProvider } from '../../../src/engine/onnx/execution-providers';
import { ModelGraphs } from '../../../src/engine/onnx/model-graphs';
import { floats, indices, SessionPool, type Feed, type Results, type RunGraph } from '../../../src/engine/onnx/session-pool';
import { Weights } from '../../../src/engine/onnx/weights';
import { describeModel } from '../../../src/model/architecture/registry';
import { openCheckpoint } from '../../../src/model/checkpoint/open';
import { relativeDifference } from '../fixture';

const TOKENS = 5;
const VARIANTS: readonly BlockVariant[] = ['run', 'trace', 'summary', 'values', 'inspect', 'pattern'];

describe('A graph whose weights are read for one stage after the other', () => {
  /** A model of blocks, and how many sessions have been made for it. */
  async function opened(streamedAtOnce?: number) {
    const { spec, weights: found } = describeModel(
      await openCheckpoint(path.join(__dirname, 'fixtures', 'llama-blocks-of-32', 'model.gguf')),
    );
    const weights = new Weights(found, streamedAtOnce);
    const made: string[] = [];
    const counting: ExecutionProvider = {
      ...CPU,
      sessionOptions: (asked) => {
        made.push(Buffer.from(asked.description).toString('latin1'));
        return CPU.sessionOptions(asked);
      },
    };
    const pool = new SessionPool(weights, { keep: true, patient: true, threads: 1 }, counting);
    return { spec, made, graphs: new ModelGraphs(spec, weights, pool) };
  }

  const outputs = (results: Results): Map<string, Float32Array> =>
    new Map(results.names.map((name) => [name, results.floats(name).slice()]));
  const alike = (one: Map<string, Float32Array>, other: Map<string, Float32Array>): void => {
    assert.deepEqual([...one.keys()].sort(), [...other.keys()].sort());
    for (const [name, values] of one) assert.ok(relativeDifference(values, other.get(name)!) <= 1e-5, name);
  };

  it('comes to the same as at once, in every variant of a block and back through it', async () => {
    const [few, many] = [await opened(), await opened(1)];
    const { spec } = few;
    const rows = Float32Array.from({ length: TOKENS * spec.dModel }, (_, i) => Math.sin(i * 1.3));
    for (const variant of VARIANTS) {
      const [whole, inParts] = await Promise.all(
        [few, many].map(({ graphs }) =>
          graphs.block(0, variant, async (run) => outputs(await run(graphs.entering(0, variant, rows, TOKENS)))),
        ),
      );
      alike(inParts, whole);
    }
    const grad = {
      grad_post: floats(
        rows.map((value) => value * value - 0.3),
        [TOKENS, spec.dModel],
      ),
    };
    const [whole, inParts] = await Promise.all(
      [few, many].map(({ graphs }) =>
        graphs.backward.differentiatedBlock(0, 'no', async (run) =>
          outputs(await run({ ...graphs.entering(0, 'trace', rows, TOKENS), ...grad })),
        ),
      ),
    );
    alike(inParts, whole);
    assert.ok(many.made.length > few.made.length);
    await Promise.all([few, many].map(({ graphs }) => graphs.release()));
  });

  it('comes to the same where it reads vectors as tokens, with the mean token on the way or without', async () => {
    const [few, many] = [await opened(), await opened(1)];
    const { dModel } = few.spec;
    const mapped = floats(
      Float32Array.from({ length: 3 * dModel }, (_, i) => Math.cos(i * 0.7)),
      [3, dModel],
    );
    for (const mean of [0, 1]) {
      const feeds: Record<string, Feed> = {
        mapped,
        target: indices([-1]),
        against: indices([2]),
        predicting: indices([1]),
        k: indices([4]),
        mean: indices([mean]),
      };
      const read = async (run: RunGraph) => {
        const results = await run(feeds);
        return {
          readings: results.floats('readings').slice(),
          mean: results.floats('mean_row').slice(),
          chosen: results.ints('chosen')[0],
        };
      };
      const [whole, inParts] = await Promise.all([few, many].map(({ graphs }) => graphs.lens('final norm', read)));
      assert.equal(inParts.chosen, whole.chosen);
      assert.ok(relativeDifference(inParts.readings, whole.readings) <= 1e-5);
      assert.deepEqual(inParts.mean, whole.mean);
      assert.equal(
        inParts.mean.some((value) => value !== 0),
        mean === 1,
      );
    }
    await Promise.all([few, many].map(({ graphs }) => graphs.release()));
  });

  it('shares its sessions with the same graph of other blocks, also while both are at work', async () => {
    const { spec, graphs, made } = await opened(1);
    const rows = new Float32Array(TOKENS * spec.dModel).fill(0.5);
    const through = (layer: number) =>
      graphs.block(layer, 'run', async (run) => (await run(graphs.entering(layer, 'run', rows, TOKENS))).floats('resid_post').slice());
    const alone = [await through(0), await through(1)];
    const sessions = made.length;
    assert.equal(new Set(made).size, sessions);
    assert.deepEqual(await Promise.all([through(0), through(1)]), alone);
    assert.equal(made.length, sessions);
    await graphs.release();
    assert.deepEqual(await through(1), alone[1]);
    await graphs.release();
  });
});
