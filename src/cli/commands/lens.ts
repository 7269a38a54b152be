/** `visit lens`: the logit lens of the residual stream, layers × positions. */
import { Command, Option } from 'commander';
import { lensName, readPrompt, wholeNumber, withModelAndLens, withPrompt, type ModelOptions, type PromptOptions } from '../arguments';
import { fitInterventions, fitPrompt } from '../fit-prompt';
import { withEngine } from '../engine';
import { interventionsOf, withInterventions, type InterventionOptions } from '../interventions';
import { lensNamed, modelRef } from '../model';
import { lensDifferenceTable } from '../output/lens-difference-table';
import { lensLine } from '../output/lens-line';
import { lensTable } from '../output/lens-table';
import { notePrompt } from '../output/note-prompt';
import { writeAnswer } from '../output/write';
import { surroundings } from '../surroundings';

interface LensCommandOptions extends ModelOptions, PromptOptions, InterventionOptions {
  readonly top: number;
  readonly againstLens?: string;
  readonly format: 'json' | 'table';
}

/** The command with its options. */
export function lensCommand(): Command {
  const command = new Command('lens').description('Read the residual stream after every layer, at every position, as tokens.');
  return withInterventions(withModelAndLens(withPrompt(command)))
    .option('--top <k>', 'tokens per cell (a table shows the first)', wholeNumber(1), 5)
    .option(
      '--against-lens <lens>',
      'show what --lens and this one read differently of the same streams: at every border and position the first token of each, and the tokens that only one of them lists',
      lensName,
    )
    .addOption(new Option('--format <format>', 'output format').choices(['json', 'table']).default('table'))
    .action((options: LensCommandOptions) =>
      options.againstLens === undefined ? readStream(command, options) : compareLenses(command, options, options.againstLens),
    );
}

async function readStream(command: Command, options: LensCommandOptions): Promise<void> {
  const interventions = await interventionsOf(command, options);
  const model = await modelRef(options);
  const asked = await readPrompt(command, options);
  const grid = await withEngine(command, async (engine, signal) => {
    const prompt = await fitPrompt(engine, model, asked, options, signal);
    const changes = await fitInterventions(engine, model, interventions, options, signal);
    return engine.call('lens', { model, prompt, tokens: options.top, interventions: changes }, { signal });
  });
  notePrompt(grid.tokens);
  await writeAnswer(
    options.format === 'json' ? `${JSON.stringify(grid)}\n` : lensTable(grid, surroundings().stdout.columns) + lensLine(grid.model),
    undefined,
  );
}

/** Of the unchanged pass, with tokens as many as the engine lists. */
async function compareLenses(command: Command, options: LensCommandOptions, against: string): Promise<void> {
  if ((await interventionsOf(command, options)).length > 0)
    command.error('--against-lens compares lenses of an unchanged pass: leave out --ablate, --patch and --mean');
  if (command.getOptionValueSource('top') === 'cli') command.error('--against-lens always lists five tokens of each lens: leave out --top');
  const model = await modelRef(options);
  const asked = await readPrompt(command, options);
  const lens = await lensNamed(against);
  const difference = await withEngine(command, async (engine, signal) => {
    const prompt = await fitPrompt(engine, model, asked, options, signal);
    return engine.call('lensDifference', { model, prompt, lens }, { signal });
  });
  notePrompt(difference.tokens);
  await writeAnswer(
    options.format === 'json'
      ? `${JSON.stringify(difference)}\n`
      : lensDifferenceTable(difference, surroundings().stdout.columns, [options.lens, against]),
    undefined,
  );
}
