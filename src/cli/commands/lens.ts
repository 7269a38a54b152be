/** `visit lens`: the logit lens of the residual stream, layers × positions. */
import { Command, Option } from 'commander';
import { readPrompt, wholeNumber, withModelAndLens, withPrompt, type ModelOptions, type PromptOptions } from '../arguments';
import { fitInterventions, fitPrompt } from '../fit-prompt';
import { withEngine } from '../engine';
import { interventionsOf, withInterventions, type InterventionOptions } from '../interventions';
import { modelRef } from '../model';
import { lensLine } from '../output/lens-line';
import { lensTable } from '../output/lens-table';
import { notePrompt } from '../output/note-prompt';
import { writeAnswer } from '../output/write';
import { surroundings } from '../surroundings';

interface LensCommandOptions extends ModelOptions, PromptOptions, InterventionOptions {
  readonly top: number;
  readonly format: 'json' | 'table';
}

/** The command with its options. */
export function lensCommand(): Command {
  const command = new Command('lens').description('Read the residual stream after every layer, at every position, as tokens.');
  return withInterventions(withModelAndLens(withPrompt(command)))
    .option('--top <k>', 'tokens per cell (a table shows the first)', wholeNumber(1), 5)
    .addOption(new Option('--format <format>', 'output format').choices(['json', 'table']).default('table'))
    .action(async (options: LensCommandOptions) => {
      const interventions = await interventionsOf(command, options);
      const model = await modelRef(options);
      const asked = await readPrompt(command, options);
      const grid = await withEngine(command, async (engine, signal) => {
        const prompt = await fitPrompt(engine, model, asked, options, signal);
        const changes = await fitInterventions(engine, model, interventions, options, signal);
        return engine.call('lens', { model, prompt, tokens: options.top, interventions: changes }, { signal });
      });
      notePrompt(grid.tokens);
      const answer =
        options.format === 'json' ? `${JSON.stringify(grid)}\n` : lensTable(grid, surroundings().stdout.columns) + lensLine(grid.model);
      await writeAnswer(answer, undefined);
    });
}
