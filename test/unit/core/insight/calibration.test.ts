import assert from 'node:assert/strict';
import { calibrate, type Measure } from '../../../../src/core/insight/calibrate';
import {
  CALIBRATED_KINDS,
  layersOf,
  THIRDS,
  thirdOf,
  type Calibration,
  type CalibrationPoint,
} from '../../../../src/core/insight/calibration';
import { calibrationRows, correlationOf, thinned } from '../../../../src/core/insight/calibration-rows';
import { componentOf, sampleComponents } from '../../../../src/core/insight/calibration-sample';
import { componentName, isActivation } from '../../../../src/core/format/component';
import type { Baseline } from '../../../../src/core/pass/effects';
import type { QuantityAt } from '../../../../src/core/pass/gradients';
import { dot, rowOf } from '../../../../src/core/pass/vector';
import { Problem } from '../../../../src/core/problem';
import { FakePass } from '../../../support/fake-pass';
import { rejects } from '../../../support/rejects';

const idle = { signal: { aborted: false }, report: () => undefined };
const near = (actual: number | undefined, expected: number, tolerance = 1e-6): void =>
  assert.ok(Math.abs((actual ?? Number.NaN) - expected) < tolerance, `${actual} instead of ${expected}`);

describe('correlations', () => {
  it('are those of published examples', () => {
    // The first set of “Graphs in Statistical Analysis” (The American Statistician, 1973); Spearman's as R's cor(method = "spearman").
    const x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
    const y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
    near(correlationOf(x, y)?.pearson, 0.8164205, 1e-6);
    near(correlationOf(x, y)?.spearman, 0.8181818, 1e-6);
  });

  it('give equal figures the mean of their ranks, in whatever order they come', () => {
    near(correlationOf([1, 2, 2, 3], [1, 3, 2, 4])?.spearman, 0.9486833);
    near(correlationOf([2, 3, 2, 1], [2, 4, 3, 1])?.spearman, 0.9486833);
  });

  it('rank what 32-bit logits do not resolve as 0, so that its order says nothing', () => {
    const [predicted, measured] = [
      [0, 0, 0, 1e-9, 0.5, 1, 2],
      [4e-6, -3e-6, 1e-6, -9e-6, 0.6, 0.9, 2.5],
    ];
    near(correlationOf(predicted, measured)?.spearman, 1);
    near(correlationOf(predicted, [...measured.slice(0, 4).reverse(), ...measured.slice(4)])?.spearman, 1);
    near(correlationOf([1, 2, 3], [2e-5, -2e-5, 3e-5])?.spearman, 0.5);
  });

  it('are 1 or −1 for ranks that agree or are reversed, whatever the figures', () => {
    near(correlationOf([1, 2, 3, 4], [1, 10, 100, 1000])?.spearman, 1);
    near(correlationOf([1, 2, 3, 4], [-1, -10, -100, -1000])?.spearman, -1);
  });

  it('are none for fewer than three, or where all are alike', () => {
    assert.equal(correlationOf([1, 2], [1, 2]), null);
    assert.equal(correlationOf([1, 1, 1], [1, 2, 3]), null);
    assert.equal(correlationOf([1, 2, 3], [5, 5, 5]), null);
    assert.equal(correlationOf([1, 2, Number.NaN], [1, 2, 3]), null);
  });
});

describe('a calibration’s sample', () => {
  const model = { nLayers: 8, nHeads: 6, dMlp: 768 };

  it('is the same for the same seed and prompt, and another for others', () => {
    const names = (seed: number, prompt: number): string[] =>
      sampleComponents(model, 9, 5, { seed, prompt }).map((each) => componentName(componentOf(each)));
    assert.deepEqual(names(3, 7), names(3, 7));
    assert.notDeepEqual(names(3, 7), names(4, 7));
    assert.notDeepEqual(names(3, 7), names(3, 8));
  });

  it('has so many of each kind and place, none twice, at the positions of the place', () => {
    const sample = sampleComponents(model, 9, 8, { seed: 0, prompt: 0 });
    assert.equal(new Set(sample.map((each) => componentName(componentOf(each)))).size, sample.length);
    for (const kind of CALIBRATED_KINDS) {
      for (const [place, from, to] of [
        ['last', 8, 8],
        ['earlier', 1, 7],
        ['first', 0, 0],
      ] as const) {
        const here = sample.filter((each) => each.kind === kind && each.place === place);
        assert.equal(here.length, 8, `${kind} ${place}`);
        assert.ok(here.every(({ position }) => position >= from && position <= to));
      }
    }
  });

  it('takes all where there are fewer than asked for, and only the last position of a prompt of one token', () => {
    const all = sampleComponents(model, 2, 20, { seed: 0, prompt: 0 }).filter(({ kind }) => kind === 'mlp');
    assert.deepEqual(new Set(all.map(({ place }) => place)), new Set(['last', 'first']));
    assert.equal(all.length, 2 * 8);
    assert.ok(sampleComponents(model, 1, 4, { seed: 0, prompt: 0 }).every(({ place, position }) => place === 'last' && position === 0));
  });

  it('chooses every layer equally often, also with one of each kind', () => {
    const counts = new Map<number, number>();
    const times = 4000;
    for (let prompt = 0; prompt < times; prompt++) {
      const head = sampleComponents(model, 1, 1, { seed: 1, prompt }).find(({ kind }) => kind === 'head');
      if (head) counts.set(head.layer, (counts.get(head.layer) ?? 0) + 1);
    }
    // Five standard deviations of a binomial distribution.
    for (let layer = 0; layer < 8; layer++) near(counts.get(layer), times / 8, 5 * Math.sqrt((times / 8) * (7 / 8)));
  });

  it('divides any number of blocks into thirds without leaving one out', () => {
    for (let nLayers = 1; nLayers < 40; nLayers++) {
      const covered = THIRDS.flatMap((third) => {
        const layers = layersOf(third, nLayers);
        return layers === null ? [] : Array.from({ length: layers.to - layers.from + 1 }, (_, i) => layers.from + i);
      });
      assert.deepEqual(
        covered,
        Array.from({ length: nLayers }, (_, i) => i),
      );
    }
    assert.deepEqual(
      [0, 2, 3, 4, 5, 7].map((layer) => thirdOf(layer, 8)),
      ['early', 'early', 'middle', 'middle', 'late', 'late'],
    );
  });

  it('of points keeps a part of every kind, in their order', () => {
    const point = (i: number): CalibrationPoint => ({
      component: `${i}`,
      kind: CALIBRATED_KINDS[i % 4],
      layer: 0,
      place: 'last',
      prompt: i,
      measured: i,
      predicted: {},
    });
    const points = Array.from({ length: 400 }, (_, i) => point(i));
    const kept = thinned(points, 40, 0);
    assert.equal(kept.length, 40);
    assert.equal(new Set(kept.map(({ kind }) => kind)).size, 4);
    assert.deepEqual(
      kept.map(({ prompt }) => prompt),
      kept.map(({ prompt }) => prompt).sort((a, b) => a - b),
    );
    assert.deepEqual(thinned(points, 1000, 0), points);
    assert.deepEqual(thinned(points, 0, 0), []);
  });
});

describe('a calibration', () => {
  const options = { weights: 'weights', of: 'centred', perKind: 6, seed: 0, points: 1000 } as const;
  const { model } = new FakePass();

  /** In a pass of which nothing is computed again, a component at the last position does what it adds along the direction, others nothing. */
  const measure: Measure = async (pass, components, { of, position }) => {
    const { dModel: d } = pass.model;
    const against = of.kind === 'difference' ? [of.against] : [];
    const rows = await pass.directions(position, [of.id, ...against], of.kind === 'difference' ? 'raw' : 'centred');
    const direction = against.length === 0 ? rows : rows.slice(0, d).map((x, i) => x - rows[d + i]);
    const effects: number[] = [];
    for (const component of components) {
      assert.ok(isActivation(component));
      const state = await pass.block(component.layer, position);
      const neurons = component.kind === 'neuron' ? [component.neuron] : [];
      const { neuronValues } = await pass.vectors(component.layer, position, state, { heads: [], sources: [], oNeurons: [], neurons });
      const vector =
        component.kind === 'head'
          ? rowOf(state.attention.headOut, component.head, d)
          : component.kind === 'neuron'
            ? neuronValues.map((x) => x * state.mlp.coefficients[component.neuron])
            : component.kind === 'attention'
              ? state.attention.out
              : state.mlp.out;
      effects.push(component.positions?.[0]?.from === position ? dot(vector, direction) : component.layer);
    }
    return effects;
  };
  const run = (prompts: readonly string[], more: Partial<Parameters<typeof calibrate>[2]> = {}): Promise<Calibration> =>
    calibrate(model, prompts, { ...options, ...more }, async (text) => new FakePass(text), measure, idle);

  it('finds that share and estimate are the effect where nothing is computed again', async () => {
    const { rows, measured, points, prompts } = await run(['a b c d e', 'f g h i']);
    assert.equal(prompts, 2);
    assert.equal(points.length, measured);
    for (const kind of CALIBRATED_KINDS) {
      const row = rows.find((each) => each.kind === kind && each.place === 'last' && each.depth === 'all');
      near(row?.correlations.centred?.pearson, 1, 1e-5);
      // The made-up heads are not what their rows of W_O add up to, from which the estimate is.
      if (kind !== 'head') near(row?.correlations.estimated?.spearman, 1, 1e-5);
      assert.ok((row?.correlations.raw?.pearson ?? 1) < 0.9999, 'what is added to all logits is no effect');
    }
    // Estimates are 0 at other positions of this pass, so that no correlation can be told; shares there are none.
    const between = rows.filter(({ place }) => place !== 'last');
    assert.ok(between.length > 0);
    for (const { correlations } of between) assert.deepEqual(correlations, { estimated: null });
  });

  it('of a difference has the one share of the difference', async () => {
    const { rows } = await run(['a b c d e'], { of: 'difference' });
    const { correlations } = rows.find(({ kind, place, depth }) => kind === 'neuron' && place === 'last' && depth === 'all')!;
    assert.deepEqual(Object.keys(correlations), ['difference', 'estimated']);
    near(correlations.difference?.pearson, 1, 1e-5);
  });

  it('has no shares where norms are applied to the stream itself', async () => {
    const normed = async (text: string): Promise<FakePass> => Object.assign(new FakePass(text), { streamNormed: true });
    const { rows } = await calibrate(model, ['a b c'], options, normed, measure, idle);
    for (const { correlations } of rows) assert.deepEqual(Object.keys(correlations), ['estimated']);
  });

  it('of one prompt of one token knows the last position alone', async () => {
    const { rows, measured } = await run(['a'], { perKind: 2 });
    assert.deepEqual([...new Set(rows.map(({ place }) => place))], ['last']);
    assert.equal(measured, 8);
    for (const { measured: count, correlations } of rows) if (count < 3) assert.equal(correlations.estimated, null);
  });

  it('names prompts that cannot be run, and chooses the same components in the others', async () => {
    const forward = async (text: string): Promise<FakePass> => {
      if (text === 'long') throw new Problem('prompt-too-long', 'Too long.');
      return new FakePass(text);
    };
    const all = await run(['a b c', 'd e f']);
    const without = await calibrate(model, ['long', 'd e f'], options, forward, measure, idle);
    assert.deepEqual([without.prompts, without.skipped], [1, [{ index: 0, reason: 'Too long.' }]]);
    assert.deepEqual(
      without.points,
      all.points.filter(({ prompt }) => prompt === 1),
    );
  });

  it('counts prompts in which estimates say nothing', async () => {
    class Saturated extends FakePass {
      override async differentiate(at: QuantityAt, baseline: Baseline) {
        return { ...(await super.differentiate(at, baseline)), saturated: 'soft-cap' as const };
      }
    }
    const { saturated } = await calibrate(model, ['a b', 'c d'], options, async (text) => new Saturated(text), measure, idle);
    assert.equal(saturated, 2);
    assert.equal((await run(['a b'])).saturated, 0);
  });

  it('ends where the weights hold no finite numbers, and where it is cancelled while it measures', async () => {
    const forward = async (text: string): Promise<FakePass> => new FakePass(text);
    const broken: Measure = async () => {
      throw new Problem('weights-invalid', 'Not a number.');
    };
    await rejects(calibrate(model, ['a b'], options, forward, broken, idle), 'weights-invalid');
    const signal = { aborted: false };
    const cancelling: Measure = async (...args) => {
      signal.aborted = true;
      return measure(...args);
    };
    await rejects(calibrate(model, ['a b', 'c d'], options, forward, cancelling, { ...idle, signal }), 'cancelled');
  });

  it('says which prompt and which of its components is being measured', async () => {
    const said: string[] = [];
    const telling: Measure = async (pass, components, at, context) => {
      context.report({ message: 'Effect 1 of 2', done: 0, total: 2 });
      return measure(pass, components, at, context);
    };
    const context = { ...idle, report: ({ message }: { message: string }) => said.push(message) };
    await calibrate(model, ['a b', 'c d'], options, async (text) => new FakePass(text), telling, context);
    assert.deepEqual(
      said.filter((message) => message.includes('Effect')),
      ['prompt 1 of 2: Effect 1 of 2', 'prompt 2 of 2: Effect 1 of 2'],
    );
  });

  it('divides what was measured by kind, place and depth', () => {
    const point = (layer: number, x: number): CalibrationPoint => ({
      component: `blocks.${layer}.mlp@0`,
      kind: 'mlp',
      layer,
      place: 'earlier',
      prompt: 0,
      measured: x * x,
      predicted: { estimated: x },
    });
    const rows = calibrationRows(
      [0, 1, 2, 3, 4, 5].map((layer) => point(layer, layer + 1)),
      6,
    );
    assert.deepEqual(
      rows.map(({ depth, layers: { from, to }, measured }) => [depth, from, to, measured]),
      [
        ['all', 0, 5, 6],
        ['early', 0, 1, 2],
        ['middle', 2, 3, 2],
        ['late', 4, 5, 2],
      ],
    );
    near(rows[0].correlations.estimated?.spearman, 1);
    assert.equal(rows[1].correlations.estimated, null);
  });
});
