/**
 * What a device does to a model's times, and to its figures, against the processor of the same machine. Needs a device; not part of
 * `npm run bench`.
 *
 *     npx tsx test/bench/devices.ts --device webgpu FOLDER …       times of these models
 *     npx tsx test/bench/devices.ts --device webgpu --agreement FOLDER   largest differences, on every checkpoint in this folder's folders
 *     npx tsx test/bench/devices.ts --write gpt2|llama|llama-1b FOLDER   writes a random checkpoint of that shape there
 *     npx tsx test/bench/devices.ts --trial                        what “auto” measures
 *
 * Times are the best of several, in milliseconds; the two devices take turns.
 */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildFlowGraph } from '../../src/core/build/build-flow-graph';
import type { CallContext } from '../../src/core/call-context';
import { DEFAULT_COUNTS } from '../../src/core/format/default-counts';
import { DEVICES, type Device } from '../../src/core/protocol/device';
import { tried } from '../../src/engine/onnx/choose-provider';
import { EXECUTION_PROVIDERS } from '../../src/engine/onnx/execution-providers';
import { LoadedModel } from '../../src/engine/runtime/loaded-model';
import { openCheckpoint } from '../../src/model/checkpoint/open';
import { LLAMA_135M, llamaConfig, llamaTensors, type LlamaShape } from './large/llama-shape';
import { writeRandomShards } from './large/random-shards';
import { writeRandomCheckpoint } from './random-checkpoint';

const QUIET: CallContext = { signal: { aborted: false }, report: () => undefined };

/** A Llama of 1.5 billion parameters. */
const LLAMA_1B: LlamaShape = {
  vocabSize: 128256,
  dModel: 2048,
  layers: 16,
  heads: 32,
  keyValueHeads: 8,
  mlpWidth: 8192,
  context: 4096,
};

const WRITE: Readonly<Record<string, (folder: string) => void>> = {
  gpt2: (folder) => writeRandomCheckpoint(folder, { vocabSize: 50257, dModel: 768, layers: 12, heads: 12, context: 1024 }),
  llama: (folder) => writeRandomShards(folder, llamaTensors(LLAMA_135M), llamaConfig(LLAMA_135M), 'BF16'),
  'llama-1b': (folder) => writeRandomShards(folder, llamaTensors(LLAMA_1B), llamaConfig(LLAMA_1B), 'BF16'),
};

/** Each task runs so often, or until it has taken so many milliseconds. */
const [TIMES, LONG] = [10, 2500];

const { values: options, positionals: folders } = parseArgs({
  allowPositionals: true,
  options: {
    device: { type: 'string', default: 'webgpu' },
    agreement: { type: 'boolean', default: false },
    write: { type: 'string' },
    tokens: { type: 'string', default: '16,256' },
    trial: { type: 'boolean', default: false },
  },
});

const say = (line: string): boolean => process.stdout.write(`${line}\n`);

function promptOf(count: number, seed: number, vocabulary: number) {
  const tokens = Array.from({ length: count }, (_, i) => ({ id: (seed * 131 + i * 97 + 3) % vocabulary, text: '', start: 0, end: 0 }));
  return { text: '', tokens };
}

async function load(folder: string, device: Device): Promise<LoadedModel> {
  return LoadedModel.load(await openCheckpoint(folder), null, QUIET, { device });
}

/** Largest difference of two lists, relative to the largest number of the first. */
function difference(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let [largest, apart] = [0, 0];
  for (let i = 0; i < one.length; i++) {
    largest = Math.max(largest, Math.abs(one[i]));
    const d = Math.abs(one[i] - other[i]);
    apart = d <= apart ? apart : Number.isNaN(d) ? Infinity : d;
  }
  return apart / (largest || 1);
}

/** What a model says to a prompt on a device: the streams, and what the lens reads of the last of them. */
async function answers(model: LoadedModel, tokens: number) {
  const pass = await model.forward(promptOf(tokens, 1, model.info.vocabSize), QUIET);
  const last = pass.stream[pass.stream.length - 1];
  const read = await pass.read(last, { target: { id: 1 }, k: 5, position: tokens - 1 });
  return { streams: pass.stream, logits: read.topLogits, entropies: read.entropies };
}

async function agreement(folder: string, device: Device): Promise<void> {
  let worst = { name: '', value: 0 };
  let failed = 0;
  let count = 0;
  for (const name of readdirSync(folder)) {
    const model = [path.join(folder, name, 'model'), path.join(folder, name)].find((at) => existsSync(path.join(at, 'config.json')));
    if (model === undefined) continue;
    count++;
    try {
      const [ordinary, other] = [await load(model, 'cpu'), await load(model, device)];
      const [one, two] = [await answers(ordinary, 9), await answers(other, 9)];
      const streams = Math.max(...one.streams.map((stream, i) => difference(stream, two.streams[i])));
      const logits = Math.max(difference(one.logits, two.logits), difference(one.entropies, two.entropies));
      const value = Math.max(streams, logits);
      if (!(value <= worst.value)) worst = { name, value };
      say(
        `${value <= 1e-3 ? 'ok  ' : 'OFF '} ${name}: streams ${streams.toExponential(1)}, lens ${logits.toExponential(1)} (${other.device.name})`,
      );
      await Promise.all([ordinary.release(), other.release()]);
    } catch (error) {
      failed++;
      say(`FAIL ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  say(`${count} checkpoints, ${failed} failed; the largest difference is ${worst.value.toExponential(1)} (${worst.name})`);
}

/** Milliseconds of some tasks that take turns, the best of each. */
async function best(tasks: readonly (() => Promise<unknown>)[]): Promise<number[]> {
  const found = tasks.map(() => Infinity);
  for (const task of tasks) await task();
  const begin = performance.now();
  for (let time = 0; time < TIMES && (time < 2 || performance.now() - begin < LONG); time++) {
    for (const [i, task] of tasks.entries()) {
      const start = performance.now();
      await task();
      found[i] = Math.min(found[i], performance.now() - start);
    }
  }
  return found;
}

async function times(folder: string, device: Device): Promise<void> {
  const models: LoadedModel[] = [];
  const lengths = options.tokens.split(',').map(Number);
  for (const on of ['cpu', device] as const) {
    const start = performance.now();
    const model = await load(folder, on);
    await model.forward(promptOf(16, 0, model.info.vocabSize), QUIET);
    const first = performance.now() - start;
    while (await model.packNext());
    models.push(model);
    const memory = (process.memoryUsage().rss / 1e9).toFixed(2);
    say(
      `${path.basename(folder)} on ${on}: loaded and first pass ${first.toFixed(0)} ms, process ${memory} GB; ${model.device.words ?? ''}`,
    );
  }
  const { vocabSize, nLayers } = models[0].info;
  const row = (what: string, [one, other]: number[]): boolean =>
    say(`${path.basename(folder)}: ${what}: cpu ${one.toFixed(1)} ms, ${device} ${other.toFixed(1)} ms, ${(one / other).toFixed(2)} times`);
  let seed = 1;
  for (const tokens of lengths) {
    const pass = (model: LoadedModel) => () => model.forward(promptOf(tokens, seed++, vocabSize), QUIET);
    row(`pass of ${tokens} tokens`, await best(models.map(pass)));
  }
  const drawn = (layers: { from: number; to: number }) => (model: LoadedModel) => async () => {
    const pass = await model.forward(promptOf(16, seed++, vocabSize), QUIET);
    return buildFlowGraph(pass, { position: 15, target: null, layers, counts: DEFAULT_COUNTS }, QUIET);
  };
  row('graph of one layer, new prompt', await best(models.map(drawn({ from: nLayers - 1, to: nLayers - 1 }))));
  row(`graph of ${nLayers} layers, new prompt`, await best(models.map(drawn({ from: 0, to: nLayers - 1 }))));
  const [one, two] = [await answers(models[0], 16), await answers(models[1], 16)];
  const streams = Math.max(...one.streams.map((stream, i) => difference(stream, two.streams[i])));
  say(
    `${path.basename(folder)}: largest difference: streams ${streams.toExponential(1)}, lens ${difference(one.logits, two.logits).toExponential(1)}`,
  );
  for (const model of models) await model.release();
}

async function main(): Promise<void> {
  const device = DEVICES.find((name) => name === options.device);
  if (device === undefined) throw new Error(`Devices: ${DEVICES.join(', ')}`);
  if (options.trial)
    for (const provider of EXECUTION_PROVIDERS.filter((each) => each.contained()))
      say(`${provider.label}: ${JSON.stringify(await tried(provider))}`);
  for (const folder of folders) {
    if (options.write !== undefined) {
      mkdirSync(folder, { recursive: true });
      WRITE[options.write](folder);
    } else if (options.agreement) await agreement(folder, device);
    else await times(folder, device);
  }
}

void main();
