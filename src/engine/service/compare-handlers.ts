/** The engine's answers about several prompts: two compared, or many predicted. */
import { comparePasses } from '../../core/compare/compare-passes';
import type { ComparedPass } from '../../core/compare/contrast';
import type { InspectablePass } from '../../core/pass/inspectable-pass';
import { findDifferenceCauses, readDifferenceCheck } from '../../core/insight/difference-causes';
import { buildOverviewDifference } from '../../core/insight/overview-difference';
import { buildPredictionTable, type TableEntry } from '../../core/insight/predictions';
import { buildStoryDifference, type OfSides } from '../../core/insight/story-difference';
import type { Intervention } from '../../core/format/intervention';
import { Problem, type ProblemCode } from '../../core/problem';
import type { PromptInput } from '../../core/protocol/engine-inputs';
import type { ComparedSide } from '../../core/protocol/engine-options';
import type { CallContext } from '../../core/call-context';
import { rowOf } from '../../core/pass/vector';
import { stopIfCancelled } from '../../core/cancel';
import { readBaseline, runBaseline } from './baseline';
import type { CurrentModel } from './current-model';
import { resolveComparisonOptions, resolveSideOptions } from './graph-options';
import type { EngineHandlers } from './engine-handlers';
import { readInterventions } from './interventions';
import { readPrompt } from './prompt';
import type { OpenModel, Prompt } from './runnable-model';

/** What may be wrong with one prompt of many, while the others are answered. */
const OF_ONE_PROMPT: ReadonlySet<ProblemCode> = new Set(['empty-prompt', 'prompt-too-long', 'token-out-of-range']);

/** Comparison of two prompts with its story, and predictions of many. */
export function compareHandlers(
  current: CurrentModel,
): Pick<EngineHandlers, 'compare' | 'predict' | 'storyDifference' | 'overviewDifference' | 'differenceCauses' | 'checkDifference'> {
  /** Both sides are checked before the model runs. */
  const run = async ({ left, right }: OfSides<ComparedSide>, open: OpenModel, context: CallContext): Promise<OfSides<ComparedPass>> => {
    const read = ({ prompt: input, options: asked }: ComparedSide) => {
      const prompt = readPrompt(input, open);
      const side = resolveSideOptions(asked, prompt, open);
      return { prompt, options: side, changes: readInterventions(asked.interventions, prompt, side.position, open) };
    };
    const [l, r] = [read(left), read(right)];
    const pass = async ({ prompt, options, changes }: ReturnType<typeof read>): Promise<ComparedPass> => ({
      pass: await current.forward(open, prompt, context, changes),
      options,
    });
    return { left: await pass(l), right: await pass(r) };
  };
  return {
    async compare({ model, options, ...sides }, context) {
      const open = await current.open(model, context);
      const resolved = resolveComparisonOptions(options, open);
      const baseline = readBaseline(options.effects, open);
      const passes = await run(sides, open, context);
      const effects = baseline && { effects: await runBaseline(current, open, baseline, context) };
      return comparePasses(passes, { ...resolved, ...effects }, context);
    },

    async storyDifference({ model, options: { tokens = 5, labelled = 0.6 }, ...sides }, context) {
      const open = await current.open(model, context);
      return buildStoryDifference(await run(sides, open, context), { tokens, labelled }, context);
    },

    async overviewDifference({ model, options: { tokens = 10 }, ...sides }, context) {
      const open = await current.open(model, context);
      return buildOverviewDifference(await run(sides, open, context), { tokens }, context);
    },

    async differenceCauses({ model, options: { causes = 5, tokens = 3 }, ...sides }, context) {
      const open = await current.open(model, context);
      return findDifferenceCauses(await run(sides, open, context), { causes, tokens }, context);
    },

    async checkDifference({ model, components, ...sides }, context) {
      const open = await current.open(model, context);
      const { left, right } = sides;
      const prompt = readPrompt(right.prompt, open);
      const { position } = resolveSideOptions(right.options, prompt, open);
      const moved = components.map((component): Intervention => ({ mode: 'patch', component, from: fromSide(left) }));
      const changes = readInterventions([...(right.options.interventions ?? []), ...moved], prompt, position, open);
      const passes = await run(sides, open, context);
      const ordinary = await current.forward(open, prompt, context);
      // These passes are looked at once and not kept.
      const values = changes === undefined ? [] : await current.values(open, prompt, changes, context);
      return readDifferenceCheck(await open.model.intervene(ordinary, values, position, context), passes, components);
    },

    async predict({ model, prompts, tokens }, context) {
      const open = await current.open(model, context);
      const entries: TableEntry[] = [];
      let reader: InspectablePass | null = null;
      for (const [i, input] of prompts.entries()) {
        stopIfCancelled(context);
        context.report({ message: `Prompt ${i + 1} of ${prompts.length}`, done: i, total: prompts.length });
        const prompt = readOrProblem(input, open);
        if ('problem' in prompt) {
          entries.push(prompt);
          continue;
        }
        // Passes of a table are not kept: the two that are opened next run again, the table of a thousand fits in memory.
        reader = await open.model.forward(prompt, silent(context));
        const { dModel, nLayers } = reader.model;
        entries.push({
          prompt: reader.prompt,
          tokens: reader.tokens,
          final: rowOf(reader.stream[nLayers], prompt.tokens.length - 1, dModel).slice(),
        });
      }
      return buildPredictionTable(open.model.info, reader, entries, tokens);
    },
  };
}

function readOrProblem(input: PromptInput, open: OpenModel): Prompt | Extract<TableEntry, { problem: unknown }> {
  try {
    return readPrompt(input, open);
  } catch (thrown) {
    const problem = Problem.from(thrown);
    if (!OF_ONE_PROMPT.has(problem.code)) throw problem;
    return { prompt: 'text' in input ? input.text : input.tokens.join(' '), problem: problem.toData() };
  }
}

/** The prompt of a side as a patch names it. */
function fromSide({ prompt }: ComparedSide): Extract<Intervention, { readonly mode: 'patch' }>['from'] {
  return 'text' in prompt ? prompt : { tokens: [...prompt.tokens] };
}

/** The progress of a table counts prompts, not the blocks of each. */
function silent({ signal }: CallContext): CallContext {
  return { signal, report: () => undefined };
}
