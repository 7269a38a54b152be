import assert from 'node:assert/strict';
import path from 'node:path';
import { buildFlowGraph } from '../../src/core/build/build-flow-graph';
import { parseComponent } from '../../src/core/format/component';
import type { Intervention } from '../../src/core/format/intervention';
import { buildLensGrid } from '../../src/core/insight/lens-grid';
import type { BaselineInput } from '../../src/core/protocol/engine-inputs';
import type { GraphOptions } from '../../src/core/protocol/engine-options';
import { ModelGraphs } from '../../src/engine/onnx/model-graphs';
import { SessionPool } from '../../src/engine/onnx/session-pool';
import { Weights } from '../../src/engine/onnx/weights';
import { differentiate } from '../../src/engine/runtime/differentiate';
import type { ForwardPass } from '../../src/engine/runtime/forward-pass';
import type { LoadedModel } from '../../src/engine/runtime/loaded-model';
import { measureEach } from '../../src/engine/runtime/measure-effects';
import type { EngineHandlers, HandlerContext } from '../../src/engine/service/engine-handlers';
import { createHandlers } from '../../src/engine/service/handlers';
import type { ModelSpec } from '../../src/model/architecture/model-spec';
import { describeModel } from '../../src/model/architecture/registry';
import { openCheckpoint } from '../../src/model/checkpoint/open';
import type { PromptTokenizer } from '../../src/model/tokenizer/prompt-tokenizer';
import { rejects } from '../support/rejects';
import { openEmbeddedModel, patient } from './embedded-model';

const FOLDER = path.join(__dirname, '..', '..', 'models', 'visit-small');
const prompt = { text: 'The capital of Japan is the city of' };
const last = 7;
const FRANCE = { text: 'The capital of France is the city of' };
const ITALY = { text: 'The capital of Italy is the city of' };

/** Neither ordered by layer nor all at one position, one twice, one a part of another. */
const COMPONENTS = [
  'blocks.5.attn.head.2@7',
  'blocks.0.mlp@3',
  'blocks.3.attn.head.3.value.4@7',
  'blocks.3.attn@5-7',
  'blocks.0.mlp@-1',
  'blocks.7.mlp.neuron.17@7',
  'blocks.5.attn.head.2@7',
  'blocks.0.attn.head.1@0,2',
  'blocks.3.attn.head.3@7',
  'blocks.6.mlp@1',
];

describe('Measured effects in the embedded model', () => {
  const context: HandlerContext = { ...patient, opened: () => undefined };
  const model = { folder: FOLDER };
  let loaded: LoadedModel;
  let tokenizer: PromptTokenizer;
  let handlers: EngineHandlers;
  let pass: ForwardPass;
  before(async () => {
    ({ model: loaded, tokenizer } = await openEmbeddedModel());
    handlers = createHandlers({ loadModel: async () => ({ model: loaded, tokenizer }), buildFlowGraph, buildLensGrid });
    pass = await loaded.forward({ ...prompt, tokens: tokenizer.tokenize(prompt.text) }, patient);
  });
  after(() => loaded.release());

  const quantities: Readonly<Record<string, Pick<GraphOptions, 'target' | 'against' | 'measure'>>> = {
    'the logit less the mean': { target: { text: ' Tokyo' } },
    'the logit': { target: { text: ' Tokyo' }, measure: 'raw' },
    'the difference of two logits': { target: { text: ' Tokyo' }, against: { text: ' Paris' } },
  };
  const baselines: Readonly<Record<string, readonly [BaselineInput, (component: string) => Intervention]>> = {
    off: [{ baseline: 'zero' }, (component) => ({ mode: 'zero', component })],
    'as on a twin prompt': [{ baseline: 'twin', prompt: FRANCE }, (component) => ({ mode: 'patch', component, from: FRANCE })],
    'at its mean': [{ baseline: 'mean', prompts: [FRANCE, ITALY] }, (component) => ({ mode: 'mean', component, over: [FRANCE, ITALY] })],
  };
  for (const [quantity, reading] of Object.entries(quantities)) {
    for (const [how, [baseline, intervention]] of Object.entries(baselines)) {
      it(`are by how much ${quantity} of the graph falls with the component ${how}`, async () => {
        const options = { ...reading, position: last };
        const answer = await handlers.measureEffects({ model, prompt, options: { ...options, baseline, components: COMPONENTS } }, context);
        const graph = async (interventions: Intervention[]) => {
          const drawn = await handlers.graph({ model, prompt, options: { ...options, interventions } }, context);
          return drawn.target;
        };
        const ordinary = await graph([]);
        assert.ok(Math.abs(answer.effects.value - ordinary.measured) < 1e-4);
        assert.deepEqual(
          answer.components.map(({ component }) => parseComponent(component).kind),
          COMPONENTS.map((component) => parseComponent(component).kind),
        );
        for (const [i, { measured, probability }] of answer.components.entries()) {
          const changed = await graph([intervention(COMPONENTS[i])]);
          const fall = ordinary.measured - changed.measured;
          assert.ok(Math.abs(measured - fall) < 1e-4, `${COMPONENTS[i]}: ${measured} instead of ${fall}`);
          assert.ok(Math.abs(probability - changed.probability) < 1e-5, COMPONENTS[i]);
        }
        assert.deepEqual(answer.components[6], answer.components[0]);
        assert.ok(answer.components.some(({ measured }) => Math.abs(measured) > 0.05));
      });
    }
  }

  const changes = COMPONENTS.map((component) => ({ component: parseComponent(component), from: null }));
  const at = { of: { kind: 'centred-logit', id: 5 }, position: last } as const;

  /** The model with another end, or whose blocks come and go. */
  async function graphsOf(change: Partial<ModelSpec['unembedding']>, keep = true): Promise<ModelGraphs> {
    const { spec, weights: tensors } = describeModel(await openCheckpoint(FOLDER));
    const weights = new Weights(tensors);
    const unembedding = { ...spec.unembedding, ...change };
    return new ModelGraphs({ ...spec, unembedding }, weights, new SessionPool(weights, { keep, threads: 1 }));
  }

  it('are the same where blocks come and go, however many share a run', async () => {
    const streaming = await graphsOf({}, false);
    const { changed } = await loaded.measureEach(pass, changes, at, patient);
    for (const copies of [1, 3, 100]) {
      const measured = await measureEach(streaming, pass, changes, { at, copies }, patient);
      measured.changed.forEach(({ value }, i) =>
        assert.ok(Math.abs(value - changed[i].value) < 1e-4, `${COMPONENTS[i]}, ${copies} together`),
      );
    }
  });

  it('of a pass that is not finite are a problem with the weights', async () => {
    const broken = Object.create(pass, { stream: { value: pass.stream.map((x) => x.map(() => NaN)) } }) as ForwardPass;
    await rejects(loaded.measureEach(broken, changes, at, patient), 'weights-invalid', /not a finite number/);
  });

  it('are measured where a gradient vanishes, which the estimate says of a log probability or at a soft-cap', async () => {
    const certain = await graphsOf({ scale: 1000 });
    const capped = await graphsOf({ softCap: 1e-4 });
    const { tokens, stream } = pass;
    const [best] = (await pass.read(stream[loaded.info.nLayers].subarray(-loaded.info.dModel), { target: { id: 0 }, k: 1, position: last }))
      .topIds;
    const saturation = async (graphs: ModelGraphs, kind: 'log-probability' | 'centred-logit' | 'logit') => {
      const asked = { of: { kind, id: best }, position: last } as const;
      return (await differentiate(graphs, pass, asked, { kind: 'zero' }, patient)).saturated;
    };
    assert.equal(tokens.length, last + 1);
    assert.equal(await saturation(certain, 'log-probability'), 'softmax');
    // Effects are of logits, which a saturated softmax leaves alone.
    assert.equal(await saturation(certain, 'centred-logit'), undefined);
    assert.equal(await saturation(certain, 'logit'), undefined);
    assert.equal(await saturation(capped, 'logit'), 'soft-cap');
    const { ordinary, changed } = await measureEach(
      certain,
      pass,
      changes,
      { at: { of: { kind: 'logit', id: best }, position: last }, copies: 4 },
      patient,
    );
    assert.ok(changed.some(({ value }) => Math.abs(ordinary.value - value) > 10));
    await Promise.all([certain.release(), capped.release()]);
  });
});
