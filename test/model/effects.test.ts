import assert from 'node:assert/strict';
import path from 'node:path';
import { blockEffects } from '../../src/core/analyse/effects/block-effects';
import { parseActivation, partName } from '../../src/core/format/component';
import { buildEffects } from '../../src/core/insight/effects';
import type { DifferentiatedBlock } from '../../src/core/pass/effects';
import type { Quantity } from '../../src/core/pass/gradients';
import { PromptMeans } from '../../src/engine/interventions/prompt-means';
import { ModelGraphs } from '../../src/engine/onnx/model-graphs';
import { SessionPool } from '../../src/engine/onnx/session-pool';
import { Weights } from '../../src/engine/onnx/weights';
import { differentiate } from '../../src/engine/runtime/differentiate';
import type { ForwardPass } from '../../src/engine/runtime/forward-pass';
import type { LoadedModel } from '../../src/engine/runtime/loaded-model';
import { describeModel } from '../../src/model/architecture/registry';
import { openCheckpoint } from '../../src/model/checkpoint/open';
import type { PromptTokenizer } from '../../src/model/tokenizer/prompt-tokenizer';
import { rejects } from '../support/rejects';
import { openEmbeddedModel, patient } from './embedded-model';

const TEXT = 'The capital of Japan is the city of';
const last = 7;
/** Each component is made smaller by this part of itself. */
const PART = 0.02;

describe('Effects in the embedded model', () => {
  let model: LoadedModel;
  let tokenizer: PromptTokenizer;
  let pass: ForwardPass;
  let of: Quantity;
  before(async () => {
    ({ model, tokenizer } = await openEmbeddedModel());
    pass = await forward(TEXT);
    of = { kind: 'difference', id: idOf(' Tokyo'), against: idOf(' Paris') };
  });
  after(() => model.release());

  const forward = (text: string) => model.forward({ text, tokens: tokenizer.tokenize(text) }, patient);
  const idOf = (text: string): number => {
    const match = tokenizer.findToken(text);
    assert.ok(match.kind === 'one', text);
    return match.token.id;
  };
  const blocksOf = async (from: ForwardPass = pass): Promise<DifferentiatedBlock[]> => {
    const blocks: DifferentiatedBlock[] = [];
    const { blocks: walk } = await from.differentiate({ of, position: last }, { kind: 'zero' });
    for await (const block of walk(0)) blocks.unshift(block);
    return blocks;
  };
  const options = { position: last, target: null, strongest: 5, kinds: ['head', 'mlp', 'neuron', 'attention'] } as const;

  it('are as large as estimated when a component is made a little smaller, at any position', async function () {
    const blocks = await blocksOf();
    const { nHeads, dHead, dMlp, dModel } = model.info;
    let worst = 0;
    for (const name of [
      'blocks.3.attn.head.3@7',
      'blocks.0.attn.head.4@3',
      'blocks.2.attn@5',
      'blocks.0.mlp@3',
      'blocks.1.mlp.neuron.17@7',
    ]) {
      const component = parseActivation(name);
      const position = component.positions![0].from;
      const { values } = blocks[component.layer];
      const effects = blockEffects(blocks[component.layer], pass);
      const rows = (matrix: Float32Array, width: number, column: number, count: number): Float32Array =>
        matrix.slice(position * width + column, position * width + column + count);
      const found = {
        head: () => [
          rows(values.z, nHeads * dHead, (component as { head: number }).head * dHead, dHead),
          effects.heads[position * nHeads + (component as { head: number }).head],
        ],
        neuron: () => [
          rows(values.mlpPost, dMlp, (component as { neuron: number }).neuron, 1),
          effects.neurons[position * dMlp + (component as { neuron: number }).neuron],
        ],
        attention: () => [rows(values.attnOut, dModel, 0, dModel), effects.attention[position]],
        mlp: () => [rows(values.mlpOut, dModel, 0, dModel), effects.mlp[position]],
        source: () => assert.fail('none is asked for'),
        expert: () => assert.fail('none is asked for'),
      } as const;
      const [value, estimate] = found[component.kind]() as [Float32Array, number];
      const scaledBy = (factor: number) => ({
        component,
        from: new PromptMeans(
          { prompts: [], fingerprint: '' },
          new Map([[partName(component), new Map([[position, value.map((x) => x * factor)]])]]),
        ),
      });
      const { changed } = await model.measureEach(pass, [scaledBy(1 - PART), scaledBy(1 + PART)], { of, position: last }, patient);
      const change = (changed[1].value - changed[0].value) / (2 * PART);
      const off = Math.abs(change - estimate) / Math.max(Math.abs(estimate), 0.05);
      worst = Math.max(worst, off);
      assert.ok(off < 0.02, `${name}: ${change} instead of ${estimate}`);
    }
    this.test!.title += ` (off by at most ${(100 * worst).toFixed(1)} %)`;
  });

  it('are measured as an intervention changes the pass', async () => {
    const twin = await forward('The capital of France is the city of');
    const names = ['blocks.3.attn.head.3@7', 'blocks.0.attn.head.4@3', 'blocks.2.mlp@3-5', 'blocks.3.attn.head.3.value.3'];
    for (const from of [null, twin]) {
      const changes = names.map((name) => ({ component: parseActivation(name), from }));
      const { ordinary, changed } = await model.measureEach(pass, changes, { of, position: last }, patient);
      const logit = async (of_: { final: Float32Array }) =>
        (await pass.read(of_.final, { target: of, k: 1, position: last })).targetLogits[0];
      assert.ok(Math.abs(ordinary.value - (await logit(ordinary))) < 1e-3);
      for (const [i, change] of changes.entries()) {
        const intervened = await model.intervene(pass, [change], last, patient);
        const final = intervened.stream[model.info.nLayers].subarray(last * model.info.dModel, (last + 1) * model.info.dModel);
        const expected = ordinary.value - (await logit({ final }));
        assert.ok(Math.abs(ordinary.value - changed[i].value - expected) < 1e-3, names[i]);
      }
    }
  });

  it('are the same in a model that streams block by block', async () => {
    const { spec, weights: tensors } = describeModel(await openCheckpoint(path.join(__dirname, '..', '..', 'models', 'visit-small')));
    const weights = new Weights(tensors);
    const streaming = new ModelGraphs(spec, weights, new SessionPool(weights, { keep: false, threads: 1 }));
    const kept = await blocksOf();
    const { blocks } = await differentiate(streaming, pass, { of, position: last }, { kind: 'zero' }, patient);
    for await (const block of blocks(0)) {
      const [one, other] = [blockEffects(block, pass), blockEffects(kept[block.layer], pass)];
      one.heads.forEach((effect, i) => assert.ok(Math.abs(effect - other.heads[i]) < 1e-3));
    }
  });

  it('of a twin that is the same prompt are 0, and so are those of a mean over it', async () => {
    for (const baseline of [{ kind: 'twin', pass } as const, { kind: 'mean', passes: [pass, pass] } as const]) {
      const effects = await buildEffects(pass, { ...options, baseline }, patient);
      for (const { component, estimated } of effects.strongest) assert.ok(Math.abs(estimated) < 1e-4, `${component}: ${estimated}`);
    }
  });

  it('are null where a shorter twin has no partner, and refused where the position itself has none', async () => {
    const twin = await forward('Japan is the city of');
    const effects = await buildEffects(pass, { ...options, baseline: { kind: 'twin', pass: twin } }, patient);
    const { first } = effects.effects;
    assert.equal(first, pass.tokens.length - twin.tokens.length);
    for (const row of [
      ...effects.heads.flat(),
      ...effects.sources.flat(),
      ...effects.attention,
      ...effects.mlp,
      effects.embed,
      ...effects.stream,
    ]) {
      row.forEach((effect, position) => assert.equal(effect === null, position < first));
    }
    assert.ok(effects.strongest.every(({ position }) => position >= first));
    const short = { kind: 'twin', pass: await forward('of') } as const;
    await rejects(
      pass.differentiate({ of, position: 2 }, short),
      'no-such-component',
      /twin prompt is too short.*position 2/,
      /longer prompts/,
    );
    const mean = { kind: 'mean', passes: [short.pass] } as const;
    await rejects(pass.differentiate({ of, position: 2 }, mean), 'no-such-component', /prompts of the mean are too short/);
  });

  it('are there for a prompt of one token, and for a target whose probability is 0', async () => {
    const one = await forward('The');
    const effects = await buildEffects(one, { ...options, position: 0, baseline: { kind: 'zero' } }, patient);
    assert.ok(effects.heads.flat(2).length === model.info.nLayers * model.info.nHeads && effects.strongest.length === 5);
    const certain = await buildEffects(pass, { ...options, target: { id: idOf(' pen') }, baseline: { kind: 'zero' } }, patient);
    assert.ok(certain.target.probability < 1e-6 && certain.effects.saturated === undefined);
    assert.ok(certain.strongest.every(({ estimated }) => Number.isFinite(estimated) && estimated !== 0));
  });

  it('are no numbers, and a problem, where the weights are none; and stop when they are cancelled', async () => {
    const broken = Object.create(pass, { stream: { value: pass.stream.map((x) => x.map(() => NaN)) } }) as ForwardPass;
    await rejects(broken.differentiate({ of, position: last }, { kind: 'zero' }), 'weights-invalid', /not a finite number/);
    await rejects(pass.differentiate({ of, position: 99 }, { kind: 'zero' }), 'position-out-of-range', /Position 99 does not exist/);
    let steps = 0;
    const signal = { aborted: false };
    const stopping = { signal, report: () => void (signal.aborted = ++steps === 2) };
    const changes = [0, 1, 2, 3].map((layer) => ({ component: parseActivation(`blocks.${layer}.mlp@3`), from: null }));
    await rejects(model.measureEach(pass, changes, { of, position: last }, stopping), 'cancelled');
    assert.equal(steps, 2);
  });
});
