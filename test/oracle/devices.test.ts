import assert from 'node:assert/strict';
import path from 'node:path';
import type { Problem } from '../../src/core/problem';
import { chooseProvider } from '../../src/engine/onnx/choose-provider';
import { CPU, EXECUTION_PROVIDERS, type ExecutionProvider } from '../../src/engine/onnx/execution-providers';
import { ModelGraphs } from '../../src/engine/onnx/model-graphs';
import { nestedNodeNames } from '../../src/engine/onnx/nested-nodes';
import { buildLensGraph } from '../../src/engine/onnx/lens-graph';
import { SessionPool } from '../../src/engine/onnx/session-pool';
import { Weights } from '../../src/engine/onnx/weights';
import { LoadedModel } from '../../src/engine/runtime/loaded-model';
import { describeModel } from '../../src/model/architecture/registry';
import { openCheckpoint } from '../../src/model/checkpoint/open';
import { maxDifference, patient, promptOf } from './fixture';
import { rejects } from '../support/rejects';

const LLAMA = path.join(__dirname, 'families', 'fixtures', 'llama', 'model');
const EMBEDDED = path.join(__dirname, '..', '..', 'models', 'visit-small');

/** A provider as WebGPU is one, which the processor plays. */
const played: ExecutionProvider = { ...CPU, name: 'webgpu', label: 'WebGPU', copiesWeights: true };
/** One that is there and does not work. */
const broken: ExecutionProvider = {
  ...played,
  sessionOptions: (demand) => ({ ...CPU.sessionOptions(demand), executionProviders: ['no-such-provider'] }),
};

describe('The device that runs a model', () => {
  /** What each provider takes. */
  const takes = (device: number, processor: number) => (provider: ExecutionProvider) =>
    Promise.resolve(provider === CPU ? processor : device);
  const untimed = () => Promise.reject(new Error('nothing is to be timed'));

  it('is the processor where nothing else is asked for', async () => {
    assert.deepEqual(await chooseProvider('cpu', untimed, [broken]), { provider: CPU, reason: null });
  });

  it('is what is named, if it works', async () => {
    const { provider } = await chooseProvider('webgpu', untimed, [CPU, played]);
    assert.equal(provider, played);
  });

  it('is refused where it is named and does not work, is not contained, is not offered, or is none', async () => {
    const refused = async (device: string, providers: readonly ExecutionProvider[], says: RegExp) => {
      await rejects(chooseProvider(device, untimed, providers), 'device-unavailable', says);
    };
    await refused('webgpu', [CPU, broken], /WebGPU does not work on this machine: .*no-such-provider/);
    await refused('webgpu', [CPU, { ...played, contained: () => false }], /does not contain webgpu; it contains: cpu\./);
    await refused('cuda', EXECUTION_PROVIDERS, /CUDA is not offered/);
    await refused('gpu', EXECUTION_PROVIDERS, /There is no device “gpu”/);
    await refused(process.platform === 'darwin' ? 'directml' : 'coreml', EXECUTION_PROVIDERS, /does not contain/);
  });

  it('falls back to the processor where it is chosen, and says why', async () => {
    const reasonOf = async (provider: ExecutionProvider) => {
      const chosen = await chooseProvider('auto', takes(3, 4), [CPU, provider]);
      assert.equal(chosen.provider, CPU);
      return chosen.reason;
    };
    assert.match((await reasonOf(broken)) ?? '', /^WebGPU does not work: .*no-such-provider/);
    assert.match((await reasonOf({ ...played, contained: () => false })) ?? '', /does not contain WebGPU$/);
    assert.equal(await reasonOf({ ...played }), 'WebGPU would gain too little here: a block takes it 3.0 ms, and the processor 4.0 ms');
    const failing = await chooseProvider('auto', () => Promise.reject(new Error('Out of memory.')), [CPU, played]);
    assert.deepEqual(failing, { provider: CPU, reason: 'WebGPU does not work: Out of memory' });
  });

  it('is what is clearly faster where it is chosen', async () => {
    assert.deepEqual(await chooseProvider('auto', takes(1, 3), [CPU, played]), { provider: played, reason: null });
  });

  it('runs the graphs that are worth a copy of their weights, which it maps all of, and no others', async () => {
    const { spec, weights: found } = describeModel(await openCheckpoint(EMBEDDED));
    const weights = new Weights(found);
    const ran: string[] = [];
    const watched: ExecutionProvider = {
      ...played,
      sessionOptions: (demand) => {
        ran.push(demand.packs ? 'copied' : 'mapped');
        return CPU.sessionOptions(demand);
      },
    };
    const graphs = new ModelGraphs(spec, weights, new SessionPool(weights, { keep: true, patient: true, threads: 1 }, watched));
    weights.keepInMemory(() => true);
    const feeds = graphs.entering(0, 'run', new Float32Array(spec.dModel).fill(1), 1);
    await graphs.block(0, 'run', (run) => run(feeds));
    assert.deepEqual([ran, weights.bytesInMemory], [['copied'], 0]);
    await graphs.block(0, 'trace', (run) => run(graphs.entering(0, 'trace', new Float32Array(spec.dModel).fill(1), 1)));
    assert.deepEqual(ran, ['copied']);
    assert(weights.bytesInMemory > 0);
    await graphs.release();
  });

  it('gives way to the processor where it fails at work, with the same figures', async () => {
    const { spec, weights: found } = describeModel(await openCheckpoint(LLAMA));
    const block = async (...device: [ExecutionProvider?, ((failure: Problem) => void)?]) => {
      const weights = new Weights(found);
      const graphs = new ModelGraphs(spec, weights, new SessionPool(weights, { keep: true, threads: 1 }, ...device));
      const feeds = graphs.entering(0, 'run', new Float32Array(spec.dModel).fill(1), 1);
      try {
        return (await graphs.block(0, 'run', (run) => run(feeds))).floats('resid_post').slice();
      } finally {
        await graphs.release();
      }
    };
    const failures: string[] = [];
    const after = await block(broken, ({ message }) => failures.push(message));
    assert.equal(failures.length, 1);
    assert.match(failures[0], /no-such-provider/);
    assert.equal(maxDifference(after, await block()), 0);
    await rejects(block(broken), 'internal', /no-such-provider/);
  });

  it('is told with the model: what it is, and why', async () => {
    const load = async (folder: string, device: string) => {
      const lines: string[] = [];
      const model = await LoadedModel.load(await openCheckpoint(folder), null, patient, { device, log: (line) => lines.push(line) });
      await model.forward(promptOf([1, 2, 3]), patient);
      await model.release();
      return { device: model.device, log: lines.join('\n') };
    };
    assert.deepEqual((await load(LLAMA, 'cpu')).device, { name: 'cpu' });
    const small = await load(LLAMA, 'auto');
    assert.deepEqual(small.device, { name: 'cpu', words: 'The processor runs it: it is too small for another device to be faster.' });
    assert.match(small.log, /: The processor runs it: it is too small/);
    const quantised = await load(path.join(__dirname, 'gguf', 'fixtures', 'llama-blocks-of-32', 'model.gguf'), 'auto');
    assert.match(quantised.device.words ?? '', /its weights are quantised/);
  });

  it('leaves to the processor what is inside loops', async () => {
    const { spec, weights: found } = describeModel(await openCheckpoint(LLAMA));
    const names = nestedNodeNames(buildLensGraph(new Weights(found), spec, 'final norm'));
    assert(names.some((name) => name.startsWith('Exp')));
    assert(!names.some((name) => name.startsWith('Gemm')));
  });
});
