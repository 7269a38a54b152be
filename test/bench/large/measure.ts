/**
 * Memory and time of a checkpoint that does not fit into memory as F32: private memory of the model process while it runs a
 * pass and draws a graph, the progress that it reports, and how soon it stops when it is cancelled. Linux only.
 *
 *     npm run build
 *     npx tsx test/bench/large/measure.ts FOLDER [--tokens 16] [--layers 3]
 *     npx tsx test/bench/large/measure.ts FOLDER --write       writes Llama-2-7B's shape there first: 13.5 GB
 *     npx tsx test/bench/large/measure.ts FOLDER --llama3 --write    Llama-3.1-8B's: 16 GB
 *     npx tsx test/bench/large/measure.ts FOLDER --experts --write   eight layers of Qwen1.5-MoE's shape, 60 experts each: 9.4 GB
 *     npx tsx test/bench/large/measure.ts FOLDER --mxfp4 --write     eight layers of gpt-oss-20b's shape, experts in MXFP4: 4.1 GB
 *     npx tsx test/bench/large/measure.ts FILE.gguf --write    writes Llama-3.1-8B's shape in Q4_K to that file first: 4.5 GB
 *
 * Ends with 1 when private memory was above the budget at any time: 1 GB, and with --experts or --mxfp4 what one token goes through beside.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { EngineClient } from '../../../src/engine-client/engine-client';
import { activeGptOssBytes, GPT_OSS_20B, gptOssConfig, gptOssTensors } from './gpt-oss-shape';
import { LLAMA_2_7B, LLAMA_3_8B, llamaConfig, llamaTensors } from './llama-shape';
import { activeBytes, QWEN_MOE, qwenMoeConfig, qwenMoeTensors } from './qwen-moe-shape';
import { writeRandomGguf } from './random-gguf';
import { writeRandomShards } from './random-shards';

const SAMPLE_MS = 5;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    tokens: { type: 'string', default: '16' },
    layers: { type: 'string', default: '3' },
    write: { type: 'boolean', default: false },
    llama3: { type: 'boolean', default: false },
    experts: { type: 'boolean', default: false },
    mxfp4: { type: 'boolean', default: false },
  },
});
const [named] = positionals;
if (named === undefined) throw new Error('Which folder, or which GGUF file?');
const model = path.resolve(named);

/** Private memory of the model process that the largest models may take, in bytes. */
const BUDGET = 1e9 + (options.experts ? activeBytes(QWEN_MOE) : options.mxfp4 ? activeGptOssBytes(GPT_OSS_20B) : 0);

/** Anonymous memory of a process in bytes: what it owns, without the pages of files that it has mapped. */
function privateMemory(pid: number): number {
  const line = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) * 1024;
}

/** Processor time of a process in milliseconds, of all of its threads. */
function processorTime(pid: number | undefined): number {
  const [, numbers = ''] = readFileSync(`/proc/${pid ?? 'self'}/stat`, 'utf8').split(') ');
  const [user, system] = numbers.split(' ').slice(11, 13).map(Number);
  return 10 * (user + system);
}

/** The largest private memory of a process since the last look. */
class Peak {
  private largest = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly pid: () => number | undefined) {
    this.timer = setInterval(() => this.sample(), SAMPLE_MS);
  }

  take(): number {
    this.sample();
    const { largest } = this;
    this.largest = 0;
    return largest;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private sample(): void {
    const pid = this.pid();
    if (pid === undefined || !existsSync(`/proc/${pid}/status`)) return;
    this.largest = Math.max(this.largest, privateMemory(pid));
  }
}

const mega = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(2)} s`;

async function main(): Promise<void> {
  if (options.write && model.endsWith('.gguf')) {
    mkdirSync(path.dirname(model), { recursive: true });
    writeRandomGguf(model, llamaTensors(LLAMA_3_8B), LLAMA_3_8B);
  } else if (options.write) {
    mkdirSync(model, { recursive: true });
    if (options.experts) writeRandomShards(model, qwenMoeTensors(QWEN_MOE), qwenMoeConfig(QWEN_MOE));
    else if (options.mxfp4) writeRandomShards(model, gptOssTensors(GPT_OSS_20B), gptOssConfig(GPT_OSS_20B), 'BF16');
    else {
      const shape = options.llama3 ? LLAMA_3_8B : LLAMA_2_7B;
      writeRandomShards(model, llamaTensors(shape), llamaConfig(shape));
    }
  }
  const engine = new EngineClient({ entry: path.resolve('dist/engine.js'), log: (line) => process.stderr.write(`${line}\n`) });
  const peak = new Peak(() => engine.pid);
  const info = await engine.call('load', { model: { folder: model } });
  const count = Number(options.tokens);
  const prompt = (seed: number) => ({ tokens: Array.from({ length: count }, (_, i) => (seed + i * 997) % info.vocabSize) });
  const drawn = { layers: { from: info.nLayers - Number(options.layers), to: info.nLayers - 1 } };
  process.stdout.write(
    `${info.family}, ${(info.parameters / 1e9).toFixed(2)} billion parameters, ${info.dtype}, ${info.nLayers} blocks; ${count} tokens\n`,
  );
  process.stdout.write(`after loading: ${mega(peak.take())}\n`);

  const steps: { message: string; at: number; used: number; peak: number }[] = [];
  const begin = performance.now();
  const usedBefore = processorTime(engine.pid);
  const note = (message: string) =>
    steps.push({ message, at: performance.now() - begin, used: processorTime(engine.pid), peak: peak.take() });
  const graph = await engine.call(
    'graph',
    { model: { folder: model }, prompt: prompt(5), options: drawn },
    { onProgress: ({ message }) => note(message) },
  );
  note('done');
  // A step's message comes when it begins, so its peak is the one taken at the next message.
  const table = steps
    .slice(1)
    .map((step, i) => ({ message: steps[i].message, took: step.at - steps[i].at, used: step.used - steps[i].used, peak: step.peak }));
  const blocks = table.filter(({ message }) => /^block \d+ of/.test(message));
  const others = table.filter((step) => !blocks.includes(step));
  const largest = Math.max(...steps.map((step) => step.peak));
  const slowest = Math.max(...blocks.map(({ took }) => took));
  process.stdout.write(
    `pass: ${blocks.length} blocks of ${seconds(Math.min(...blocks.map(({ took }) => took)))} to ${seconds(slowest)}, ${seconds(blocks.reduce((sum, { used }) => sum + used, 0))} of processor time, at most ${mega(Math.max(...blocks.map((step) => step.peak)))}\n`,
  );
  for (const { message, took, used, peak: most } of others)
    process.stdout.write(`${message}: ${seconds(took)}, ${seconds(used)} of processor time, ${mega(most)}\n`);
  process.stdout.write(
    `graph of ${graph.nodes.length} nodes finished after ${seconds(performance.now() - begin)}, ${seconds(processorTime(engine.pid) - usedBefore)} of processor time; private memory at most ${mega(largest)}\n`,
  );

  // Another prompt, cancelled in its fourth block; the next call is answered when the engine has stopped.
  const { pid } = engine;
  const cancel = new AbortController();
  let cancelledAt = 0;
  const cancelled = engine.call(
    'graph',
    { model: { folder: model }, prompt: prompt(11), options: drawn },
    {
      signal: cancel.signal,
      onProgress: ({ message }) => {
        if (!message.startsWith('block 4 ')) return;
        cancelledAt = performance.now();
        cancel.abort();
      },
    },
  );
  await cancelled.catch(() => undefined);
  const told = performance.now() - cancelledAt;
  await engine.call('load', { model: { folder: model } });
  const stopped = performance.now() - cancelledAt;
  process.stdout.write(
    `cancel: answered after ${Math.round(told)} ms, the engine free after ${seconds(stopped)} (slowest block ${seconds(slowest)}), ${pid === engine.pid ? 'same process' : 'process replaced'}\n`,
  );
  process.stdout.write(`after all: ${mega(peak.take())}\n`);
  peak.stop();
  engine.dispose();
  if (largest > BUDGET) process.exitCode = 1;
}

void main();
