/** The answers that look at whole passes, or at many: overview, norms, always-active neurons, a head's memory, gradients. */
import { findActiveNeurons } from '../../core/insight/active-neurons';
import { ACTIVE_PER_LAYER } from '../../core/insight/activity-count';
import { readHeadMemory } from '../../core/insight/attention-memory';
import { readBackwardLens } from '../../core/insight/backward-lens';
import { filterNorms, summariseNorms } from '../../core/insight/norm-filters';
import { compareLenses, readBorders } from '../../core/insight/lens-difference';
import { buildOverview } from '../../core/insight/overview';
import { findCandidates } from '../../core/insight/cause-candidates';
import { buildStory } from '../../core/insight/story';
import { buildTokenIndex } from '../../core/insight/token-index';
import type { TokenScore } from '../../core/format/flow-graph';
import { nodeId } from '../../core/format/node-id';
import { Problem } from '../../core/problem';
import type { InspectablePass } from '../../core/pass/inspectable-pass';
import type { Target } from '../../core/pass/lens';
import { readingAt } from '../../core/pass/reading';
import { settledTarget, shownTarget, type ResolvedTargetOptions } from '../../core/pass/target';
import { rowOf } from '../../core/pass/vector';
import type { InsightName } from '../../core/protocol/insight';
import type { compareHandlers } from './compare-handlers';
import type { CurrentModel } from './current-model';
import type { effectHandlers } from './effect-handlers';
import {
  resolveBackwardOptions,
  resolveHeadOptions,
  resolvePassOptions,
  resolveSideOptions,
  resolveStoryOptions,
  resolveTokenIndexOptions,
} from './graph-options';
import type { EngineHandlers } from './engine-handlers';
import { readInterventions } from './interventions';
import { readPrompt } from './prompt';
import { survey } from './survey';

/** Smallest share of the passes in which an always-active neuron is active: nearly every one. */
const NEARLY_EVERY = 0.95;

/** Tokens in each list of an always-active neuron. */
const NEURON_TOKENS = 10;

/** Tokens that two lenses are compared by, of each stream. */
const DIFFERENCE_TOKENS = 5;

/** One function for each insight but those of effects and of comparisons; parameters have been checked. */
export function insightHandlers(
  current: CurrentModel,
): Pick<EngineHandlers, Exclude<InsightName, keyof ReturnType<typeof compareHandlers> | keyof ReturnType<typeof effectHandlers>>> {
  return {
    async story({ model, prompt: input, options }, context) {
      const open = await current.open(model, context);
      const prompt = readPrompt(input, open);
      const resolved = resolveStoryOptions(options, prompt, open);
      const changes = readInterventions(options.interventions, prompt, resolved.position, open);
      return buildStory(await current.forward(open, prompt, context, changes), resolved, context);
    },

    async causes({ model, prompt: input, options }, context) {
      const open = await current.open(model, context);
      const prompt = readPrompt(input, open);
      const resolved = resolvePassOptions({ ...options, tokens: options.tokens ?? 3 }, prompt, open);
      const pass = await current.forward(open, prompt, context);
      return findCandidates(pass, { ...resolved, causes: options.causes ?? 5, ...(options.by && { by: options.by }) }, context);
    },

    async checkCause({ model, prompt: input, options }, context) {
      const open = await current.open(model, context);
      const prompt = readPrompt(input, open);
      const resolved = resolveSideOptions(options, prompt, open);
      const { components } = options;
      const off = components.map((component) => ({ mode: 'zero', component }) as const);
      const changes = readInterventions(off, prompt, resolved.position, open)?.interventions ?? [];
      const pass = await current.forward(open, prompt, context);
      const target = await settledTarget(pass, resolved);
      // These passes are looked at once and not kept.
      const switchedOff = changes.map(({ component }) => ({ component, from: null }));
      const without = await open.model.intervene(pass, switchedOff, resolved.position, context);
      const { measured, probability, predicts } = await endOf(without, resolved, target);
      return { schema: 'visit.cause-check/1', components, value: measured, probability, predicts };
    },

    async headsAlone({ model, prompt: input, options }, context) {
      const open = await current.open(model, context);
      const prompt = readPrompt(input, open);
      const resolved = resolveSideOptions(options, prompt, open);
      const { position } = resolved;
      if (options.over.length === 0)
        throw new Problem(
          'empty-prompt',
          'There are no other prompts to take the mean of the other heads over.',
          'Run a prompt of a file that has several.',
        );
      const { nLayers, nHeads } = open.model.info;
      const kept = new Set(options.heads);
      const all = Array.from({ length: nLayers * nHeads }, (_, i) => nodeId.headOut(Math.floor(i / nHeads), i % nHeads));
      const others = all.filter((name) => !kept.has(name));
      const over = options.over.map((one) => ('text' in one ? one : { tokens: [...one.tokens] }));
      const asked = others.map((name) => ({ mode: 'mean', component: `${name}@${position}`, over }) as const);
      const pass = await current.forward(open, prompt, context);
      const target = await settledTarget(pass, resolved);
      const changes = readInterventions(asked, prompt, position, open);
      const alone =
        changes === undefined
          ? pass
          : await open.model.intervene(pass, await current.values(open, prompt, changes, context), position, context);
      const { measured, probability, predicts } = await endOf(alone, resolved, target);
      return {
        schema: 'visit.heads-alone/1',
        kept: all.length - others.length,
        heads: all.length,
        prompts: over.length,
        value: measured,
        probability,
        predicts,
      };
    },

    async overview({ model, prompt: input, options }, context) {
      const open = await current.open(model, context);
      const prompt = readPrompt(input, open);
      const resolved = resolvePassOptions(options, prompt, open);
      return buildOverview(await current.forward(open, prompt, context), resolved, context);
    },

    async lensDifference({ model, prompt: input, lens }, context) {
      const open = await current.open(model, context);
      const prompt = readPrompt(input, open);
      const pass = await current.forward(open, prompt, context);
      const [one, shown] = [await readBorders(pass, DIFFERENCE_TOKENS, context), pass.model];
      const other = await current.through(lens, async () => ({
        lists: await readBorders(pass, DIFFERENCE_TOKENS, context),
        lens: open.model.info.lens,
      }));
      return compareLenses({ model: shown, prompt: pass.prompt, tokens: pass.tokens }, one, other);
    },

    async tokenIndex({ model, prompt: input, options }, context) {
      const open = await current.open(model, context);
      const prompt = readPrompt(input, open);
      const resolved = resolveTokenIndexOptions(options, prompt);
      return buildTokenIndex(await current.forward(open, prompt, context), resolved, context);
    },

    async norms({ model, prompt: input, options }, context) {
      const open = await current.open(model, context);
      const prompt = readPrompt(input, open);
      const resolved = resolvePassOptions(options, prompt, open);
      return filterNorms(await current.forward(open, prompt, context), resolved, context);
    },

    async normSummary({ model, prompts, tokens }, context) {
      const open = await current.open(model, context);
      return survey(open, { summaries: true }, (forward) => summariseNorms(open.model.info, prompts, tokens, forward, context));
    },

    async activeNeurons({ model, prompts, options }, context) {
      const open = await current.open(model, context);
      const { atLeast = NEARLY_EVERY, perLayer = ACTIVE_PER_LAYER, tokens = NEURON_TOKENS } = options;
      return survey(open, { summaries: true }, (forward) =>
        findActiveNeurons(open.model.info, prompts, { atLeast, perLayer, tokens }, forward, context),
      );
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

/** What a pass says of a target at the position under study. */
async function endOf(
  pass: InspectablePass,
  options: ResolvedTargetOptions,
  target: Target,
): Promise<{ readonly measured: number; readonly probability: number; readonly predicts: TokenScore }> {
  const { nLayers, dModel } = pass.model;
  const final = rowOf(pass.stream[nLayers], options.position, dModel);
  const { top, target: figures } = readingAt(await pass.read(final, { target, k: 1, position: options.position }), 0, pass);
  const { measured, probability } = await shownTarget(pass, options, target, figures);
  return { measured, probability, predicts: top[0] };
}
