/**
 * What gradients and effects cost: the gradients at all block borders, and the estimated effects of everything, against the forward
 * pass that they go back through; measuring the strongest effects together, against one after the other. Figures are medians of
 * ratios of the processor time of two tasks that take turns, which other work on the machine changes least; the ratio of times on the
 * clock is told beside them. Ends with 1 when a ratio is over its budget.
 *
 *     npx tsx test/bench/gradients.bench.ts            # the embedded model, and GPT-2 (124M) in shape
 *     npx tsx test/bench/gradients.bench.ts --small    # the embedded one only
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseComponent } from '../../src/core/format/component';
import { buildEffects } from '../../src/core/insight/effects';
import { MEASURED_AT_ONCE } from '../../src/core/insight/measured-effects';
import type { Quantity } from '../../src/core/pass/gradients';
import type { CallContext } from '../../src/core/call-context';
import { LoadedModel } from '../../src/engine/runtime/loaded-model';
import { openCheckpoint } from '../../src/model/checkpoint/open';
import { race, type Race } from './race';
import { writeRandomCheckpoint } from './random-checkpoint';

/** Forward passes that a backward pass may take. */
const BUDGET = 3;
/** Forward passes that the estimate of all effects may take, by the prompt's length. The goal is 4 for either. */
const ESTIMATE_BUDGETS: Readonly<Record<number, number>> = { 9: 5, 100: 8 };

/** How many effects are measured. */
const MEASURED = 40;
/** What measuring them together may take of the time that it takes to measure each alone, by the prompt's length: with many rows, products are at their peak speed anyway. */
const TOGETHER_BUDGETS: Readonly<Record<number, number>> = { 9: 0.6, 100: 1.15 };

const EMBEDDED = path.join(__dirname, '..', '..', 'models', 'visit-small');
const GPT2 = { vocabSize: 50257, dModel: 768, layers: 12, heads: 12, context: 1024 };

/** Prompts that gradients are taken of. */
const LENGTHS = [16, 64, 256];

const patient: CallContext = { signal: { aborted: false }, report: () => undefined };

let failures = 0;

/** Says how a race went. */
function judge(what: string, { ratio, work, best }: Race, budget: number): void {
  const over = work > budget;
  if (over) failures++;
  console.log(
    `${over ? 'OVER' : '  ok'}  ${what}: ${work.toFixed(2)} (budget ${budget}; on the clock ${ratio.toFixed(2)}, ${best.toFixed(1)} ms)`,
  );
}

async function bench(name: string, folder: string, lengths: readonly number[]): Promise<void> {
  const model = await LoadedModel.load(await openCheckpoint(folder), null, patient);
  const { nLayers, dModel, vocabSize } = model.info;
  console.log(`\n${name}: ${nLayers} layers, width ${dModel}, vocabulary ${vocabSize}`);
  const prompt = async (T: number) => {
    const tokens = Array.from({ length: T }, (_, i) => ({ id: (i * 131) % vocabSize, text: '', start: 0, end: 0 }));
    const forward = () => model.forward({ text: '', tokens }, patient);
    return { forward, pass: await forward() };
  };
  for (const T of lengths) {
    const { forward, pass } = await prompt(T);
    const quantities: Quantity[] = [
      { kind: 'difference', id: 1, against: 2 },
      { kind: 'log-probability', id: 1 },
    ];
    for (const of of quantities) {
      const gradients = () => model.backward(pass, { of, position: T - 1 }, patient);
      judge(`gradients of a ${of.kind} / forward, T = ${T}`, await race(gradients, forward, 15_000), BUDGET);
    }
  }
  for (const T of Object.keys(TOGETHER_BUDGETS).map(Number)) {
    const { forward, pass } = await prompt(T);
    const position = T - 1;
    const estimate = (strongest: number) =>
      buildEffects(pass, { position, target: null, strongest, kinds: ['head', 'mlp'], baseline: { kind: 'zero' } }, patient);
    judge(`all effects / forward, T = ${T}`, await race(() => estimate(20), forward, 15_000), ESTIMATE_BUDGETS[T]);

    const { strongest, target } = await estimate(MEASURED);
    const at = { of: { kind: 'centred-logit', id: target.id }, position } as const;
    const changes = strongest.map(({ component }) => ({ component: parseComponent(component), from: null }));
    const together = async () => {
      for (let from = 0; from < changes.length; from += MEASURED_AT_ONCE) {
        await model.measureEach(pass, changes.slice(from, from + MEASURED_AT_ONCE), at, patient);
      }
    };
    const alone = async () => {
      for (const change of changes) await model.measure(pass, [change], at, patient);
    };
    const what = `measuring ${changes.length} effects together / alone, T = ${T}`;
    judge(what, await race(together, alone, 15_000), TOGETHER_BUDGETS[T]);
  }
  await model.release();
}

async function main(): Promise<void> {
  await bench('visit-small', EMBEDDED, LENGTHS);
  if (!process.argv.includes('--small')) {
    const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'visit-bench-'));
    try {
      writeRandomCheckpoint(folder, GPT2);
      await bench('GPT-2 124M', folder, LENGTHS);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  process.exitCode = failures > 0 ? 1 : 0;
}

void main();
