import assert from 'node:assert/strict';
import path from 'node:path';
import type { PassGradients, Quantity, QuantityAt } from '../../../src/core/pass/gradients';
import { norm, rowOf } from '../../../src/core/pass/vector';
import { SessionPool } from '../../../src/engine/onnx/session-pool';
import { Weights } from '../../../src/engine/onnx/weights';
import { gradientsOf, type DifferentiablePass } from '../../../src/engine/runtime/gradients';
import { ModelGraphs } from '../../../src/engine/onnx/model-graphs';
import type { UnembeddingSpec } from '../../../src/model/architecture/model-spec';
import { describeModel, type DescribedModel } from '../../../src/model/architecture/registry';
import { openCheckpoint } from '../../../src/model/checkpoint/open';
import { rejects } from '../../support/rejects';
import { openFixture, patient, relativeDifference, type Fixture } from '../fixture';

/** What logits are multiplied with so that the most likely token is all but certain. */
const SHARP = 4;

describe('Gradients at the limits', () => {
  let fixture: Fixture;
  let described: DescribedModel;
  let last: number;
  before(async () => {
    fixture = await openFixture('trained');
    described = describeModel(await openCheckpoint(path.join(__dirname, '..', 'fixtures', 'trained', 'model')));
    last = fixture.tokens.length - 1;
  });

  /** Gradients of the fixture's pass in a model that ends in another way. */
  async function endings(change: Partial<UnembeddingSpec>, asked: readonly QuantityAt[]): Promise<PassGradients[]> {
    const { spec } = described;
    const weights = new Weights(described.weights);
    const graphs = new ModelGraphs(
      { ...spec, unembedding: { ...spec.unembedding, ...change } },
      weights,
      new SessionPool(weights, { keep: true, threads: 1 }),
    );
    const found: PassGradients[] = [];
    for (const at of asked) found.push(await gradientsOf(graphs, fixture.pass, at, patient));
    await graphs.release();
    return found;
  }
  const ending = async (change: Partial<UnembeddingSpec>, at: QuantityAt) => (await endings(change, [at]))[0];

  /** The most and the least likely token at the last position. */
  async function extremes(): Promise<{ top: number; bottom: number }> {
    const final = rowOf(fixture.pass.stream.at(-1)!, last, fixture.pass.model.dModel);
    const read = await fixture.pass.read(final, { target: { id: 0 }, k: 1, position: last });
    return { top: read.topIds[0], bottom: read.bottomIds[0] };
  }
  const size = (gradients: PassGradients) => norm(gradients.stream[0]);

  it('say that the softmax is saturated where log p has next to none, and the logit still has one', async () => {
    const { top: id } = await extremes();
    const position = last;
    const ordinary = await ending({}, { of: { kind: 'log-probability', id }, position });
    assert.equal(ordinary.saturated, undefined);
    // Logits a hundred times as large: the probability is 1 but for what float32 cannot show.
    const sharp = await ending({ scale: 100 }, { of: { kind: 'log-probability', id }, position });
    assert.equal(sharp.saturated, 'softmax');
    assert.ok(Math.abs(sharp.value) < 1e-6 && size(sharp) < 1e-3 * size(ordinary), `${sharp.value}, ${size(sharp)}`);
    const logit = await ending({ scale: 100 }, { of: { kind: 'logit', id }, position });
    assert.equal(logit.saturated, undefined);
    assert.ok(size(logit) > size(ordinary));
  });

  it('keep what is left of them near a probability of 1, where 1 − p rounds', async () => {
    const { top: id } = await extremes();
    const { vocabSize } = fixture.pass.model;
    const others = Array.from({ length: vocabSize }, (_, other) => other).filter((other) => other !== id);
    const of: Quantity[] = [{ kind: 'log-probability', id }, ...others.map((against) => ({ kind: 'difference' as const, id, against }))];
    const [logP, ...differences] = await endings(
      { scale: SHARP },
      of.map((quantity) => ({ of: quantity, position: last })),
    );
    const odds = differences.map(({ value }) => Math.exp(-value));
    const remainder = odds.reduce((sum, x) => sum + x, 0) / (1 + odds.reduce((sum, x) => sum + x, 0));
    assert.ok(remainder < 1e-7 && remainder > 1e-30, `1 − p is ${remainder}`);
    // ∂ log p = Σ p(other) · ∂ (logit − logit of the other), summed in double precision.
    for (const [border, gradient] of logP.stream.entries()) {
      const expected = Float64Array.from(gradient, (_, i) =>
        differences.reduce((sum, { stream }, n) => sum + odds[n] * (1 - remainder) * stream[border][i], 0),
      );
      assert.ok(relativeDifference(gradient, expected) < 1e-3);
    }
  });

  it('of log p exist for a token whose probability is 0 in float32: it is as good as the difference to the most likely one', async () => {
    const { top, bottom } = await extremes();
    const scale = 100;
    const impossible = await ending({ scale }, { of: { kind: 'log-probability', id: bottom }, position: last });
    const difference = await ending({ scale }, { of: { kind: 'difference', id: bottom, against: top }, position: last });
    assert.ok(impossible.value < -104, `p is ${Math.exp(impossible.value)}, and exp(-104) is 0 in float32`);
    assert.equal(impossible.saturated, undefined);
    assert.ok(Math.abs(impossible.value - difference.value) < 1e-2);
    for (const [border, gradient] of impossible.stream.entries()) {
      assert.ok(relativeDifference(gradient, difference.stream[border]) < 1e-4);
    }
  });

  it('say that logits are at their cap, where nothing moves any of them', async () => {
    const { top: id } = await extremes();
    for (const kind of ['logit', 'centred-logit', 'log-probability'] as const) {
      const capped = await ending({ scale: 1e3, softCap: 2 }, { of: { kind, id }, position: last });
      assert.equal(capped.saturated, 'soft-cap', kind);
    }
    const { saturated } = await ending({ softCap: 2 }, { of: { kind: 'logit', id }, position: last });
    assert.equal(saturated, undefined);
  });

  it('of a prompt of one token: nothing comes from where nothing can be chosen', async () => {
    const pass = await fixture.loaded.forward({ text: '', tokens: fixture.pass.tokens.slice(0, 1) }, patient);
    const gradients = await fixture.loaded.backward(pass, { of: { kind: 'logit', id: 5 }, position: 0 }, patient);
    const { q, k, v } = await gradients.block(0);
    assert.ok(q.every((x) => x === 0) && k.every((x) => x === 0) && v.some((x) => x !== 0));
  });

  it('that are not finite are a problem, wherever the number comes from', async () => {
    const at: QuantityAt = { of: { kind: 'logit', id: 3 }, position: last };
    const weights = new Weights(described.weights);
    const graphs = new ModelGraphs(described.spec, weights, new SessionPool(weights, { keep: true, threads: 1 }));
    const broken = (border: number, value: number): DifferentiablePass => {
      const stream = fixture.pass.stream.map((x) => x.slice());
      stream[border][2] = value;
      return { tokens: fixture.pass.tokens, stream, edits: new Map() };
    };
    const borders = fixture.pass.model.nLayers;
    await rejects(gradientsOf(graphs, broken(1, NaN), at, patient), 'weights-invalid', /block 1 .*not a finite number/);
    await rejects(gradientsOf(graphs, broken(0, Infinity), at, patient), 'weights-invalid', /block 0 /);
    await rejects(gradientsOf(graphs, broken(borders, NaN), { ...at, position: 0 }, patient), 'weights-invalid', /logits/);
    const pass = broken(0, 0);
    const gradients = await gradientsOf(graphs, pass, at, patient);
    pass.stream[0][2] = NaN;
    await rejects(gradients.feedForward(0), 'weights-invalid', /block 0 /);
    await graphs.release();
  });

  it('are refused for positions and tokens that do not exist, and for a token against itself', async () => {
    const ask = (of: Quantity, position = last) => fixture.loaded.backward(fixture.pass, { of, position }, patient);
    const { vocabSize } = fixture.pass.model;
    for (const position of [-1, last + 1, 0.5]) await rejects(ask({ kind: 'logit', id: 1 }, position), 'position-out-of-range');
    for (const id of [-1, vocabSize, 0.5]) {
      await rejects(ask({ kind: 'logit', id }), 'token-out-of-range');
      await rejects(ask({ kind: 'difference', id: 1, against: id }), 'token-out-of-range');
    }
    await rejects(ask({ kind: 'difference', id: 1, against: 1 }), 'against-itself', /two different tokens/);
  });

  it('tell how far they are, block by block from the last, and stop when they are cancelled', async () => {
    const { nLayers } = fixture.pass.model;
    const at: QuantityAt = { of: { kind: 'logit', id: 1 }, position: last };
    const messages: string[] = [];
    const signal = { aborted: false };
    const context = { signal, report: ({ message }: { message: string }) => void messages.push(message) };
    const gradients = await fixture.loaded.backward(fixture.pass, at, context);
    assert.deepEqual(
      messages,
      Array.from({ length: nLayers }, (_, i) => `gradient of block ${nLayers - i} of ${nLayers}`),
    );
    signal.aborted = true;
    await rejects(gradients.block(0), 'cancelled');
    await rejects(gradients.feedForward(0), 'cancelled');
    let steps = 0;
    const impatient = { aborted: false };
    const stopping = { signal: impatient, report: () => void (impatient.aborted = ++steps === 2) };
    await rejects(fixture.loaded.backward(fixture.pass, at, stopping), 'cancelled');
    assert.equal(steps, 2);
  });

  it('are the same in a model that streams block by block', async () => {
    const weights = new Weights(described.weights);
    const streaming = new ModelGraphs(described.spec, weights, new SessionPool(weights, { keep: false, threads: 1 }));
    const at: QuantityAt = { of: { kind: 'difference', id: 1, against: 2 }, position: last - 2 };
    const [one, other] = [
      await gradientsOf(streaming, fixture.pass, at, patient),
      await fixture.loaded.backward(fixture.pass, at, patient),
    ];
    for (const [border, gradient] of one.stream.entries()) assert.ok(relativeDifference(gradient, other.stream[border]) < 1e-5);
  });
});
