/**
 * What surveys of many prompts cost beside the forward passes that they cannot do without, as medians of ratios of two times
 * taken in turn: always-active neurons, and norms as filters. Ends with 1 when a ratio is over its budget.
 *
 *     npx tsx test/bench/insight.bench.ts            # a small model, and GPT-2 (124M) in shape
 *     npx tsx test/bench/insight.bench.ts --small    # the small one only
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findActiveNeurons } from '../../src/core/insight/active-neurons';
import { summariseNorms } from '../../src/core/insight/norm-filters';
import type { CallContext } from '../../src/core/call-context';
import { openCheckpoint } from '../../src/model/checkpoint/open';
import { LoadedModel } from '../../src/engine/runtime/loaded-model';
import { race } from './race';
import { writeRandomCheckpoint, type Shape } from './random-checkpoint';

/** A model in shape, how many prompts (reading what was found costs the same however many there are) are run of it, and the largest ratios that are no regression. */
interface Case {
  readonly shape: Shape;
  readonly prompts: number;
  readonly budgets: { readonly neurons: number; readonly norms: number };
}

const CASES: Readonly<Record<string, Case>> = {
  small: {
    shape: { vocabSize: 4096, dModel: 192, layers: 8, heads: 6, context: 128 },
    prompts: 200,
    budgets: { neurons: 1.6, norms: 3.5 },
  },
  'GPT-2 124M': {
    shape: { vocabSize: 50257, dModel: 768, layers: 12, heads: 12, context: 1024 },
    prompts: 100,
    budgets: { neurons: 1.8, norms: 3.5 },
  },
};

/** Tokens in a prompt: a short sentence. */
const LENGTH = 16;

const patient: CallContext = { signal: { aborted: false }, report: () => undefined };

let failures = 0;

async function bench(name: string, { shape, prompts: count, budgets }: Case): Promise<void> {
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'visit-bench-'));
  try {
    writeRandomCheckpoint(folder, shape);
    const model = await LoadedModel.load(await openCheckpoint(folder), null, patient);
    console.log(`\n${name}: ${count} prompts of ${LENGTH} tokens`);
    const prompts = Array.from({ length: count }, (_, p) => ({
      text: '',
      tokens: Array.from({ length: LENGTH }, (_, i) => ({ id: (p * 131 + i * 17) % shape.vocabSize, text: '', start: 0, end: 0 })),
    }));
    const summarized = (prompt: (typeof prompts)[number], context: CallContext) => model.forward(prompt, context, { summaries: true });
    const passes = async (): Promise<void> => {
      for (const prompt of prompts) await model.forward(prompt, patient);
    };
    const surveys = {
      neurons: () => findActiveNeurons(model.info, prompts, { atLeast: 0.95, perLayer: 100, tokens: 10 }, summarized, patient),
      norms: () => summariseNorms(model.info, prompts, 10, summarized, patient),
    };
    for (const [what, survey] of Object.entries(surveys) as [keyof typeof surveys, () => Promise<unknown>][]) {
      const { ratio, best } = await race(survey, passes);
      const over = ratio > budgets[what];
      if (over) failures++;
      console.log(
        `${over ? 'OVER' : '  ok'}  ${what} of ${count} prompts / their forward passes: ${ratio.toFixed(3)} (budget ${budgets[what]}; ${(best / count).toFixed(1)} ms a prompt)`,
      );
    }
    await model.release();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function main(): Promise<void> {
  const small = process.argv.includes('--small');
  for (const [name, one] of Object.entries(CASES)) if (!small || name === 'small') await bench(name, one);
  process.exitCode = failures > 0 ? 1 : 0;
}

void main();
