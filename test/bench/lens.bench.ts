/**
 * What fitting a lens costs, as a ratio of processor time to the forward passes of its texts, on GPT-2 (124M) in shape and 20,000 tokens. Passes and sums are
 * timed on some of the texts in turn, since they take the same for every other; what comes after them is run as it is. Ends with 1 when
 * the ratio is over its budget.
 *
 *     npx tsx test/bench/lens.bench.ts            # with --small: nothing, the embedded model says nothing about it
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CallContext } from '../../src/core/call-context';
import { LensSums } from '../../src/engine/runtime/fitting/lens-sums';
import { countTokens, divide, unitsOf, type FittedPiece } from '../../src/engine/runtime/fitting/parts';
import { LoadedModel } from '../../src/engine/runtime/loaded-model';
import { openCheckpoint } from '../../src/model/checkpoint/open';
import { writeRandomCheckpoint } from './random-checkpoint';

/** Passes of its texts that a fit may take. */
const BUDGET = 3;

const GPT2 = { vocabSize: 50257, dModel: 768, layers: 12, heads: 12, context: 1024 };
const [TOKENS, PIECE] = [20_000, 200];

/** Units that are timed; their tokens are more than the stream is wide. */
const TIMED = 3;

const patient: CallContext = { signal: { aborted: false }, report: () => undefined };

/** Milliseconds of all threads: other programs on the machine do not count. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function bench(folder: string): Promise<boolean> {
  const model = await LoadedModel.load(await openCheckpoint(folder), null, patient);
  const { nLayers, dModel, vocabSize } = model.info;
  const pieces = Array.from({ length: Math.ceil(TOKENS / 0.8 / PIECE) }, (_, n): FittedPiece => {
    const ids = Array.from({ length: PIECE }, (_, i) => ((n * PIECE + i) * 7919 + n) % vocabSize);
    return { text: '', tokens: ids.map((id) => ({ id, text: '', start: 0, end: 0 })) };
  });
  const parts = divide(pieces);
  const units = unitsOf(parts.fitted, 'fitted');
  const sums = new LensSums('fitted', nLayers, dModel);
  const passes = async (of: readonly FittedPiece[]): Promise<void> => {
    for (const piece of of) await model.forward(piece, patient);
  };
  await passes(units[0].slice(0, 1));
  const times = { passes: 0, sums: 0 };
  for (let unit = 0; unit < TIMED; unit++) {
    const begin = processorTime();
    await passes(units[unit]);
    const between = processorTime();
    await model.sumTexts(parts, { sums, isWanted: (wanted) => wanted === unit }, patient);
    times.passes += between - begin;
    times.sums += processorTime() - between;
  }
  const timed = countTokens(units.slice(0, TIMED).flat());
  const begin = processorTime();
  await model.fitLens({ ...parts, fitted: units.slice(0, TIMED).flat() }, { sums }, patient);
  const rest = processorTime() - begin;
  await model.release();
  const held = countTokens(parts.chosen) + countTokens(parts.judged);
  const fitted = countTokens(parts.fitted);
  const all = (times.passes / timed) * (fitted + held);
  const ratio = ((times.sums / timed) * fitted + rest) / all;
  const seconds = (ms: number): string => (ms / 1000).toFixed(1);
  console.log(
    `${ratio > BUDGET ? 'OVER' : '  ok'}  a lens fitted on ${fitted} tokens: ${ratio.toFixed(2)} passes of its texts (budget ${BUDGET}; passes ${seconds(all)} s, sums with passes ${seconds((times.sums / timed) * fitted)} s, choosing, solving and judging ${seconds(rest)} s)`,
  );
  return ratio <= BUDGET;
}

async function main(): Promise<void> {
  if (process.argv.includes('--small')) return;
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'visit-bench-'));
  try {
    writeRandomCheckpoint(folder, GPT2);
    if (!(await bench(folder))) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

void main();
