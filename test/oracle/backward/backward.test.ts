import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { TokenScore } from '../../../src/core/format/flow-graph';
import { readBackwardLens, type BackwardLens, type DirectionReading, type LayerGradients } from '../../../src/core/insight/backward-lens';
import { openFixture, patient, relativeDifference, type Fixture } from '../fixture';
import { readSafetensors, type ExpectedTensor } from '../read-safetensors';

/** Of a list's largest value. */
const TOLERANCE = 1e-4;
/** As in make_backward.py, which keeps one token more. */
const TOKENS = 10;
const NEURONS = 4;

interface Question {
  readonly position: number;
  readonly layer: number;
  readonly target: number;
}

const QUESTIONS = JSON.parse(readFileSync(path.join(__dirname, 'questions.json'), 'utf8')) as Readonly<Record<string, readonly Question[]>>;

/** Compares with one question of a fixture, and knows what was compared. */
class Reference {
  readonly compared = new Set<string>();
  largest = 0;

  constructor(private readonly tensors: ReadonlyMap<string, ExpectedTensor>) {}

  numbers(key: string, actual: readonly number[]): void {
    const difference = relativeDifference(actual, this.tensor(key).data);
    assert(difference <= TOLERANCE, `${key} differs by ${difference}`);
    this.largest = Math.max(this.largest, difference);
  }

  /** The tokens at both ends of every row's lens, and their logits. */
  readings(key: string, actual: readonly DirectionReading[]): void {
    for (const end of ['top', 'bottom'] as const) {
      const ids = this.tensor(`${key}.${end}Ids`);
      const logits = this.tensor(`${key}.${end}Logits`).data;
      const [rows, width] = ids.shape as [number, number];
      assert.deepEqual([actual.length, width], [rows, TOKENS + 1], key);
      actual.forEach((reading, row) => {
        const there = (data: ArrayLike<number>) => Array.from({ length: width }, (_, n) => data[row * width + n]);
        const what = `${key} ${row}, ${end}`;
        if (reading === null)
          return assert(
            there(logits).every((logit) => logit === 0),
            `${what} is not read`,
          );
        this.list(what, reading[end], there(ids.data), there(logits));
      });
    }
  }

  private list(what: string, tokens: readonly TokenScore[], ids: readonly number[], logits: readonly number[]): void {
    const size = Math.max(...logits.map(Math.abs));
    const near = (a: number, b: number) => Math.abs(a - b) <= TOLERANCE * size;
    assert.equal(tokens.length, TOKENS, what);
    tokens.forEach(({ id, logit }, n) => {
      this.largest = Math.max(this.largest, Math.abs(logit - logits[n]) / size);
      assert(near(logit, logits[n]), `${what}, token ${n}: logit ${logit} instead of ${logits[n]}`);
      // Rounding decides between tokens whose logits are the same but for it.
      const possible = ids.filter((_, m) => near(logits[m], logits[n]));
      assert(possible.includes(id), `${what}, token ${n}: ${id} instead of ${possible.join(' or ')}`);
    });
  }

  private tensor(key: string): ExpectedTensor {
    const found = this.tensors.get(key);
    assert(found, `there is no ${key}`);
    this.compared.add(key);
    return found;
  }
}

function compare(reference: Reference, i: number, { loss, stream }: BackwardLens, layer: LayerGradients): void {
  const at = (key: string) => `${i}.${key}`;
  const { update } = layer;
  reference.numbers(at('loss'), [loss]);
  const [before, after] = stream;
  const gradients = { before: before.positions, after: after.positions, attnOut: layer.attnOut, mlpOut: layer.mlpOut };
  for (const [key, positions] of Object.entries(gradients)) {
    reference.numbers(
      at(`${key}.norms`),
      positions.map(({ norm }) => norm),
    );
    reference.readings(
      at(key),
      positions.map(({ reading }) => reading),
    );
  }
  for (const part of ['imprint', 'shift'] as const) {
    const parts = update.positions.map((position) => position[part]);
    reference.numbers(
      at(`${part}.strengths`),
      parts.map(({ strength }) => strength),
    );
    reference.readings(
      at(part),
      parts.map(({ reading }) => reading),
    );
  }
  reference.numbers(at('rank'), [update.rank]);
  const { up, gate, down } = update.norms;
  reference.numbers(at('matrices'), gate === undefined ? [up, down] : [up, gate, down]);
  const neurons = update.neurons;
  reference.numbers(
    at('neuronIds'),
    neurons.map(({ neuron }) => neuron),
  );
  reference.numbers(
    at('neuronStrengths'),
    neurons.map(({ strength }) => strength),
  );
  const vectors = {
    up: neurons.map(({ key }) => key),
    gate: neurons.flatMap((neuron) => neuron.gate ?? []),
    down: neurons.map(({ value }) => value),
  };
  for (const [key, found] of Object.entries(vectors)) {
    if (found.length === 0) continue;
    reference.readings(
      at(`neuron.${key}`),
      found.map(({ reading }) => reading),
    );
  }
}

describe('The backward lens', () => {
  for (const [name, questions] of Object.entries(QUESTIONS)) {
    it(`on the ${name} checkpoint agrees with the paper’s formulas on torch’s gradients of the matrices`, async function () {
      const fixture: Fixture = await openFixture(name);
      const tensors = readSafetensors(path.join(__dirname, `${name}.safetensors`));
      const reference = new Reference(tensors);
      for (const [i, { position, layer, target }] of questions.entries()) {
        const options = { position, layer, target: { id: target }, tokens: TOKENS, neurons: NEURONS };
        const found = await readBackwardLens(fixture.pass, options, (at) => fixture.loaded.backward(fixture.pass, at, patient));
        assert(found.layer);
        compare(reference, i, found, found.layer);
      }
      assert.deepEqual(
        [...tensors.keys()].filter((key) => !reference.compared.has(key)),
        [],
        'tensors that nothing was compared with',
      );
      this.test!.title += ` (largest difference ${reference.largest.toExponential(1)})`;
    });
  }
});
