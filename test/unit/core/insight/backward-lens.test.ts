import assert from 'node:assert/strict';
import { readBackwardLens, type BackwardLensOptions } from '../../../../src/core/insight/backward-lens';
import type { PassGradients, QuantityAt } from '../../../../src/core/pass/gradients';
import { norm, rowOf } from '../../../../src/core/pass/vector';
import { saturationInWords } from '../../../../src/core/present/gradient-words';
import { backwardTable } from '../../../../src/cli/output/backward-table';
import { fakeGradients, outerProducts } from '../../../support/fake-gradients';
import { FakePass } from '../../../support/fake-pass';

describe('the backward lens', () => {
  const pass = new FakePass();
  const { dModel: d, nLayers } = pass.model;
  const position = 5;
  const options = { position, target: { id: 3 }, layer: 1, tokens: 6, neurons: 4 } as const;

  /** What is read, and the gradients that it was read from. */
  async function read(more: Parameters<typeof fakeGradients>[2] = {}, changed: Partial<BackwardLensOptions> = {}, of = pass) {
    let gradients: PassGradients | undefined;
    const asked: QuantityAt[] = [];
    const found = await readBackwardLens(of, { ...options, ...changed }, async (at) => {
      asked.push(at);
      return (gradients = fakeGradients(of, at, more));
    });
    assert(gradients && asked.length === 1, 'one backward pass');
    return { found, gradients, asked: asked[0] };
  }

  it('differentiates log p of the target, and calls its negative the loss', async () => {
    const { found, asked } = await read();
    assert.deepEqual(asked, { of: { kind: 'log-probability', id: 3 }, position });
    assert.equal(found.loss, 1.5);
    assert.deepEqual([found.target.id, found.target.chosen], [3, 'user']);
    assert.equal((await read({}, { target: null })).found.target.chosen, 'auto');
  });

  it('reads everything in one batch, up to the position under study', async () => {
    const before = pass.reads;
    const { found } = await read();
    assert.equal(pass.reads - before, 1);
    const { layer, stream } = found;
    assert.deepEqual(
      stream.map(({ border }) => border),
      [1, 2],
    );
    for (const list of [layer?.attnOut, layer?.mlpOut, layer?.update.positions]) assert.equal(list?.length, position + 1);
  });

  it('reads where descent would move a vector: along the gradient of log p, as a direction', async () => {
    const { found, gradients } = await read();
    const there = rowOf(gradients.stream[1], position, d);
    const scaled = there.map((x) => (x * Math.sqrt(d)) / norm(there));
    const expected = await pass.read(scaled, { target: { id: 3 }, k: 6, position });
    const { reading, norm: size } = found.stream[0].positions[position];
    assert.ok(Math.abs(size - norm(there)) < 1e-6);
    assert.deepEqual(
      reading?.top.map(({ id }) => id),
      [...expected.topIds],
    );
    assert.deepEqual(
      reading?.bottom.map(({ id }) => id),
      [...expected.bottomIds],
    );
  });

  for (const gated of [false, true]) {
    it(`writes what the sum of outer products says${gated ? ', with a gate' : ''}`, async () => {
      const { found, gradients } = await read({ gated });
      const { read: x, coefficients, up, gate, down } = await gradients.feedForward(1);
      const T = pass.tokens.length;
      const keys = outerProducts(x, up, T);
      const gates = gate && outerProducts(x, gate, T);
      const values = outerProducts(down, coefficients, T);
      const update = found.layer!.update;
      const near = (actual: number | undefined, expected: number) => assert.ok(Math.abs((actual ?? NaN) - expected) < 1e-5 * expected);
      const frobenius = (rows: Float32Array[]) => Math.hypot(...rows.map(norm));
      near(update.norms.up, frobenius(keys));
      near(update.norms.down, frobenius(values));
      if (gates) near(update.norms.gate, frobenius(gates));
      else assert.equal(update.norms.gate, undefined);

      const strengths = keys.map((key, n) => Math.hypot(norm(key), gates ? norm(gates[n]) : 0, norm(values[n])));
      const strongest = [...strengths.keys()].sort((a, b) => strengths[b] - strengths[a]).slice(0, 4);
      assert.deepEqual(
        update.neurons.map(({ neuron }) => neuron),
        strongest,
      );
      for (const { neuron, strength, key, gate: ofGate, value } of update.neurons) {
        near(strength, strengths[neuron]);
        near(key.norm, norm(keys[neuron]));
        near(value.norm, norm(values[neuron]));
        if (gates) near(ofGate?.norm, norm(gates[neuron]));
      }

      // One position's part is of rank one: its Frobenius norm is the product of two norms.
      const part = (matrix: Float32Array, i: number) => rowOf(matrix, i, matrix.length / T);
      update.positions.forEach(({ imprint, shift }, i) => {
        const alone = [up, ...(gate ? [gate] : [])].map((matrix) => frobenius(outerProducts(part(x, i), part(matrix, i), 1)));
        near(imprint.strength, Math.hypot(...alone));
        near(shift.strength, frobenius(outerProducts(part(down, i), part(coefficients, i), 1)));
      });
    });
  }

  it('reads nothing where there is no gradient, and does not count such positions', async () => {
    const { found } = await read({ silent: [2] });
    const { update, mlpOut } = found.layer!;
    assert.deepEqual([mlpOut[2].norm, mlpOut[2].reading], [0, null]);
    assert.deepEqual([update.positions[2].shift.strength, update.positions[2].shift.reading], [0, null]);
    assert.equal(update.rank, position);
    const { found: last } = await read({}, { layer: nLayers - 1 });
    assert.deepEqual(
      last.stream[1].positions.map(({ reading }) => reading !== null),
      [false, false, false, false, false, true],
      'the final stream counts at its own position alone',
    );
    assert.match(backwardTable(found, undefined), /^2 ·of +0\.00 +– +0\.00 +–$/m);
  });

  it('without a layer reads every border and looks into no block', async () => {
    const { found } = await read({}, { layer: null });
    assert.equal(found.layer, undefined);
    assert.equal(found.stream.length, nLayers + 1);
    assert.match(backwardTable(found, 60), /^after layer 2 /m);
  });

  it('of a prompt of one token writes at that token', async () => {
    const one = new FakePass('Japan');
    const { found } = await read({}, { position: 0 }, one);
    assert.equal(found.layer?.update.rank, 1);
    assert.equal(found.layer.update.positions.length, 1);
    const { found: borders } = await read({}, { position: 0, layer: null }, one);
    assert.ok(!backwardTable(borders, undefined).includes('every position'));
  });

  it('says that the gradient has vanished', async () => {
    const { found } = await read({ saturated: 'softmax' });
    assert.equal(found.saturated, 'softmax');
    assert.ok(backwardTable(found, undefined).includes(saturationInWords('softmax', found.target)));
    assert.match(saturationInWords('soft-cap', found.target), /soft-cap/);
  });
});
