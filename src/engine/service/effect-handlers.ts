/** The answers about effects: estimated for all components at once, measured for some. */
import { componentName, isActivation } from '../../core/format/component';
import type { Intervention } from '../../core/format/intervention';
import { calibrate, type Measure } from '../../core/insight/calibrate';
import { buildEffects } from '../../core/insight/effects';
import type { MeasuredEffect } from '../../core/insight/measured-effects';
import { baselineSummary, quantityName } from '../../core/analyse/effects/graph-effects';
import type { CallContext } from '../../core/call-context';
import type { InspectablePass } from '../../core/pass/inspectable-pass';
import { effectQuantity } from '../../core/pass/effects';
import { readingAt } from '../../core/pass/reading';
import { settledTarget, shownTarget } from '../../core/pass/target';
import { joined } from '../../core/pass/vector';
import { Problem } from '../../core/problem';
import type { BaselineInput, PromptInput } from '../../core/protocol/engine-inputs';
import { calibrationOf } from '../../model/calibration/model-calibration';
import { readBaseline, runBaseline } from './baseline';
import type { CurrentModel } from './current-model';
import type { EngineHandlers } from './engine-handlers';
import { resolveEffectsOptions } from './graph-options';
import { readInterventions } from './interventions';
import { readPrompt } from './prompt';

/** Components of each kind and place that a calibration measures in each prompt. */
const PER_KIND = 8;

/** Points of a calibration, for a scatter plot. */
const POINTS = 1000;

/** One function for each; parameters have been checked. */
export function effectHandlers(
  current: CurrentModel,
): Pick<EngineHandlers, 'effects' | 'measureEffects' | 'calibrate' | 'knownCalibration'> {
  return {
    async effects({ model, prompt: input, options }, context) {
      const open = await current.open(model, context);
      const prompt = readPrompt(input, open);
      const resolved = resolveEffectsOptions(options, prompt, open);
      const asked = readBaseline(options.baseline ?? { baseline: 'zero' }, open);
      const pass = await current.forward(open, prompt, context);
      const baseline = await runBaseline(current, open, asked, context);
      return buildEffects(pass, { ...resolved, baseline }, context);
    },

    async measureEffects({ model, prompt: input, options }, context) {
      const open = await current.open(model, context);
      const prompt = readPrompt(input, open);
      const { position, ...resolved } = resolveEffectsOptions(options, prompt, open);
      const asked: BaselineInput = options.baseline ?? { baseline: 'zero' };
      // Each is changed alone, so that one may be a part of another, or the same at another position.
      const changes = options.components.flatMap((component) => {
        return readInterventions([interventionOf(component, asked)], prompt, position, open)?.interventions ?? [];
      });
      if (changes.some(({ component }) => !isActivation(component))) {
        throw new Problem('bad-request', 'What an adapter adds is not measured with other components.', 'Switch it off in a what-if.');
      }
      const pass = await current.forward(open, prompt, context);
      const target = await settledTarget(pass, { position, ...resolved });
      const of = effectQuantity(target);
      const interventions = await current.values(open, prompt, { interventions: changes, position }, context);
      const { ordinary, changed } = await open.model.measureEach(pass, interventions, { of, position }, context);
      const ends = [ordinary, ...changed].map(({ final }) => final);
      const batch = await pass.read(joined(ends), { target, k: 1, position });
      const readings = ends.map((_, i) => readingAt(batch, i, pass));
      return {
        schema: 'visit.measured-effects/1',
        model: pass.model,
        prompt: pass.prompt,
        tokens: pass.tokens,
        position,
        target: await shownTarget(pass, { position, ...resolved }, target, readings[0].target),
        effects: { of: quantityName(of), value: ordinary.value, ...baselineSummary(readBaseline(asked, open)) },
        components: changes.map(({ component }, i): MeasuredEffect => {
          const { target: after, top } = readings[i + 1];
          const measured = ordinary.value - changed[i].value;
          return { component: componentName(component), measured, probability: after.probability, predicts: top[0] };
        }),
      };
    },

    async calibrate({ model, prompts, options }, context) {
      const open = await current.open(model, context);
      const { of = 'centred', perKind = PER_KIND, seed = 0, points = POINTS } = options;
      const weights = await current.lenses.weights();
      const measure: Measure = async (pass, components, at, measuring) => {
        const changes = components.map((component) => ({ component, from: null }));
        const { ordinary, changed } = await open.model.measureEach(pass, changes, at, measuring);
        return changed.map(({ value }) => ordinary.value - value);
      };
      const forward = (text: string, running: CallContext): Promise<InspectablePass> =>
        open.model.forward(readPrompt({ text }, open), running);
      return calibrate(open.model.info, prompts, { weights, of, perKind, seed, points }, forward, measure, context);
    },

    knownCalibration: ({ model }) => calibrationOf(model.folder),
  };
}

/** What puts the baseline in a component's place. */
function interventionOf(component: string, asked: BaselineInput): Intervention {
  switch (asked.baseline) {
    case 'zero':
      return { mode: 'zero', component };
    case 'twin':
      return { mode: 'patch', component, from: promptOf(asked.prompt) };
    case 'mean':
      return { mode: 'mean', component, over: asked.prompts.map(promptOf), name: asked.name };
  }
}

function promptOf(prompt: PromptInput): Extract<Intervention, { mode: 'patch' }>['from'] {
  return 'text' in prompt ? prompt : { tokens: [...prompt.tokens] };
}
