import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { LoadedModel } from '../../src/engine/runtime/loaded-model';
import { openCheckpoint } from '../../src/model/checkpoint/open';
import { fixtureFolders, fixtureNames, patient, promptOf, relativeDifference } from '../oracle/fixture';

/** Largest difference from the processor's figures, relative to the largest of them. */
const TOLERANCE = 1e-3;

const EMBEDDED = path.join(__dirname, '..', '..', 'models', 'visit-small');

/** What a model says to a prompt: the streams at the borders, and what the lens reads of each position of the last. */
async function saidBy(model: LoadedModel) {
  const pass = await model.forward(promptOf([5, 3, 9, 1, 7, 2, 8]), patient);
  const last = pass.stream[pass.stream.length - 1];
  return { streams: pass.stream, lens: await pass.read(last, { target: { id: 1 }, k: 5, position: 6 }) };
}

describe('A graphics card agrees with the processor', () => {
  // Each kind of product is compiled when it is first met, which takes a processor that plays a graphics card many seconds.
  for (const name of fixtureNames) {
    const folder = path.join(fixtureFolders.get(name)!, 'model');
    it(`on ${name}`, async function () {
      const checkpoint = () => openCheckpoint(existsSync(folder) ? folder : EMBEDDED);
      const processor = await LoadedModel.load(await checkpoint(), null, patient, { device: 'cpu' });
      const card = await LoadedModel.load(await checkpoint(), null, patient, { device: 'webgpu' });
      try {
        assert.equal(card.device.name, 'webgpu', card.device.words);
        const [expected, actual] = [await saidBy(processor), await saidBy(card)];
        const differences = [
          ...expected.streams.map((stream, border) => relativeDifference(actual.streams[border], stream)),
          ...(['topLogits', 'bottomLogits', 'topProbabilities', 'targetLogits', 'entropies'] as const).map((figure) =>
            relativeDifference(actual.lens[figure], expected.lens[figure]),
          ),
        ];
        const largest = Math.max(...differences);
        assert(largest <= TOLERANCE, `differs by ${largest}`);
        this.test!.title += ` (largest difference ${largest.toExponential(1)})`;
      } finally {
        await Promise.all([processor.release(), card.release()]);
      }
    });
  }
});
