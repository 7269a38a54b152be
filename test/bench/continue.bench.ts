/**
 * What a further token costs after 512 tokens, as a ratio to what it costs after 16, on GPT-2 (124M) in shape: keys and values are kept, so it is
 * one row of every block and the attention to what came before, not another pass. Ends with 1 when the ratio is over its budget.
 *
 *     npx tsx test/bench/continue.bench.ts            # with --small: nothing; with a folder: on the model in it
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CallContext } from '../../src/core/call-context';
import { LoadedModel } from '../../src/engine/runtime/loaded-model';
import { openCheckpoint } from '../../src/model/checkpoint/open';
import { Figures } from './figures';
import { race } from './race';
import { writeRandomCheckpoint } from './random-checkpoint';

const GPT2 = { vocabSize: 50257, dModel: 768, layers: 12, heads: 12, context: 1024 };
const [LONG, SHORT] = [512, 16];
const BUDGET = 1.5;

const patient: CallContext = { signal: { aborted: false }, report: () => undefined };

/** Runs the last token after `length` − 1 others, of which keys and values are kept; each time another one. */
async function after(folder: string, length: number): Promise<{ readonly next: () => Promise<Float32Array>; release(): Promise<void> }> {
  const model = await LoadedModel.load(await openCheckpoint(folder), null, patient);
  const ids = Array.from({ length }, (_, i) => (i * 7919) % model.info.vocabSize);
  let last = 0;
  return {
    next: () => model.nextLogits([...ids.slice(0, -1), ++last % model.info.vocabSize], patient),
    release: () => model.release(),
  };
}

async function main(): Promise<void> {
  if (process.argv.includes('--small')) return;
  const given = process.argv.slice(2).find((argument) => !argument.startsWith('--'));
  const folder = given ?? mkdtempSync(path.join(realpathSync(tmpdir()), 'visit-bench-'));
  try {
    if (given === undefined) writeRandomCheckpoint(folder, GPT2);
    const [long, short] = [await after(folder, LONG), await after(folder, SHORT)];
    const { ratio, work, best } = await race(long.next, short.next);
    await long.release();
    await short.release();
    const figures = new Figures();
    figures.add({
      what: `${given === undefined ? 'GPT-2 124M' : path.basename(given)}, a token after ${LONG} tokens / after ${SHORT}`,
      value: work,
      unit: '',
      budget: BUDGET,
      note: `processor time; by the clock ${ratio.toFixed(2)}, ${best.toFixed(0)} ms`,
    });
    if (figures.over) process.exitCode = 1;
  } finally {
    if (given === undefined) rmSync(folder, { recursive: true });
  }
}

void main();
