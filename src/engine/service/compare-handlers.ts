/** The engine's answers about several prompts: two compared, or many predicted. */
import { comparePasses, type ComparedPass } from '../../core/compare/compare-passes';
import type { InspectablePass } from '../../core/pass/inspectable-pass';
import { buildPredictionTable, type TableEntry } from '../../core/insight/predictions';
import { Problem, type ProblemCode } from '../../core/problem';
import type { PromptInput } from '../../core/protocol/engine-options';
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

/** Comparison of two prompts, and predictions of many. */
export function compareHandlers(current: CurrentModel): Pick<EngineHandlers, 'compare' | 'predict'> {
  return {
    async compare({ model, left, right, options }, context) {
      const open = await current.open(model, context);
      const resolved = resolveComparisonOptions(options, open);
      const read = ({ prompt: input, options: asked }: typeof left) => {
        const prompt = readPrompt(input, open);
        const side = resolveSideOptions(asked, prompt, open);
        return { prompt, options: side, changes: readInterventions(asked.interventions, prompt, side.position, open) };
      };
      // Both sides are checked before the model runs.
      const [l, r] = [read(left), read(right)];
      const baseline = readBaseline(options.effects, open);
      const run = async ({ prompt, options: side, changes }: ReturnType<typeof read>): Promise<ComparedPass> => ({
        pass: await current.forward(open, prompt, context, changes),
        options: side,
      });
      const effects = baseline && { effects: await runBaseline(current, open, baseline, context) };
      return comparePasses({ left: await run(l), right: await run(r) }, { ...resolved, ...effects }, context);
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

/** The progress of a table counts prompts, not the blocks of each. */
function silent({ signal }: CallContext): CallContext {
  return { signal, report: () => undefined };
}
