import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { calibrate, type Measure, type ResolvedCalibrationOptions } from '../../src/core/insight/calibrate';
import type { Calibration } from '../../src/core/insight/calibration';
import { promptLines } from '../../src/core/text/prompt-lines';
import type { ForwardPass } from '../../src/engine/runtime/forward-pass';
import type { LoadedModel } from '../../src/engine/runtime/loaded-model';
import type { PromptTokenizer } from '../../src/model/tokenizer/prompt-tokenizer';
import { openEmbeddedModel, patient, published } from './embedded-model';

const FILE = path.join(__dirname, '..', '..', 'models', 'visit-small', 'calibration-prompts.txt');

describe('The calibration of the embedded model', () => {
  let model: LoadedModel;
  let tokenizer: PromptTokenizer;
  const prompts = promptLines(readFileSync(FILE, 'utf8'), { hashIsComment: true }).map(({ text }) => text);
  const known = published('calibration.json') as Calibration;
  before(async () => {
    ({ model, tokenizer } = await openEmbeddedModel());
  });
  after(() => model.release());

  const forward = (text: string) => model.forward({ text, tokens: tokenizer.tokenize(text) }, patient);
  const measure: Measure = async (pass, components, at, context) => {
    const changes = components.map((component) => ({ component, from: null }));
    const { ordinary, changed } = await model.measureEach(pass as ForwardPass, changes, at, context);
    return changed.map(({ value }) => ordinary.value - value);
  };
  const run = (texts: readonly string[], options: Omit<ResolvedCalibrationOptions, 'weights'>): Promise<Calibration> =>
    calibrate(model.info, texts, { ...options, weights: 'any' }, forward, measure, patient);

  it('is the published one: its prompts, and what was measured of the first of them', async () => {
    assert.equal(prompts.length, known.prompts);
    assert.ok(known.prompts >= 100);
    assert.equal(known.model.name, model.info.name);
    const { perKind, seed, of } = known;
    const again = await run(prompts.slice(0, 3), { of, perKind, seed, points: Infinity });
    const expected = known.points.filter(({ prompt }) => prompt < 3);
    assert.ok(expected.length > 3);
    for (const point of expected) {
      const found = again.points.find(({ component, prompt }) => component === point.component && prompt === point.prompt);
      assert.ok(found, `${point.component} of prompt ${point.prompt} is not in the sample`);
      assert.ok(Math.abs(found.measured - point.measured) < 1e-3, `${point.component}: ${found.measured}, published ${point.measured}`);
      for (const [by, value] of Object.entries(point.predicted)) {
        assert.ok(Math.abs(value - (found.predicted[by as keyof typeof found.predicted] ?? NaN)) < 1e-3, `${point.component} ${by}`);
      }
    }
  });

  it('finds estimates that predict, and shares that predict less', async () => {
    const { rows, skipped, points, measured } = await run(prompts.slice(0, 12), { of: 'difference', perKind: 8, seed: 1, points: 10 });
    assert.deepEqual([skipped, points.length], [[], 10]);
    assert.equal(measured, 12 * 12 * 8);
    const { difference, estimated } = rows.find(
      ({ kind, place, depth }) => kind === 'neuron' && place === 'last' && depth === 'all',
    )!.correlations;
    assert.ok(estimated!.pearson > 0.9, `${estimated!.pearson}`);
    assert.ok(difference!.pearson < estimated!.pearson);
    const late = rows.find(({ kind, place, depth }) => kind === 'head' && place === 'earlier' && depth === 'late')!;
    assert.ok(late.correlations.estimated!.spearman > 0.8);
    assert.deepEqual(Object.keys(late.correlations), ['estimated']);
  });
});
