/**
 * What a graph costs the process that asks for it, as the editor's extension host does: the longest turn in which it serves nobody else,
 * when the graph first comes and when it is seen again; and the longest while that process downloads a model. The middle of several rounds,
 * by processor time. Ends with 1 when a figure is over its budget.
 *
 *     npx tsx test/bench/host.bench.ts           all layers of the model that comes with the extension
 *     npx tsx test/bench/host.bench.ts --large   also all 30 layers of a Llama of 135M in shape; writes 0.3 GB
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EngineClient } from '../../src/engine-client/engine-client';
import { KeptAnswers } from '../../src/host/session/kept-answers';
import { downloadModel } from '../../src/hub/remote/download';
import { inspectRepository } from '../../src/hub/remote/repository';
import { Figures } from './figures';
import { ID } from './hub-process';
import { LLAMA_135M, llamaConfig, llamaTensors } from './large/llama-shape';
import { writeRandomShards } from './large/random-shards';
import { turnsOf, type Turns } from './turns';
import { median } from './race';

const ROOT = path.resolve(__dirname, '..', '..');

const figures = new Figures();

async function bench(name: string, folder: string, layers: number, rounds: number): Promise<void> {
  const engine = new EngineClient({ entry: path.join(ROOT, 'dist', 'engine.js') });
  const kept = new KeptAnswers(engine, () => Promise.resolve('files'));
  const model = { folder };
  // The start of the engine is another matter.
  await engine.call('load', { model });
  const [first, again]: [Turns[], Turns[]] = [[], []];
  let note = '';
  for (let round = 0; round < rounds; round++) {
    const tokens = Array.from({ length: 16 }, (_, i) => (round * 131 + i * 997) % 4000);
    const ask = () => kept.call('graph', { model, prompt: { tokens }, options: { layers: { from: 0, to: layers - 1 } } });
    first.push(await turnsOf(ask));
    again.push(await turnsOf(ask));
    note = `${(await ask()).nodes.length} nodes`;
  }
  engine.dispose();
  const rows = [
    ['longest turn when it first comes', first, 'longest', 20],
    ['longest turn when it is seen again', again, 'longest', 20],
    ['until it is there again, by the clock', again, 'took', 100],
  ] as const;
  for (const [what, turns, of, budget] of rows) {
    figures.add({
      what: `host, ${name}, all ${layers} layers, ${what}`,
      value: median(turns.map((each) => each[of])),
      unit: 'ms',
      budget,
      note,
    });
  }
}

/** A download from another process of this machine, which is faster than any network. */
async function benchDownload(): Promise<void> {
  const hub = fork(path.join(__dirname, 'hub-process.ts'));
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'visit-bench-'));
  try {
    const [endpoint] = (await once(hub, 'message')) as [string];
    const turns: Turns[] = [];
    let bytes = 0;
    for (let round = 0; round < 3; round++) {
      const plan = await inspectRepository({ endpoint }, ID);
      bytes = plan.files.reduce((sum, file) => sum + file.bytes, 0);
      turns.push(await turnsOf(() => downloadModel({ endpoint }, plan, { cache: path.join(folder, String(round)) })));
    }
    figures.add({
      what: 'host, downloading a model, longest turn',
      value: median(turns.map(({ longest }) => longest)),
      unit: 'ms',
      budget: 20,
      note: `${(bytes / 1e6).toFixed(0)} MB in ${median(turns.map(({ took }) => took)).toFixed(0)} ms`,
    });
  } finally {
    hub.disconnect();
    rmSync(folder, { recursive: true });
  }
}

async function main(): Promise<void> {
  await bench('embedded model', path.join(ROOT, 'models', 'visit-small'), 8, 7);
  if (process.argv.includes('--large')) {
    const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'visit-bench-'));
    try {
      writeRandomShards(folder, llamaTensors(LLAMA_135M), llamaConfig(LLAMA_135M), 'BF16');
      await bench('Llama 135M', folder, LLAMA_135M.layers, 3);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  await benchDownload();
  if (figures.over) process.exitCode = 1;
}

void main();
