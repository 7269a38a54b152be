/** `visit graph`: the flow graph of one pass as JSON, or as a page with the inspector. */
import { Command, Option } from 'commander';
import type { GraphCounts } from '../../core/format/graph-counts';
import { assertNever } from '../../core/problem';
import type { GraphOptions } from '../../core/protocol/engine-options';
import { graphSvg } from '../../export/drawings';
import {
  darkOption,
  countsOf,
  layerRange,
  readPrompt,
  withCounts,
  withModelAndLens,
  withPrompt,
  type ModelOptions,
  type PromptOptions,
} from '../arguments';
import { baselineOf, withBaseline, type BaselineOptions } from '../baseline';
import { fitBaseline, fitInterventions, fitPrompt } from '../fit-prompt';
import { withEngine } from '../engine';
import { interventionsOf, withInterventions, type InterventionOptions } from '../interventions';
import { modelRef } from '../model';
import { inspectorFile } from '../inspector-file';
import { notePrompt } from '../output/note-prompt';
import { writeAnswer } from '../output/write';
import { measureOption, positionOption, targetOf, type TargetOptions } from '../target-options';

interface GraphCommandOptions extends ModelOptions, PromptOptions, InterventionOptions, TargetOptions, GraphCounts, BaselineOptions {
  readonly effects?: true;
  readonly by: 'size' | 'share' | 'effect';
  readonly layers?: { from: number; to: number };
  readonly format: 'json' | 'html' | 'svg';
  readonly dark?: true;
  readonly out?: string;
}

/** The command with its options. */
export function graphCommand(): Command {
  const command = new Command('graph').description('Draw the forward pass of a prompt as a flow graph.');
  return withBaseline(withCounts(withInterventions(withModelAndLens(withPrompt(command)))))
    .option('--layers <range>', 'blocks to draw, from 0, such as 3 or 3-5 (default: the last one)', layerRange)
    .addOption(positionOption())
    .option('--target <token>', 'text of the token whose rank and logit share are shown (default: what the model predicts)')
    .option('--against <token>', 'token whose logit is subtracted: shares then show what favours the target over this token')
    .option('--effects', 'estimate what would change without each component that is drawn; --twin and --mean-over imply it')
    .addOption(
      new Option(
        '--by <ranking>',
        'which heads, sources and neurons are drawn: those that write most, have the largest share, or the largest estimated effect; nodes are coloured and kept by effect, or else by share',
      )
        .choices(['size', 'share', 'effect'])
        .default('size'),
    )
    .addOption(measureOption())
    .addOption(
      new Option('--format <format>', 'json: docs/flow-graph.schema.json; html: one self-contained file with the inspector; svg: a drawing')
        .choices(['json', 'html', 'svg'])
        .default('json'),
    )
    .addOption(darkOption())
    .option('--out <file>', 'write to this file instead of stdout')
    .addHelpText(
      'after',
      '\nExample: visit graph --prompt "The capital of Japan is the city of" --layers 6-7 --format html --out japan.html',
    )
    .action(async (options: GraphCommandOptions) => {
      const interventions = await interventionsOf(command, options);
      const model = await modelRef(options);
      const asked = await readPrompt(command, options);
      const { layers, by } = options;
      const seenBy = by === 'effect' ? 'effect' : 'share';
      const baseline = (await baselineOf(options)) ?? (options.effects && { baseline: 'zero' as const });
      const graphOptions: GraphOptions = {
        counts: countsOf(options),
        ...(layers && { layers }),
        ...targetOf(options),
        by: by === 'size' ? 'norm' : by,
      };
      const answer = await withEngine(command, async (engine, signal) => {
        const prompt = await fitPrompt(engine, model, asked, options, signal);
        const changes = interventions.length > 0 && {
          interventions: await fitInterventions(engine, model, interventions, options, signal),
        };
        const effects = baseline && (await fitBaseline(engine, model, baseline, options, signal));
        const pass = { model, prompt, options: { ...graphOptions, ...(effects && { effects }), ...changes } };
        const graph = await engine.call('graph', pass, { signal });
        notePrompt(graph.tokens);
        switch (options.format) {
          case 'json':
            return `${JSON.stringify(graph)}\n`;
          case 'html':
            return inspectorFile(engine, { ...pass, graph }, { tab: 'graph', colourBy: seenBy, keepBy: seenBy }, signal);
          case 'svg':
            return graphSvg(graph, options.dark ? 'dark' : 'light', seenBy);
          default:
            return assertNever(options.format);
        }
      });
      await writeAnswer(answer, options.out);
    });
}
