import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeModel, type DescribedModel } from '../../../../src/model/architecture/registry';
import { rangesOf, type WeightType } from '../../../../src/model/checkpoint/storage';
import { openCheckpoint } from '../../../../src/model/checkpoint/open';
import { measureMemory } from '../../../../src/engine/memory/available';
import { planSentence } from '../../../../src/engine/memory/plan';
import { copiesAtOnce } from '../../../../src/engine/memory/copies-at-once';
import { memoryNeed } from '../../../../src/engine/memory/need';
import { requireMemory } from '../../../../src/engine/memory/require-memory';
import { SLOW, writeGpt2 } from '../../../engine/checkpoint-files';
import { rejects } from '../../../support/rejects';

describe('the memory that a model needs', () => {
  let model: DescribedModel;
  before(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'visit-memory-'));
    writeGpt2(folder, SLOW);
    model = describeModel(await openCheckpoint(folder));
    rmSync(folder, { recursive: true });
  });
  const stored = (dtype: WeightType): DescribedModel => ({
    ...model,
    weights: new Map(
      [...model.weights].map(([name, tensor]) => [
        name,
        { ...tensor, storage: { kind: 'dense' as const, dtype, bytes: rangesOf(tensor.storage)[0] } },
      ]),
    ),
  });
  const bytes = (): number => [...model.weights.values()].reduce((sum, { shape }) => sum + 4 * shape.reduce((a, b) => a * b, 1), 0);

  it('is a copy of all weights where they are kept, one whatever the type', () => {
    for (const { keeping } of [memoryNeed(model), memoryNeed(stored('F16'))]) {
      const all = keeping.blocks + keeping.lens;
      assert.ok(all > 0.9 * bytes() && all <= bytes(), `${all} for ${bytes()}`);
    }
  });

  it('is that of the largest weight and of what is read where nothing is kept', () => {
    const largest = 4 * 4 * SLOW.width ** 2;
    const need = memoryNeed(stored('BF16')).model;
    assert.ok(need > largest && need < 1.5 * largest, `${need} for a weight of ${largest}`);
  });

  it('holds no copy of weights in blocks, of which only slices are dequantised at a time', () => {
    const blocks: DescribedModel = {
      ...model,
      weights: new Map(
        [...model.weights].map(([name, tensor]) => [
          name,
          tensor.shape.length < 2
            ? tensor
            : { ...tensor, storage: { kind: 'blocks', dtype: 'Q4_K', bytes: rangesOf(tensor.storage)[0] } as const },
        ]),
      ),
    };
    const { keeping, packing, model: least, dequantised } = memoryNeed(blocks);
    const vectors = [...model.weights.values()].filter(({ shape }) => shape.length < 2).reduce((sum, { shape }) => sum + 4 * shape[0], 0);
    assert.deepEqual(keeping, { blocks: vectors, lens: 0 });
    assert.deepEqual(packing, keeping);
    assert.ok(dequantised > 0);
    assert.ok(least < 1.5 * memoryNeed(stored('BF16')).model);
  });

  it('is said with what is dequantised at every use', () => {
    const need = { keeping: { blocks: 1e6, lens: 0 }, dequantised: 4.5e9 };
    const sentence = planSentence({ blocks: true, lens: true }, need, { available: 2e9, total: 4e9 });
    assert.match(
      sentence,
      /all weights that are not quantised .*1\.00 MB of 1\.00 MB.*; 4\.50 GB of quantised weights are dequantised at every use/,
    );
    assert.match(
      planSentence({ blocks: true, lens: true }, { ...need, dequantised: 0 }, { available: 2e9, total: 4e9 }),
      /keeps all weights ready/,
    );
  });

  it('for reading does not grow with the vocabulary where that is large', () => {
    const reading = (vocabSize: number): number => memoryNeed({ ...model, spec: { ...model.spec, vocabSize } }).model;
    assert.ok(reading(2_000_000) < 1.2 * reading(200_000), `${reading(2_000_000)} and ${reading(200_000)}`);
  });

  it('of a survey is one more copy of the blocks where they are repacked, and nothing where they lie in memory for all graphs', () => {
    const blocks = 12 * 4 * SLOW.width ** 2 * SLOW.layers;
    const { packing } = memoryNeed(model);
    assert.ok(packing.blocks > blocks && packing.blocks < 1.01 * blocks, `${packing.blocks} for blocks of ${blocks}`);
    assert.deepEqual(memoryNeed(stored('F16')).packing, { blocks: 0, lens: 0 });
  });

  it('grows with the prompt: the kept streams in proportion, attention with its square', () => {
    const { pass } = memoryNeed(model);
    const streams = (tokens: number): number => 4 * tokens * SLOW.width * (SLOW.layers + 1);
    assert.ok(pass(512) > streams(512) + 4 * SLOW.heads * 512 ** 2);
    assert.ok(pass(1) >= streams(1) && pass(1) < 1e6);
    for (const tokens of [1, 10, 100]) assert.ok(pass(2 * tokens) >= 2 * pass(tokens) && pass(2 * tokens) <= 4 * pass(tokens));
  });

  it('of gradients grows likewise', () => {
    const { backward, pass } = memoryNeed(model);
    for (const tokens of [1, 10, 100, 512]) assert.ok(backward(tokens) > pass(tokens) && backward(tokens) < 6 * pass(tokens));
    // In pieces: no more than in proportion.
    assert.ok(backward(8192) < 2.1 * backward(4096));
  });
});

describe('copies of a prompt that run together', () => {
  const need = { copies: (positions: number, copies: number) => 10 * positions * copies };
  const at = (positions: number, available: number) => copiesAtOnce(positions, need, { available, total: 1e9 });

  it('are fewer the longer it is, and one of a prompt that fills the rows itself', () => {
    assert.deepEqual(
      [1, 8, 100, 256, 2000].map((positions) => at(positions, 1e9)),
      [256, 32, 2, 1, 1],
    );
  });
  it('are halved until there is memory for them, and one even if there is none', () => {
    assert.deepEqual(
      [2560, 2559, 640, 0].map((available) => at(8, available)),
      [32, 16, 8, 1],
    );
  });
});

describe('memory that is short', () => {
  const memory = { available: 3e9, total: 8e9 };
  const need = async (bytes: number, ignoreMemory?: boolean): Promise<void> => requireMemory('ada/large', bytes, memory, ignoreMemory);

  it('is enough when it suffices', () => need(2.9e9));
  it('is refused with the figures', () =>
    rejects(need(6.2e9), 'memory-low', /ada\/large needs about 6\.20 GB of memory; only 3\.00 GB is free/));
  it('is used when someone insists', () => need(6.2e9, true));
  it('that the machine does not have is refused, whoever insists', () =>
    rejects(need(9e9, true), 'out-of-memory', /9\.00 GB/, /this machine has 8\.00 GB/));
});

describe('memory that is there', () => {
  const files =
    (contents: Record<string, string>) =>
    (path: string): string =>
      contents[path] ?? '';
  const meminfo = 'MemTotal:       16000000 kB\nMemFree:          100000 kB\nMemAvailable:    1000000 kB\n';

  it('is what Linux calls available, files that can be dropped included', async () => {
    assert.equal(measureMemory('linux', files({ '/proc/meminfo': meminfo })).available, 1_024_000_000);
  });

  it('is no more than any control group around the process leaves, whose files can be dropped too', async () => {
    const group = (path: string, max: string, current: number, file: number): Record<string, string> => ({
      [`/sys/fs/cgroup${path}/memory.max`]: max,
      [`/sys/fs/cgroup${path}/memory.current`]: `${current}\n`,
      [`/sys/fs/cgroup${path}/memory.stat`]: `anon 5\nfile ${file}\nkernel 3\n`,
    });
    const measured = measureMemory(
      'linux',
      files({
        '/proc/meminfo': meminfo,
        '/proc/self/cgroup': '1:name=systemd:/x\n0::/outer/inner\n',
        ...group('/outer/inner', 'max\n', 9e9, 0),
        ...group('/outer', '800000000\n', 700_000_000, 600_000_000),
      }),
    );
    assert.deepEqual(measured, { available: 700_000_000, total: 800_000_000 });
  });

  it('is measured on this machine', async () => {
    const { available, total } = measureMemory();
    assert.ok(available > 1e7 && available <= total, `${available} of ${total}`);
  });

  it('is trusted to be half of it on macOS, which counts as free only what was never used', async () => {
    const { available, total } = measureMemory('darwin');
    assert.ok(available >= total / 2);
  });
});
