import assert from 'node:assert/strict';
import { buildFlowGraph } from '../../src/core/build/build-flow-graph';
import { buildLensGrid } from '../../src/core/insight/lens-grid';
import type { Explanation } from '../../src/core/insight/explanation';
import type { EngineMethods } from '../../src/core/protocol/engine';
import type { EngineCalls } from '../../src/engine-client/engine-calls';
import { explain } from '../../src/engine-client/explain';
import type { LoadedModel } from '../../src/engine/runtime/loaded-model';
import { createHandlers } from '../../src/engine/service/handlers';
import type { EngineHandlers } from '../../src/engine/service/engine-handlers';
import { MODEL, openEmbeddedModel, patient, published } from './embedded-model';

/** What the model's card says of its behaviours (README.md, "What can be read inside", made from this file). */
interface Readable {
  readonly 'induction heads': readonly (readonly [attention: number, head: string])[];
}

const readable = published('readable.json') as Readable;
const { rows } = published('grading-sample.json') as { readonly rows: readonly { readonly category: string; readonly prompt: string }[] };

/** Prompts of each behaviour, and on how many of them the first five causes must name what the card names. */
const PROMPTS = 20;
const NAMED = 19;

/** What the card names for each behaviour: heads as "5.2", neurons as "neuron 3.720". The prompts are the first of the grading sample, as they come. */
const BEHAVIOURS: readonly { readonly category: string; readonly parts: readonly string[] }[] = [
  { category: 'induction', parts: readable['induction heads'].slice(0, 3).map(([, head]) => head) },
  { category: 'indirect object', parts: ['2.2', '2.5', '4.5', '4.2', '2.0', '6.4'] },
  { category: 'capital recall', parts: ['neuron 3.720', 'neuron 0.442', 'neuron 2.54', 'neuron 4.266'] },
];

describe('The first five causes of what the embedded model says', () => {
  let model: LoadedModel;
  let engine: EngineCalls;
  before(async () => {
    const opened = await openEmbeddedModel();
    ({ model } = opened);
    const handlers = createHandlers({ loadModel: () => Promise.resolve(opened), buildFlowGraph, buildLensGrid });
    engine = callsOf(handlers);
  });
  after(() => model.release());

  for (const { category, parts } of BEHAVIOURS) {
    it(`name ${parts.join(', ')}, as its card does, on ${NAMED} of ${PROMPTS} prompts of ${category}`, async function () {
      const prompts = rows.filter((row) => row.category === category).slice(0, PROMPTS);
      assert.equal(prompts.length, PROMPTS);
      const missed: string[] = [];
      for (const { prompt } of prompts) {
        const explanation = await explain(engine, { model: { folder: MODEL }, prompt: { text: prompt }, options: { causes: 5 } });
        assert.equal(explanation.causes.length, 5);
        const named = partsNamed(explanation);
        if (!parts.some((part) => named.has(part))) missed.push(`${prompt}: ${[...named].join(' ')}`);
      }
      this.test!.title += `: ${PROMPTS - missed.length}`;
      assert.ok(PROMPTS - missed.length >= NAMED, `${PROMPTS - missed.length} of ${PROMPTS}; missed:\n${missed.join('\n')}`);
    });
  }
});

/** All heads and neurons that the causes name. */
function partsNamed({ causes }: Explanation): ReadonlySet<string> {
  return new Set(
    causes.flatMap(({ heads, neurons, steps = [] }) => [
      ...heads.map(({ layer, head }) => `${layer}.${head}`),
      ...neurons.map(({ layer, neuron }) => `neuron ${layer}.${neuron}`),
      ...steps.flatMap((step) => step.heads.map((head) => `${step.layer}.${head}`)),
    ]),
  );
}

function callsOf(handlers: EngineHandlers): EngineCalls {
  return {
    call: <K extends keyof EngineMethods>(method: K, params: EngineMethods[K]['params']): Promise<EngineMethods[K]['result']> =>
      handlers[method](params, { ...patient, opened: () => undefined }),
  };
}
