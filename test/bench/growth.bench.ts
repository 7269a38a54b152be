/**
 * How work grows with its size: exponents of the power laws that fit processor times best, over the length of the prompt, the number of layers, the size
 * of the vocabulary and the number of nodes drawn. An exponent of 1 doubles with the size. Writes 0.3 GB of random weights.
 * Ends with 1 when an exponent is over its budget.
 *
 *     npx tsx test/bench/growth.bench.ts             --write puts the table into docs/performance.md
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { serialize } from 'node:v8';
import { buildFlowGraph } from '../../src/core/build/build-flow-graph';
import type { CallContext } from '../../src/core/call-context';
import { DEFAULT_COUNTS } from '../../src/core/format/default-counts';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { layoutGraph } from '../../src/core/present/layout';
import { pack } from '../../src/core/protocol/columns/pack';
import { unpack } from '../../src/core/protocol/columns/unpack';
import { LoadedModel } from '../../src/engine/runtime/loaded-model';
import { openCheckpoint } from '../../src/model/checkpoint/open';
import { Figures } from './figures';
import { fitPower, type Point } from './fit-power';
import { writeRandomCheckpoint, type Shape } from './random-checkpoint';

/** Each size is measured at least so often, by turns with the others. */
const ROUNDS = 5;
const SMALL: Shape = { vocabSize: 4096, dModel: 128, layers: 4, heads: 4, context: 1024 };
const QUIET: CallContext = { signal: { aborted: false }, report: () => undefined };

const figures = new Figures('growth');
const root = mkdtempSync(path.join(realpathSync(tmpdir()), 'visit-bench-'));

/** Something whose time is taken at several sizes. */
type Work = () => unknown;

/** Least processor time of each piece of work in milliseconds, taken by turns. */
async function leastOf(works: readonly Work[]): Promise<number[]> {
  const least = works.map(() => Infinity);
  // The first runs make sessions, and do not count.
  for (const work of works) await work();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, work] of works.entries()) {
      const before = process.cpuUsage();
      await work();
      const { user, system } = process.cpuUsage(before);
      least[i] = Math.min(least[i], (user + system) / 1e3);
    }
  }
  return least;
}

/** Fits and reports. @param unit of what the points measure */
function report(what: string, points: readonly Point[], budget: number, unit = 'ms'): void {
  const { exponent, steepest } = fitPower(points);
  const each = points.map(([size, value]) => `${value < 10 ? value.toFixed(1) : value.toFixed(0)} at ${size}`).join(', ');
  figures.add({ what, value: exponent, unit: '', budget, note: `${unit}: ${each}; steepest step ${steepest.toFixed(2)}` });
}

/** Takes the time of work at several sizes, and reports how it grows. */
async function grows(what: string, sizes: readonly (readonly [size: number, work: Work])[], budget: number): Promise<void> {
  const least = await leastOf(sizes.map(([, work]) => work));
  report(
    what,
    sizes.map(([size], i) => [size, least[i]]),
    budget,
  );
}

async function load(shape: Shape): Promise<LoadedModel> {
  const folder = mkdtempSync(path.join(root, 'model-'));
  writeRandomCheckpoint(folder, shape);
  const model = await LoadedModel.load(await openCheckpoint(folder), null, QUIET);
  await drawn(model, 16, 1);
  while (await model.packNext());
  return model;
}

let prompts = 0;

/** A pass of a prompt that has not been run before. */
function pass(model: LoadedModel, length: number): ReturnType<LoadedModel['forward']> {
  const seed = prompts++;
  const tokens = Array.from({ length }, (_, i) => ({ id: (seed * 131 + i * 997) % 4000, text: '', start: 0, end: 0 }));
  return model.forward({ text: '', tokens }, QUIET);
}

/** The graph of the last layers at the last position, all of it read. */
async function drawn(model: LoadedModel, length: number, layers: number): Promise<FlowGraph> {
  const to = model.info.nLayers - 1;
  const options = { position: length - 1, target: null, layers: { from: to - layers + 1, to }, counts: DEFAULT_COUNTS };
  return buildFlowGraph(await pass(model, length), options, QUIET);
}

async function overTokens(): Promise<void> {
  const model = await load(SMALL);
  const lengths = [16, 64, 256, 1024];
  // Scores of attention are as many as tokens by tokens: with 1,024 of them and 128 channels more than half of a pass.
  await grows(
    'a pass, over tokens T',
    lengths.map((T) => [T, () => pass(model, T)]),
    1.4,
  );
  const passes = await Promise.all(lengths.map((T) => pass(model, T)));
  const last = { from: SMALL.layers - 1, to: SMALL.layers - 1 };
  await grows(
    'one layer’s graph of a pass that has run, over tokens T',
    passes.map((made) => {
      const options = { position: made.tokens.length - 1, target: null, layers: last, counts: DEFAULT_COUNTS };
      return [made.tokens.length, () => buildFlowGraph(made, options, QUIET)];
    }),
    1,
  );
  await model.release();
}

async function overLayers(): Promise<void> {
  const models = await Promise.all([4, 8, 16, 32].map((layers) => load({ ...SMALL, layers })));
  await grows(
    'a pass, over layers',
    models.map((model) => [model.info.nLayers, () => pass(model, 64)]),
    1.2,
  );
  await grows(
    'the graph of all layers, over layers',
    models.map((model) => [model.info.nLayers, () => drawn(model, 16, model.info.nLayers)]),
    1.2,
  );
  const deepest = models[models.length - 1];
  const graphs = await Promise.all([1, 4, 16, 32].map((layers) => drawn(deepest, 16, layers)));
  await overNodes(graphs);
  for (const model of models) await model.release();
}

async function overNodes(graphs: readonly FlowGraph[]): Promise<void> {
  report(
    'a message, over nodes',
    graphs.map((graph) => [graph.nodes.length, serialize(pack(graph)).length / 1e3]),
    1.05,
    'kB',
  );
  const over = (what: string, work: (graph: FlowGraph) => unknown, budget: number) =>
    grows(
      `${what}, over nodes`,
      graphs.map((graph) => [graph.nodes.length, () => work(graph)]),
      budget,
    );
  await over('packing and unpacking a message', (graph) => unpack(pack(graph)), 1.15);
  await over('the layout', (graph) => layoutGraph(graph), 1.15);
}

async function overVocabulary(): Promise<void> {
  const models = await Promise.all([4096, 16_384, 65_536, 262_144].map((vocabSize) => load({ ...SMALL, layers: 2, vocabSize })));
  await grows(
    'one layer’s graph, over the vocabulary V',
    models.map((model) => [model.info.vocabSize, () => drawn(model, 16, 1)]),
    1.1,
  );
  for (const model of models) await model.release();
}

async function main(): Promise<void> {
  try {
    await overTokens();
    await overLayers();
    await overVocabulary();
  } finally {
    rmSync(root, { recursive: true });
  }
  if (process.argv.includes('--write')) figures.write();
  if (figures.over) process.exitCode = 1;
}

void main();
