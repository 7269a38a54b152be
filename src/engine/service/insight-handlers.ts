/** The answers that look at whole passes, or at many: overview, norms, always-active neurons, a head's memory, gradients. */
import { ACTIVE_PER_LAYER, findActiveNeurons } from '../../core/insight/active-neurons';
import { readHeadMemory } from '../../core/insight/attention-memory';
import { readBackwardLens } from '../../core/insight/backward-lens';
import { filterNorms, summariseNorms } from '../../core/insight/norm-filters';
import { buildOverview } from '../../core/insight/overview';
import { buildExplanation, type CauseOff } from '../../core/insight/explanation';
import { buildStory } from '../../core/insight/story';
import type { CallContext } from '../../core/call-context';
import type { Component } from '../../core/format/component';
import type { InspectablePass } from '../../core/pass/inspectable-pass';
import { readingAt } from '../../core/pass/reading';
import { settledTarget, shownTarget, type ResolvedTargetOptions } from '../../core/pass/target';
import { rowOf } from '../../core/pass/vector';
import type { Forward } from '../../core/insight/survey';
import type { InsightName } from '../../core/protocol/insight';
import type { CurrentModel } from './current-model';
import { resolveBackwardOptions, resolveHeadOptions, resolvePassOptions, resolveStoryOptions } from './graph-options';
import type { EngineHandlers } from './engine-handlers';
import { readInterventions } from './interventions';
import { readPrompt } from './prompt';
import type { OpenModel } from './runnable-model';

/** Smallest share of the passes in which an always-active neuron is active: nearly every one. */
const NEARLY_EVERY = 0.95;

/** Tokens in each list of an always-active neuron. */
const NEURON_TOKENS = 10;

/** One function for each insight but those of effects; parameters have been checked. */
export function insightHandlers(
  current: CurrentModel,
): Pick<EngineHandlers, Exclude<InsightName, 'effects' | 'measureEffects' | 'calibrate'>> {
  return {
    async story({ model, prompt: input, options }, context) {
      const open = await current.open(model, context);
      const prompt = readPrompt(input, open);
      const resolved = resolveStoryOptions(options, prompt, open);
      const changes = readInterventions(options.interventions, prompt, resolved.position, open);
      return buildStory(await current.forward(open, prompt, context, changes), resolved, context);
    },

    async explain({ model, prompt: input, options }, context) {
      const open = await current.open(model, context);
      const prompt = readPrompt(input, open);
      const resolved = resolvePassOptions({ ...options, tokens: options.tokens ?? 3 }, prompt, open);
      const pass = await current.forward(open, prompt, context);
      const off = await passWithout(open, pass, resolved, context);
      return buildExplanation(pass, { ...resolved, causes: options.causes ?? 5 }, off, context);
    },

    async overview({ model, prompt: input, options }, context) {
      const open = await current.open(model, context);
      const prompt = readPrompt(input, open);
      const resolved = resolvePassOptions(options, prompt, open);
      return buildOverview(await current.forward(open, prompt, context), resolved, context);
    },

    async norms({ model, prompt: input, options }, context) {
      const open = await current.open(model, context);
      const prompt = readPrompt(input, open);
      const resolved = resolvePassOptions(options, prompt, open);
      return filterNorms(await current.forward(open, prompt, context), resolved, context);
    },

    async normSummary({ model, prompts, tokens }, context) {
      const open = await current.open(model, context);
      return survey(open, (forward) => summariseNorms(open.model.info, prompts, tokens, forward, context));
    },

    async activeNeurons({ model, prompts, options }, context) {
      const open = await current.open(model, context);
      const { atLeast = NEARLY_EVERY, perLayer = ACTIVE_PER_LAYER, tokens = NEURON_TOKENS } = options;
      return survey(open, (forward) => findActiveNeurons(open.model.info, prompts, { atLeast, perLayer, tokens }, forward, context));
    },

    async headMemory({ model, prompt: input, options }, context) {
      const open = await current.open(model, context);
      const prompt = readPrompt(input, open);
      const resolved = resolveHeadOptions(options, prompt, open);
      return readHeadMemory(await current.forward(open, prompt, context), resolved);
    },

    async backwardLens({ model, prompt: input, options }, context) {
      const open = await current.open(model, context);
      const prompt = readPrompt(input, open);
      const resolved = resolveBackwardOptions(options, prompt, open);
      const pass = await current.forward(open, prompt, context);
      return readBackwardLens(pass, resolved, (at) => open.model.backward(pass, at, context));
    },
  };
}

/** A survey's passes are looked at once and not remembered; each looks into its blocks while it runs. */
async function survey<T>({ model, tokenizer }: OpenModel, work: (forward: Forward<string>) => Promise<T>): Promise<T> {
  await model.startSurvey();
  try {
    return await work((text, context) => model.forward(readPrompt({ text }, { model, tokenizer }), context, { summaries: true }));
  } finally {
    await model.endSurvey();
  }
}

/** Runs a pass with components switched off, all at once, and reads its end. These passes are looked at once and not kept. */
async function passWithout(
  { model }: OpenModel,
  pass: InspectablePass,
  options: ResolvedTargetOptions,
  context: CallContext,
): Promise<(components: readonly Component[]) => Promise<CauseOff>> {
  const { position } = options;
  const target = await settledTarget(pass, options);
  const end = async (of: InspectablePass): Promise<CauseOff> => {
    const final = rowOf(of.stream[of.model.nLayers], position, of.model.dModel);
    const reading = readingAt(await of.read(final, { target, k: 1, position }), 0, of);
    const { measured, probability } = await shownTarget(of, options, target, reading.target);
    return { measured, probability, predicts: reading.top[0] };
  };
  const before = await end(pass);
  return async (components) => {
    const interventions = components.map((component) => ({ component, from: null }));
    const after = await end(await model.intervene(pass, interventions, position, context));
    return { ...after, measured: before.measured - after.measured };
  };
}
