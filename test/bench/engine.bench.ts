/**
 * What the engine's structure costs, as medians of ratios of two times taken in turn on the same machine, so that the figures
 * hold on a slow or busy one too:
 * - the lens with everything that it reads, against the bare matrix product that it cannot do without;
 * - blocks chained one session after the other, against one graph of the whole model;
 * - an ordinary pass where interventions have been made, against one where none ever was, by what it was before any were made.
 * Absolute times are printed for information. Ends with 1 when a ratio is over its budget.
 *
 *     npx tsx test/bench/engine.bench.ts            # a small model, and GPT-2 (124M) in shape
 *     npx tsx test/bench/engine.bench.ts --small    # the small one only
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import type { Component } from '../../src/core/format/component';
import type { CallContext } from '../../src/core/call-context';
import type { ModelSpec } from '../../src/model/architecture/model-spec';
import { describeModel } from '../../src/model/architecture/registry';
import { openCheckpoint } from '../../src/model/checkpoint/open';
import { unedited } from '../../src/engine/onnx/edits';
import { GraphBuilder } from '../../src/engine/onnx/graph-builder';
import { positionalInputs } from '../../src/engine/onnx/positional';
import { DataType } from '../../src/engine/onnx/proto';
import { floats, SessionPool } from '../../src/engine/onnx/session-pool';
import { Weights } from '../../src/engine/onnx/weights';
import { computeBlock } from '../../src/engine/onnx/wiring';
import { LoadedModel } from '../../src/engine/runtime/loaded-model';
import { buildBareProduct } from './bare-product';
import { quickest, race, type Race } from './race';
import { writeRandomCheckpoint, type Shape } from './random-checkpoint';

const SHAPES: Record<string, Shape> = {
  small: { vocabSize: 4096, dModel: 192, layers: 8, heads: 6, context: 128 },
  'GPT-2 124M': { vocabSize: 50257, dModel: 768, layers: 12, heads: 12, context: 1024 },
};

/** Largest ratio that is no regression. The lens of a small width does little arithmetic for each logit that it reads. */
const BUDGETS = { lens: { small: 5, 'GPT-2 124M': 2 }, chain: { small: 2, 'GPT-2 124M': 1.5 } } as const;

const patient: CallContext = { signal: { aborted: false }, report: () => undefined };

/** All blocks in one graph: what chained sessions are measured against. */
function buildWholeModel(weights: Weights, spec: ModelSpec): Uint8Array {
  const b = new GraphBuilder(weights);
  let stream = b.input('resid_pre', DataType.FLOAT, ['T', spec.dModel]);
  for (const block of spec.blocks) {
    const positional = positionalInputs(b, block.attention);
    stream = computeBlock(
      { b, block, variant: 'run', positional, edits: unedited, copies: null, contextLength: spec.contextLength, past: null },
      stream,
    ).post;
  }
  b.output('resid_post', stream, DataType.FLOAT, ['T', spec.dModel]);
  return b.finish('whole model');
}

/** Tokens of the prompts. */
const LENGTHS = [16, 64] as const;

let failures = 0;

function report(name: string, { ratio, best }: Race, budget: number, what: string): void {
  const over = ratio > budget;
  if (over) failures++;
  console.log(`${over ? 'OVER' : '  ok'}  ${name}: ${ratio.toFixed(3)} (budget ${budget}; ${what} ${best.toFixed(1)} ms)`);
}

async function bench(name: keyof typeof BUDGETS.lens, shape: Shape): Promise<void> {
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'visit-bench-'));
  try {
    writeRandomCheckpoint(folder, shape);
    const checkpoint = await openCheckpoint(folder);
    const { spec, weights: tensors } = describeModel(checkpoint);
    const weights = new Weights(tensors);
    const bare = new SessionPool(weights, { keep: true, threads: name === 'small' ? 1 : availableParallelism() });
    const model = await LoadedModel.load(checkpoint, null, patient);
    const pristine = await LoadedModel.load(checkpoint, null, patient);
    const d = shape.dModel;
    console.log(`\n${name}: ${shape.layers} layers, width ${d}, vocabulary ${shape.vocabSize}`);

    const promptOf = (T: number) => ({ text: '', tokens: Array.from({ length: T }, (_, id) => ({ id, text: '', start: 0, end: 0 })) });
    const beside = (prompt: ReturnType<typeof promptOf>) =>
      race(
        () => model.forward(prompt, patient),
        () => pristine.forward(prompt, patient),
        20_000,
      );
    // Two models of one process differ by up to 6 % before anything is done to either.
    const untouched = new Map<number, number>();
    for (const T of LENGTHS) untouched.set(T, (await beside(promptOf(T))).ratio);

    for (const T of LENGTHS) {
      const prompt = promptOf(T);
      const pass = await model.forward(prompt, patient);
      const whole = { key: 'whole', build: () => buildWholeModel(weights, spec), load: 'hot' as const };
      const feeds = { resid_pre: floats(pass.stream[0], [T, d]) };
      const chained = await race(
        () => model.forward(prompt, patient),
        () => bare.use(whole, (run) => run(feeds)),
      );
      const edited = (component: Component) => model.intervene(pass, [{ component, from: null }], T - 1, patient);
      await edited({ kind: 'head', layer: 0, head: 0 });
      const after = await beside(prompt);
      const grown = { ...after, ratio: after.ratio / (untouched.get(T) ?? NaN) };
      report(`forward in a model that interventions were made in / in one without, T = ${T}`, grown, 1.03, 'forward');
      const whatIf = await quickest(() => edited({ kind: 'head', layer: shape.layers - 1, head: 0 }));
      console.log(`      a head of the last layer off: ${whatIf.toFixed(1)} ms`);
      report(`chained blocks / one graph, T = ${T}`, chained, BUDGETS.chain[name], 'forward');

      const layer = shape.layers - 1;
      const position = T - 1;
      const state = await pass.block(layer, position);
      const heads = Array.from({ length: Math.min(10, shape.heads) }, (_, head) => head);
      const some = Array.from({ length: 25 }, (_, i) => i);
      const selection = { heads, sources: heads.map(() => [0, position]), oNeurons: some, neurons: some };
      const inspect = await quickest(() => pass.block(layer, position));
      const select = await quickest(() => pass.vectors(layer, position, state, selection));
      console.log(`      one block at one position: inspect ${inspect.toFixed(1)} ms, select ${select.toFixed(1)} ms`);
      if (T === 16) continue;

      for (const N of [150, 256]) {
        const rows = Float32Array.from({ length: N * d }, () => Math.random() - 0.5);
        const product = { key: 'product', build: () => buildBareProduct(weights, spec), load: 'hot' as const };
        const read = await race(
          () => pass.read(rows, { target: { id: 7 }, k: 20, position }),
          () => bare.use(product, (run) => run({ rows: floats(rows, [N, d]) })),
        );
        report(`lens / bare product, ${N} rows`, read, BUDGETS.lens[name], 'lens');
      }
    }
    await bare.release();
    await model.release();
    await pristine.release();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function main(): Promise<void> {
  await bench('small', SHAPES['small']);
  if (!process.argv.includes('--small')) await bench('GPT-2 124M', SHAPES['GPT-2 124M']);
  process.exitCode = failures > 0 ? 1 : 0;
}

void main();
