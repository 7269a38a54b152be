import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chooseNext } from '../../../src/core/insight/next-token';
import { LoadedModel } from '../../../src/engine/runtime/loaded-model';
import { openCheckpoint } from '../../../src/model/checkpoint/open';
import { fixtureFolders, fixtureNames, patient, promptOf, relativeDifference } from '../fixture';
import { POSITIONS, widened } from './widened';

/** What make_continue.py got. */
interface Case {
  readonly prompt: readonly number[];
  readonly tokens: readonly number[];
  /** of the winners */
  readonly logits: readonly number[];
}

const expected = JSON.parse(readFileSync(path.join(__dirname, 'expected.json'), 'utf8')) as Record<string, Case>;
const TOLERANCE = 1e-4;

/** The checkpoints that lie in the folders of the fixtures; the embedded model lies elsewhere. */
const checkpoints = fixtureNames.filter((name) => existsSync(path.join(fixtureFolders.get(name)!, 'model')));

/** Works with a model, which is released afterwards. */
async function withModel<T>(folder: string, work: (loaded: LoadedModel) => Promise<T>): Promise<T> {
  const loaded = await LoadedModel.load(await openCheckpoint(folder), null, patient);
  try {
    return await work(loaded);
  } finally {
    await loaded.release();
  }
}

/** All logits after a sequence, by a pass of its own. */
async function logitsOfPass(loaded: LoadedModel, ids: readonly number[]): Promise<Float32Array> {
  const pass = await loaded.forward(promptOf(ids), patient);
  const last = pass.stream[loaded.info.nLayers].subarray(-loaded.info.dModel);
  return pass.logits(last);
}

describe('Continuing a prompt', () => {
  const scratch = mkdtempSync(path.join(tmpdir(), 'visit-continue-'));
  after(() => rmSync(scratch, { recursive: true }));

  it('is known of every checkpoint of a family', () => {
    assert.deepEqual(Object.keys(expected).sort(), [...checkpoints].sort());
  });

  describe('says for 64 tokens what transformers says', () => {
    for (const name of checkpoints) {
      it(name, async function () {
        const { prompt, tokens, logits: winners } = expected[name];
        assert.equal(tokens.length, 64);
        const said: number[] = [];
        const logits: number[] = [];
        await withModel(widened(path.join(fixtureFolders.get(name)!, 'model'), scratch), async (loaded) => {
          assert.ok(loaded.info.contextLength >= POSITIONS);
          while (said.length < tokens.length) {
            const next = await loaded.nextLogits([...prompt, ...said], patient);
            const { id } = chooseNext(next, { sampling: null, top: 1, position: 0 });
            said.push(id);
            logits.push(next[id]);
          }
        });
        assert.deepEqual(said, tokens);
        const difference = relativeDifference(logits, winners);
        assert.ok(difference <= TOLERANCE, `the winners’ logits differ by ${difference}`);
        this.test!.title += ` (${new Set(said).size} different tokens, largest difference ${difference.toExponential(1)})`;
      });
    }
  });

  describe('says what passes of their own say', () => {
    const gguf = path.join(__dirname, '..', 'gguf', 'fixtures');
    const described = path.join(__dirname, '..', 'described');
    const models = [
      ...readdirSync(gguf)
        .map((name) => path.join(gguf, name, 'model.gguf'))
        .filter((file) => existsSync(file)),
      ...readdirSync(described)
        .map((name) => path.join(described, name))
        .filter((folder) => existsSync(path.join(folder, 'visit.model.json'))),
    ];
    for (const model of models) {
      it(path.relative(path.join(__dirname, '..'), model), async () => {
        await withModel(model, async (loaded) => {
          const { vocabSize, contextLength } = loaded.info;
          const ids = Array.from({ length: Math.min(12, contextLength) }, (_, i) => (7 * i + 3) % vocabSize);
          for (let length = 4; length <= ids.length; length++) {
            const next = await loaded.nextLogits(ids.slice(0, length), patient);
            const difference = relativeDifference(next, await logitsOfPass(loaded, ids.slice(0, length)));
            assert.ok(difference <= TOLERANCE, `after ${length} tokens logits differ by ${difference}`);
          }
        });
      });
    }

    it('of a prompt that is longer than what is run at once, and of others that share its beginning', async () => {
      await withModel(path.join(__dirname, '..', '..', '..', 'models', 'visit-small'), async (loaded) => {
        const ids = Array.from({ length: 250 }, (_, i) => (31 * i + 5) % loaded.info.vocabSize);
        const branched = [...ids.slice(0, 140), 7, 8, 9];
        for (const sequence of [ids, ids.slice(0, 240), branched, [...branched, 4], [...branched, 4], ids.slice(5)]) {
          const difference = relativeDifference(await loaded.nextLogits(sequence, patient), await logitsOfPass(loaded, sequence));
          assert.ok(difference <= TOLERANCE, `after ${sequence.length} tokens logits differ by ${difference}`);
        }
      });
    });

    it('after a run that was cancelled among the blocks', async () => {
      await withModel(path.join(__dirname, '..', '..', '..', 'models', 'visit-small'), async (loaded) => {
        const ids = [5, 36, 67, 98, 129];
        await loaded.nextLogits(ids, patient);
        let looks = 0;
        const signal = {
          get aborted() {
            return ++looks > 3;
          },
        };
        const next = [...ids, 11];
        await assert.rejects(loaded.nextLogits(next, { ...patient, signal }), { code: 'cancelled' });
        const difference = relativeDifference(await loaded.nextLogits(next, patient), await logitsOfPass(loaded, next));
        assert.ok(difference <= TOLERANCE, `logits differ by ${difference}`);
      });
    });
  });
});
