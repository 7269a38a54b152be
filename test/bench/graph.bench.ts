/**
 * What a graph costs against what it cannot do without, and what it takes in all: one pass and one bare product of as many rows,
 * the size of the answer, memory, the start of the process. Times are compared in turn within one run. Ends with 1 when a figure is
 * over its budget.
 *
 *     npx tsx test/bench/graph.bench.ts              the model that comes with the extension, and GPT-2 (124M) in shape; writes 0.5 GB
 *     npx tsx test/bench/graph.bench.ts --small      the first alone
 *     npx tsx test/bench/graph.bench.ts --large      also a Llama of 135M and a Gemma 3 of 268M in shape; writes 0.9 GB more
 *     npx tsx test/bench/graph.bench.ts --write      and puts the figures into docs/performance.md
 */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { serialize } from 'node:v8';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { pack } from '../../src/core/protocol/columns/pack';
import type { GraphOptions } from '../../src/core/protocol/engine-options';
import { EngineClient } from '../../src/engine-client/engine-client';
import { Figures } from './figures';
import { GEMMA_3_268M, gemmaConfig, gemmaTensors } from './large/gemma-shape';
import { LLAMA_135M, llamaConfig, llamaTensors } from './large/llama-shape';
import { writeRandomShards } from './large/random-shards';
import { writeRandomCheckpoint } from './random-checkpoint';
import { againstItsParts } from './parts';

const ROOT = path.resolve(__dirname, '..', '..');
const TOKENS = 16;
const ROUNDS = 5;

const figures = new Figures();

/** See `Bench.graph`. */
interface TimedGraph {
  readonly graph: FlowGraph;
  readonly first: number;
  readonly took: number;
}

/** A model in a process of its own. */
class Bench {
  readonly engine = new EngineClient({ entry: path.join(ROOT, 'dist', 'engine.js') });
  #prompts = 0;

  constructor(
    readonly name: string,
    readonly folder: string,
  ) {}

  /** Tokens that have not been run before. */
  prompt(): { readonly tokens: readonly number[] } {
    const seed = this.#prompts++;
    return { tokens: Array.from({ length: TOKENS }, (_, i) => (seed * 131 + i * 997) % 4000) };
  }

  /** A graph, how many milliseconds it took until what is seen first was there, as the panel asks for it, and how many all of it. */
  async graph(prompt: { readonly tokens: readonly number[] }, options: GraphOptions = {}): Promise<TimedGraph> {
    const asked = { model: { folder: this.folder }, prompt, options };
    const begin = performance.now();
    await this.engine.call('graph', { ...asked, seenFirst: true });
    const first = performance.now() - begin;
    // One that nothing is known of: as the command line asks for it.
    const again = { ...asked, prompt: this.prompt() };
    const start = performance.now();
    const graph = await this.engine.call('graph', again);
    return { graph, first, took: performance.now() - start };
  }

  /** Best times of graphs of new prompts, and the last graph. */
  async quickest(options: GraphOptions = {}, rounds = ROUNDS): Promise<TimedGraph> {
    let best = await this.graph(this.prompt(), options);
    for (let round = 1; round < rounds; round++) {
      const { graph, first, took } = await this.graph(this.prompt(), options);
      best = { graph, first: Math.min(best.first, first), took: Math.min(best.took, took) };
    }
    return best;
  }

  /** Anonymous memory of the process in MB; Linux only. */
  get privateMemory(): number {
    const line = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.engine.pid ?? 'self'}/status`, 'utf8'));
    return Number(line?.[1] ?? 0) / 1e3;
  }

  /** Size of an answer as it is sent between processes, in kB. */
  sent(graph: FlowGraph, budget: number, what: string): void {
    figures.add({
      what: `${this.name}, message of ${what}`,
      value: serialize(pack(graph)).length / 1e3,
      unit: 'kB',
      budget,
      note: `${graph.nodes.length} nodes`,
    });
  }
}

async function embedded(): Promise<void> {
  const bench = new Bench('embedded model', path.join(ROOT, 'models', 'visit-small'));
  const { first, took } = await bench.quickest({}, 30);
  figures.add({ what: 'embedded model, one layer, new prompt', value: first, unit: 'ms', budget: 12, note: allIn(took) });
  bench.engine.dispose();
}

async function gpt2(folder: string): Promise<void> {
  writeRandomCheckpoint(folder, { vocabSize: 50257, dModel: 768, layers: 12, heads: 12, context: 1024 });
  const file = path.join(folder, 'model.safetensors');
  const weights = statSync(file).size / 1e6;
  const bench = new Bench('GPT-2 124M', folder);
  const reads: number[] = [];
  for (let i = 0; i < 3; i++) {
    const begin = performance.now();
    readFileSync(file);
    reads.push(performance.now() - begin);
  }
  const read = Math.min(...reads);
  const started = await bench.graph(bench.prompt());
  figures.add({
    what: 'GPT-2 124M, start of the process to the first graph / reading the file',
    value: started.first / read,
    unit: '',
    budget: 3,
    note: `${started.first.toFixed(0)} ms`,
  });
  // So often that what is used often has been repacked.
  const one = await bench.quickest({}, 12);
  const all = { layers: { from: 0, to: 11 } } as const;
  const twelve = await bench.quickest(all, 3);
  bench.sent(one.graph, 150, 'one layer');
  bench.sent(twelve.graph, 1500, 'all 12 layers');
  figures.add({
    what: 'GPT-2 124M, private memory after all that',
    value: bench.privateMemory,
    unit: 'MB',
    budget: Math.round(weights * 1.1 + 150),
    note: `weights ${weights.toFixed(0)} MB`,
  });
  bench.engine.dispose();
  await againstItsParts(figures, folder);
}

async function large(root: string): Promise<void> {
  const [llama, gemma] = [path.join(root, 'llama'), path.join(root, 'gemma')];
  for (const folder of [llama, gemma]) mkdirSync(folder);
  writeRandomShards(llama, llamaTensors(LLAMA_135M), llamaConfig(LLAMA_135M), 'BF16');
  writeRandomShards(gemma, gemmaTensors(GEMMA_3_268M), gemmaConfig(GEMMA_3_268M), 'BF16');
  const [small, wide] = [new Bench('Llama 135M', llama), new Bench('Gemma 3 268M', gemma)];
  // By turns, as both share the machine with whatever else runs.
  const [ours, theirs] = [await small.quickest(), await wide.quickest()];
  figures.add({
    what: 'Gemma 3 268M / Llama 135M, one layer, by what their products say',
    value: theirs.took / ours.took / productsRatio(),
    unit: '',
    budget: 1.5,
    note: `${theirs.took.toFixed(0)} and ${ours.took.toFixed(0)} ms; what is seen first in ${theirs.first.toFixed(0)} and ${ours.first.toFixed(0)} ms`,
  });
  wide.engine.dispose();
  const all = await small.quickest({ layers: { from: 0, to: LLAMA_135M.layers - 1 } }, 3);
  figures.add({ what: 'Llama 135M, all 30 layers', value: all.first, unit: 'ms', budget: 1200, note: allIn(all.took) });
  small.sent(all.graph, 3000, 'all 30 layers');
  small.engine.dispose();
}

/** Times are until what is seen first is there. */
function allIn(took: number): string {
  return `all of it in ${took.toFixed(0)} ms`;
}

/** Multiplications of the unembedding, of which a graph of one layer makes most, of Gemma by Llama. */
function productsRatio(): number {
  return (GEMMA_3_268M.vocabSize * GEMMA_3_268M.dModel) / (LLAMA_135M.vocabSize * LLAMA_135M.dModel);
}

async function main(): Promise<void> {
  const has = (option: string): boolean => process.argv.includes(option);
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'visit-bench-'));
  try {
    await embedded();
    if (!has('--small')) await gpt2(folder);
    if (has('--large')) await large(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
  if (has('--write')) figures.write();
  if (figures.over) process.exitCode = 1;
}

void main();
