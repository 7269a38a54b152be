import assert from 'node:assert/strict';
import { readdirSync, readFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import { LoadedModel } from '../../../src/engine/runtime/loaded-model';
import { openCheckpoint } from '../../../src/model/checkpoint/open';
import { patient, promptOf, relativeDifference } from '../fixture';
import { readSafetensors } from '../read-safetensors';

const FIXTURES = path.join(__dirname, 'fixtures');
const FAMILIES = path.join(__dirname, '..', 'families', 'fixtures');

/** Largest difference that float32 arithmetic in another order explains, relative to a tensor's largest value. */
const TOLERANCE = 1e-4;

/** What make_models.py says of a file: the prompt, and the fixture of a family that it is a copy of. */
interface Question {
  readonly tokens: readonly number[];
  readonly of?: string;
}

describe('The engine on a GGUF file agrees with transformers on the weights as stored', () => {
  const names = readdirSync(FIXTURES).filter((name) => existsSync(path.join(FIXTURES, name, 'fixture.json')));

  for (const name of names) {
    it(name, async function () {
      const folder = path.join(FIXTURES, name);
      const { tokens, of } = JSON.parse(readFileSync(path.join(folder, 'fixture.json'), 'utf8')) as Question;
      const expected = readSafetensors(path.join(of === undefined ? folder : path.join(FAMILIES, of), 'expected.safetensors'));
      const missing = new Set([...expected.keys()].filter((key) => !/^(lens|project)\./.test(key)));
      assert.ok(missing.size > 0);
      const loaded = await LoadedModel.load(await openCheckpoint(path.join(folder, 'model.gguf')), null, patient);
      try {
        const pass = await loaded.forward(promptOf(tokens), patient);
        let largest = 0;
        for await (const { name: tensorName, tensor } of loaded.trace(pass, patient)) {
          const reference = expected.get(tensorName);
          assert.ok(reference, `the reference has no ${tensorName}`);
          missing.delete(tensorName);
          assert.deepEqual(tensor.shape, reference.shape, tensorName);
          const difference = relativeDifference(tensor.data, reference.data);
          assert.ok(difference <= TOLERANCE, `${tensorName} differs by ${difference}`);
          largest = Math.max(largest, difference);
        }
        assert.deepEqual([...missing], [], 'tensors that the engine does not trace');
        this.test!.title += ` (largest difference ${largest.toExponential(1)})`;
      } finally {
        await loaded.release();
      }
    });
  }

  it('shares out what is left of a logit less the mean of all, which is learnt while rows are read', async () => {
    const folder = path.join(FIXTURES, 'llama-blocks-of-256');
    const { tokens } = JSON.parse(readFileSync(path.join(folder, 'fixture.json'), 'utf8')) as Question;
    const opened = async () => LoadedModel.load(await openCheckpoint(path.join(folder, 'model.gguf')), null, patient);
    const [learning, computing] = [await opened(), await opened()];
    try {
      const [pass, other] = [await learning.forward(promptOf(tokens), patient), await computing.forward(promptOf(tokens), patient)];
      const request = { target: { id: 3 }, k: 3, position: tokens.length - 1 };
      assert.ok(pass.graphs.figures.wantsMeanToken);
      const { shares } = await pass.read(pass.stream[1], request);
      assert.ok(!pass.graphs.figures.wantsMeanToken);
      const { row } = await other.graphs.figures.meanToken();
      assert.ok(relativeDifference((await pass.graphs.figures.meanToken()).row, row) <= 1e-5);
      assert.ok(relativeDifference(shares, (await other.read(other.stream[1], request)).shares) <= 1e-5);
      // Read again, it is not computed again.
      const again = await pass.graphs.figures.meanToken();
      await pass.read(pass.stream[1], request);
      assert.equal(await pass.graphs.figures.meanToken(), again);
    } finally {
      await learning.release();
      await computing.release();
    }
  });
});
