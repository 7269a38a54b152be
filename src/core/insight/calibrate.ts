/** Measures a sample of the components of many prompts, and says how well shares and estimates predict what is measured. */
import { blockEffects } from '../analyse/effects/block-effects';
import type { CallContext } from '../call-context';
import { stopIfCancelled } from '../cancel';
import { componentName, type Component } from '../format/component';
import type { ModelInfo } from '../format/flow-graph';
import type { ShareMeasure } from '../format/share-measure';
import type { BlockState } from '../pass/block-state';
import { effectQuantity, type BlockEffects } from '../pass/effects';
import type { QuantityAt } from '../pass/gradients';
import type { InspectablePass } from '../pass/inspectable-pass';
import type { Target } from '../pass/lens';
import { shareDirection } from '../pass/target';
import { dot, rowOf } from '../pass/vector';
import type { CalibratedQuantity, Calibration, CalibrationPoint } from './calibration';
import { calibrationRows, thinned } from './calibration-rows';
import { componentOf, sampleComponents, type SampledComponent } from './calibration-sample';
import { surveyPrompts, type Forward } from './survey';

/** What decides a calibration besides model and prompts, every default filled in. */
export interface ResolvedCalibrationOptions {
  /** fingerprint of the model's weights, which the answer names */
  readonly weights: string;
  readonly of: CalibratedQuantity;
  readonly perKind: number;
  readonly seed: number;
  /** largest number of points in the answer */
  readonly points: number;
}

/** Switches components off, each alone. Resolves to the effect of each on the quantity, in their order. */
export type Measure<P extends InspectablePass = InspectablePass> = (
  pass: P,
  components: readonly Component[],
  at: QuantityAt,
  context: CallContext,
) => Promise<readonly number[]>;

type Shares = Readonly<Partial<Record<ShareMeasure, number>>>;

/**
 * Runs every prompt once, goes back through it once, and then switches off a sample of its components one by one. Of all passes only
 * one is in memory.
 *
 * @throws Problem as `surveyPrompts`, `InspectablePass.differentiate` and `measure`
 */
export async function calibrate(
  model: ModelInfo,
  prompts: readonly string[],
  { weights, of, perKind, seed, points: limit }: ResolvedCalibrationOptions,
  forward: Forward<string>,
  measure: Measure,
  context: CallContext,
): Promise<Calibration> {
  const points: CalibrationPoint[] = [];
  let saturated = 0;
  const numbered = prompts.map((text, index) => ({ text, index }));
  const skipped = await surveyPrompts(
    numbered,
    async ({ text, index }) => {
      const quiet: CallContext = { signal: context.signal, report: () => undefined };
      const pass = await forward(text, quiet);
      const target = await targetOf(pass, of);
      const at = { of: effectQuantity(target), position: pass.tokens.length - 1 };
      const sample = sampleComponents(model, pass.tokens.length, perKind, { seed, prompt: index });
      const estimates = await estimatesOf(pass, at, sample, quiet);
      if (estimates.saturated) saturated++;
      const shares = await sharesOf(pass, target, sample, quiet);
      const total = prompts.length;
      const measured = await measure(pass, sample.map(componentOf), at, {
        signal: context.signal,
        report: ({ message }) => context.report({ message: `prompt ${index + 1} of ${total}: ${message}`, done: index, total }),
      });
      for (const [i, component] of sample.entries()) {
        points.push({
          component: componentName(componentOf(component)),
          kind: component.kind,
          layer: component.layer,
          place: component.place,
          prompt: index,
          measured: measured[i],
          predicted: { ...shares.get(component), estimated: estimates.of.get(component) ?? Number.NaN },
        });
      }
    },
    context,
  );
  return {
    schema: 'visit.calibration/1',
    model,
    weights,
    of,
    prompts: prompts.length - skipped.length,
    skipped,
    saturated,
    perKind,
    seed,
    measured: points.length,
    rows: calibrationRows(points, model.nLayers),
    points: thinned(points, limit, seed),
  };
}

/** What the model predicts at the last position, and for a difference what comes second. */
async function targetOf(pass: InspectablePass, of: CalibratedQuantity): Promise<Target> {
  const { nLayers, dModel } = pass.model;
  const position = pass.tokens.length - 1;
  const { topIds } = await pass.read(rowOf(pass.stream[nLayers], position, dModel), { target: { id: 0 }, k: 2, position });
  return of === 'difference' ? { id: topIds[0], against: topIds[1] } : { id: topIds[0], measure: of };
}

/** The estimated effects of a sample. */
async function estimatesOf(pass: InspectablePass, at: QuantityAt, sample: readonly SampledComponent[], context: CallContext) {
  const of = new Map<SampledComponent, number>();
  const differentiated = await pass.differentiate(at, { kind: 'zero' });
  const lowest = Math.min(...sample.map(({ layer }) => layer));
  for await (const block of differentiated.blocks(lowest)) {
    stopIfCancelled(context, 'The calibration');
    const effects = blockEffects(block, pass);
    for (const component of sample) if (component.layer === block.layer) of.set(component, estimateOf(component, effects));
  }
  return { of, saturated: differentiated.saturated !== undefined };
}

function estimateOf({ kind, unit, position }: SampledComponent, effects: BlockEffects): number {
  const { attention, heads, neurons } = effects;
  switch (kind) {
    case 'head':
      return heads[position * (heads.length / attention.length) + unit];
    case 'neuron':
      return neurons[position * (neurons.length / attention.length) + unit];
    case 'attention':
    case 'mlp':
      return effects[kind][position];
  }
}

/** The shares of those components of a sample that have any. */
async function sharesOf(
  pass: InspectablePass,
  target: Target,
  sample: readonly SampledComponent[],
  context: CallContext,
): Promise<ReadonlyMap<SampledComponent, Shares>> {
  const shares = new Map<SampledComponent, Shares>();
  if (pass.streamNormed) return shares;
  const position = pass.tokens.length - 1;
  const measures: readonly ShareMeasure[] = target.against === undefined ? ['raw', 'centred'] : ['difference'];
  const directions = new Map<ShareMeasure, Float32Array>();
  for (const measure of measures) {
    directions.set(measure, await shareDirection(pass, position, measure === 'difference' ? target : { ...target, measure }));
  }
  const atLast = sample.filter(({ place }) => place === 'last');
  for (const layer of new Set(atLast.map((component) => component.layer))) {
    stopIfCancelled(context, 'The calibration');
    const state = await pass.block(layer, position);
    const here = atLast.filter((component) => component.layer === layer);
    const written = await writtenBy(pass, here, state);
    for (const [i, component] of here.entries()) {
      shares.set(component, Object.fromEntries([...directions].map(([measure, direction]) => [measure, dot(written[i], direction)])));
    }
  }
  return shares;
}

/** [d] each: what components of one block add to the stream at the last position. */
async function writtenBy(pass: InspectablePass, components: readonly SampledComponent[], state: BlockState): Promise<Float32Array[]> {
  const { dModel: d } = pass.model;
  const neurons = components.flatMap(({ kind, unit }) => (kind === 'neuron' ? [unit] : []));
  const selection = { heads: [], sources: [], oNeurons: [], neurons };
  const values =
    neurons.length === 0
      ? new Float32Array(0)
      : (await pass.vectors(components[0].layer, pass.tokens.length - 1, state, selection)).neuronValues;
  return components.map(({ kind, unit }) => {
    switch (kind) {
      case 'head':
        return rowOf(state.attention.headOut, unit, d);
      case 'neuron':
        return rowOf(values, neurons.indexOf(unit), d).map((x) => x * state.mlp.coefficients[unit]);
      case 'attention':
      case 'mlp':
        return state[kind].out;
    }
  });
}
