/**
 * Times built engines against each other on one checkpoint, in turn in one run, so that the ratios hold on a busy machine: minima of a
 * graph of one layer, and the private memory of each process. Linux only.
 *
 *     npx tsx test/bench/large/engines.ts FOLDER ENGINE.js [ENGINE.js …] [--rounds 5]
 *     npx tsx test/bench/large/engines.ts FOLDER ENGINE.js --write       writes a random BF16 checkpoint of Gemma 3's shape there first: 0.5 GB
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { EngineClient } from '../../../src/engine-client/engine-client';
import type { EngineMethods } from '../../../src/core/protocol/engine';
import { GEMMA_3_268M, gemmaConfig, gemmaTensors } from './gemma-shape';
import { writeRandomShards } from './random-shards';

const TOKENS = 16;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '5' }, write: { type: 'boolean', default: false } },
});
const [folder, ...entries] = positionals;
if (folder === undefined || entries.length === 0) throw new Error('Which folder, and which engines?');

/** Anonymous memory of a process in MB. */
function privateMemory(pid: number | undefined): number {
  const line = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid ?? 'self'}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) / 1e3;
}

async function main(model: string): Promise<void> {
  if (options.write) {
    mkdirSync(model, { recursive: true });
    writeRandomShards(model, gemmaTensors(GEMMA_3_268M), gemmaConfig(GEMMA_3_268M), 'BF16');
  }
  const engines = entries.map((entry) => new EngineClient({ entry }));
  const figures = new Map<string, number[]>();
  const note = (what: string, engine: number, value: number, better: (a: number, b: number) => number): void => {
    const row = figures.get(what) ?? [];
    row[engine] = better(row[engine] ?? value, value);
    figures.set(what, row);
  };
  for (let round = 0; round <= Number(options.rounds); round++) {
    const order = round % 2 === 0 ? [...engines.keys()] : [...engines.keys()].reverse();
    for (const i of order) {
      const { vocabSize } = await engines[i].call('load', { model: { folder: model } });
      const prompt = { tokens: Array.from({ length: TOKENS }, (_, at) => (round * 131 + at * 997) % vocabSize) };
      const timed = async (what: string, asked: EngineMethods['graph']['params']['options']): Promise<void> => {
        const begin = performance.now();
        await engines[i].call('graph', { model: { folder: model }, prompt, options: asked });
        note(what, i, performance.now() - begin, Math.min);
      };
      await timed(round === 0 ? 'first graph, ms' : 'new prompt, ms', {});
      await timed('another layer, ms', { layers: { from: 0, to: 0 } });
      await timed('another position, ms', { position: TOKENS >> 1 });
      note('private memory, MB', i, privateMemory(engines[i].pid), Math.max);
    }
  }
  for (const [what, row] of figures) {
    const ratios = row.slice(1).map((value) => (value / row[0]).toFixed(2));
    process.stdout.write(
      `${what}: ${row.map((value) => value.toFixed(0)).join(', ')}${ratios.length > 0 ? ` (by the first: ${ratios.join(', ')})` : ''}\n`,
    );
  }
  for (const engine of engines) engine.dispose();
}

void main(folder);
