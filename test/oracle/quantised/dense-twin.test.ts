import assert from 'node:assert/strict';
import path from 'node:path';
import { blockEffects } from '../../../src/core/analyse/effects/block-effects';
import { buildFlowGraph } from '../../../src/core/build/build-flow-graph';
import type { ForwardPass } from '../../../src/engine/runtime/forward-pass';
import { LoadedModel } from '../../../src/engine/runtime/loaded-model';
import { openCheckpoint } from '../../../src/model/checkpoint/open';
import { calibrate, type Measure } from '../../../src/core/insight/calibrate';
import { divide, type FittedPiece } from '../../../src/engine/runtime/fitting/parts';
import { LensSums } from '../../../src/engine/runtime/fitting/lens-sums';
import { patient, promptOf, relativeDifference } from '../fixture';
import { denseTwins } from './dense-twins';

const TOLERANCE = 1e-4;
const TOKENS = [3, 14, 15, 9, 26, 53, 58, 9, 7, 9, 32, 38];
const POSITION = TOKENS.length - 2;
const COUNTS = { heads: 4, values: 4, top: 4, bottom: 4, tokens: 4 };

/** That the numbers of each weight and the trace are the reference’s is seen in quantised.test.ts; here, that whatever else reads weights agrees. */
describe('A model with packed weights, and the same with these weights in F32', () => {
  const twins = denseTwins();
  after(() => twins.remove());

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
      for (const checkpoint of [packed, await twins.of(packed)]) loaded.push(await LoadedModel.load(checkpoint, null, patient));
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

  for (const name of [
    'quantised/fixtures/nf4-phi3/model',
    'gguf/fixtures/llama-blocks-of-32/model.gguf',
    'gguf/fixtures/llama-blocks-of-256/model.gguf',
  ]) {
    it(`${name}: have the same fitted lens and the same calibration`, async function () {
      const packed = await openCheckpoint(path.join(__dirname, '..', name));
      const loaded = [];
      for (const checkpoint of [packed, await twins.of(packed)]) loaded.push(await LoadedModel.load(checkpoint, null, patient));
      try {
        const V = loaded[0].info.vocabSize;
        const texts = Array.from({ length: 12 }, (_, text): FittedPiece => ({
          text: '',
          tokens: promptOf(Array.from({ length: 20 }, (_, i) => (7 * text * text + 11 * i * (text + 3)) % V)).tokens,
        }));
        const maps: number[][][] = [];
        const points = [];
        for (const model of loaded) {
          const sums = new LensSums('fitted', model.info.nLayers, model.info.dModel);
          const lens = await model.fitLens(divide(texts), { sums, ridge: 0.1 }, patient);
          const borders = [];
          for (let border = 0; border < model.info.nLayers; border++) borders.push(await lens.mapAt(border));
          maps.push(borders.map(({ map, offset }) => [...map, ...offset]));
          const measure: Measure = async (pass, components, at, context) => {
            const changes = components.map((component) => ({ component, from: null }));
            const { ordinary, changed } = await model.measureEach(pass as ForwardPass, changes, at, context);
            return changed.map(({ value }) => ordinary.value - value);
          };
          const forward = (): Promise<ForwardPass> => model.forward(promptOf(TOKENS), patient);
          const options = { weights: 'any', of: 'centred', perKind: 4, seed: 1, points: 100 } as const;
          points.push((await calibrate(model.info, ['one'], options, forward, measure, patient)).points);
        }
        const differences = maps[0].map((map, border) => relativeDifference(map, maps[1][border]));
        assert.ok(Math.max(...differences) <= TOLERANCE, `maps differ by ${differences.join(', ')}`);
        assert.ok(points[0].length > 10);
        assert.deepEqual(...(points.map((all) => all.map(({ component }) => component)) as [string[], string[]]));
        const difference = relativeDifference(numbersOf(points[0]), numbersOf(points[1]));
        assert.ok(difference <= TOLERANCE, `calibrations differ by ${difference}`);
        this.test!.title += ` (largest difference ${Math.max(...differences, difference).toExponential(1)})`;
      } finally {
        for (const model of loaded) await model.release();
      }
    });
  }
});
