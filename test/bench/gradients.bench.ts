/**
 * What the gradients at all block borders cost, as medians of ratios of two times taken in turn: a backward pass, against the
 * forward pass that it goes back through. Ends with 1 when a ratio is over its budget.
 *
 *     npx tsx test/bench/gradients.bench.ts            # the embedded model, and GPT-2 (124M) in shape
 *     npx tsx test/bench/gradients.bench.ts --small    # the embedded one only
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Quantity } from '../../src/core/pass/gradients';
import type { CallContext } from '../../src/core/call-context';
import { LoadedModel } from '../../src/engine/runtime/loaded-model';
import { openCheckpoint } from '../../src/model/checkpoint/open';
import { race } from './race';
import { writeRandomCheckpoint } from './random-checkpoint';

/** Forward passes that a backward pass may take. */
const BUDGET = 3;

const EMBEDDED = path.join(__dirname, '..', '..', 'models', 'visit-small');
const GPT2 = { vocabSize: 50257, dModel: 768, layers: 12, heads: 12, context: 1024 };

const patient: CallContext = { signal: { aborted: false }, report: () => undefined };

let failures = 0;

async function bench(name: string, folder: string, lengths: readonly number[]): Promise<void> {
  const model = await LoadedModel.load(await openCheckpoint(folder), null, patient);
  const { nLayers, dModel, vocabSize } = model.info;
  console.log(`\n${name}: ${nLayers} layers, width ${dModel}, vocabulary ${vocabSize}`);
  for (const T of lengths) {
    const tokens = Array.from({ length: T }, (_, i) => ({ id: (i * 131) % vocabSize, text: '', start: 0, end: 0 }));
    const forward = () => model.forward({ text: '', tokens }, patient);
    const pass = await forward();
    const quantities: Quantity[] = [
      { kind: 'difference', id: 1, against: 2 },
      { kind: 'log-probability', id: 1 },
    ];
    for (const of of quantities) {
      const { ratio, best } = await race(() => model.backward(pass, { of, position: T - 1 }, patient), forward, 15_000);
      const over = ratio > BUDGET;
      if (over) failures++;
      console.log(
        `${over ? 'OVER' : '  ok'}  gradients of a ${of.kind} / forward, T = ${T}: ${ratio.toFixed(2)} (budget ${BUDGET}; ${best.toFixed(1)} ms)`,
      );
    }
  }
  await model.release();
}

async function main(): Promise<void> {
  await bench('visit-small', EMBEDDED, [16, 64, 256]);
  if (!process.argv.includes('--small')) {
    const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'visit-bench-'));
    try {
      writeRandomCheckpoint(folder, GPT2);
      await bench('GPT-2 124M', folder, [16, 64, 256]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  process.exitCode = failures > 0 ? 1 : 0;
}

void main();
