import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { blockEffects } from '../../../src/core/analyse/effects/block-effects';
import { buildFlowGraph } from '../../../src/core/build/build-flow-graph';
import { GraphBuilder } from '../../../src/engine/onnx/graph-builder';
import { DataType } from '../../../src/engine/onnx/proto';
import { SessionPool } from '../../../src/engine/onnx/session-pool';
import { stored } from '../../../src/engine/onnx/stored';
import { Weights } from '../../../src/engine/onnx/weights';
import type { ForwardPass } from '../../../src/engine/runtime/forward-pass';
import { LoadedModel } from '../../../src/engine/runtime/loaded-model';
import { describeModel } from '../../../src/model/architecture/registry';
import type { Checkpoint, StoredTensor } from '../../../src/model/checkpoint/checkpoint';
import { openCheckpoint } from '../../../src/model/checkpoint/open';
import { isQuantised } from '../../../src/model/checkpoint/storage';
import { patient, promptOf, relativeDifference } from '../fixture';

const TOLERANCE = 1e-4;
const TOKENS = [3, 14, 15, 9, 26, 53, 58, 9, 7, 9, 32, 38];
const POSITION = TOKENS.length - 2;
const COUNTS = { heads: 4, values: 4, top: 4, bottom: 4, tokens: 4 };

/** That the numbers of each weight and the trace are the reference’s is seen in quantised.test.ts; here, that whatever else reads weights agrees. */
describe('A model with packed weights, and the same with these weights in F32', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'visit-twin-'));
  after(() => rmSync(folder, { recursive: true }));

  /** The same checkpoint, each matrix that is packed in a file of its own. */
  const twinOf = async (checkpoint: Checkpoint, name: string): Promise<Checkpoint> => {
    const { weights } = describeModel(checkpoint);
    const used = new Weights(weights);
    const pool = new SessionPool(used, { keep: false, threads: 1 });
    const dense = new Map<string, StoredTensor>();
    for (const tensor of [...weights.values()].filter(({ storage }) => isQuantised(storage))) {
      const build = (): Uint8Array => {
        const b = new GraphBuilder(used);
        b.output('result', stored(b, tensor.name), DataType.FLOAT, ['m', 'n']);
        return b.finish('weight');
      };
      const values = await pool.use({ key: tensor.name, load: 'heavy', build }, async (run) => (await run({})).floats('result'));
      const bytes = { file: path.join(folder, `${name}-${dense.size}`), offset: 0, byteLength: values.byteLength };
      writeFileSync(bytes.file, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
      // Where models of the family have [inputs, outputs].
      const isTurned = !checkpoint.tensors.has(tensor.name) || checkpoint.config['model_type'] === 'gpt2';
      const storage = { kind: 'dense', dtype: 'F32', bytes } as const;
      dense.set(tensor.name, { name: tensor.name, shape: tensor.shape, storage, ...(isTurned && { isTransposed: true }) });
    }
    await pool.release();
    assert.ok(dense.size > 0);
    return { ...checkpoint, tensors: new Map([...checkpoint.tensors, ...dense]) };
  };

  const numbersOf = (value: unknown): number[] =>
    typeof value === 'number'
      ? [value]
      : typeof value === 'object' && value !== null
        ? Object.values(value as Record<string, unknown>).flatMap(numbersOf)
        : [];

  for (const name of ['mxfp4', 'mxfp4-mixed', 'nf4-phi3', 'gptq-gpt2']) {
    it(`${name}: have the same graph and the same gradients`, async function () {
      const packed = await openCheckpoint(path.join(__dirname, 'fixtures', name, 'model'));
      const loaded = [];
      for (const checkpoint of [packed, await twinOf(packed, name)]) loaded.push(await LoadedModel.load(checkpoint, null, patient));
      try {
        assert.deepEqual(
          loaded.map(({ info }) => info.dequantised ?? false),
          [true, false],
        );
        const passes: ForwardPass[] = [];
        for (const model of loaded) passes.push(await model.forward(promptOf(TOKENS), patient));
        let largest = 0;
        const compare = (what: string, [one, other]: readonly ArrayLike<number>[]): void => {
          assert.equal(one.length, other.length, what);
          const difference = relativeDifference(one, other);
          assert.ok(difference <= TOLERANCE, `${what} differs by ${difference}`);
          largest = Math.max(largest, difference);
        };
        const layers = { from: 0, to: loaded[0].info.nLayers - 1 };
        const graphs = [];
        for (const pass of passes)
          graphs.push(await buildFlowGraph(pass, { layers, position: POSITION, target: { id: 1 }, counts: COUNTS }, patient));
        const [ids, twinIds] = graphs.map(({ nodes }) => nodes.map(({ id }) => id));
        assert.deepEqual(ids, twinIds);
        compare(
          'nodes',
          graphs.map(({ nodes }) => numbersOf(nodes)),
        );
        compare(
          'edges',
          graphs.map(({ edges }) => numbersOf(edges)),
        );
        const effects = [];
        for (const pass of passes) {
          const of = { position: POSITION, of: { kind: 'logit', id: 1 } } as const;
          const blocks = [];
          for await (const block of (await pass.differentiate(of, { kind: 'zero' })).blocks(0)) blocks.push(blockEffects(block, pass));
          effects.push(blocks);
        }
        for (const layer of effects[0].keys())
          for (const part of ['heads', 'neurons', 'attention', 'mlp', 'residPost'] as const) {
            assert.ok(
              effects[0][layer][part].some((value) => value !== 0),
              part,
            );
            compare(
              `effects of block ${layer}: ${part}`,
              effects.map((blocks) => blocks[layer][part]),
            );
          }
        this.test!.title += ` (largest difference ${largest.toExponential(1)})`;
      } finally {
        for (const model of loaded) await model.release();
      }
    });
  }
});
