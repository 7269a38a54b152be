/** `visit find`: everywhere in a pass that a token is among the most likely ones. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { searchTokens } from '../../core/insight/token-search';
import { readPrompt, wholeNumber, withModelAndLens, withPrompt, type ModelOptions, type PromptOptions } from '../arguments';
import { withEngine } from '../engine';
import { fitPrompt } from '../fit-prompt';
import { modelRef } from '../model';
import { lensLine } from '../output/lens-line';
import { foundTable } from '../output/found-table';
import { writeAnswer } from '../output/write';
import { positionOption } from '../target-options';

interface FindCommandOptions extends ModelOptions, PromptOptions {
  readonly position?: number;
  readonly whole?: true;
  readonly tokens: number;
  readonly most: number;
  readonly format: 'json' | 'table';
}

/** The command with its options. */
export function findCommand(): Command {
  const command = new Command('find').description(
    'Find every layer, head, neuron and position where a token is among the most likely ones, the most probable first.',
  );
  return withModelAndLens(withPrompt(command))
    .argument('<text>', 'token, or a part of one; capital and small letters are the same', notEmpty)
    .addOption(positionOption())
    .option('--whole', 'the text is a whole token, but for a space before it')
    .option('--tokens <k>', 'how many most likely tokens count', wholeNumber(1), 10)
    .option('--most <n>', 'rows of the table', wholeNumber(1), 40)
    .addOption(new Option('--format <format>', 'output format; json has every place').choices(['json', 'table']).default('table'))
    .action(async (text: string, options: FindCommandOptions) => {
      const model = await modelRef(options);
      const asked = await readPrompt(command, options);
      const { position, whole = false, tokens } = options;
      const index = await withEngine(command, async (engine, signal) => {
        const prompt = await fitPrompt(engine, model, asked, options, signal);
        const wanted = { ...(position !== undefined && { position }), counts: { tokens } };
        return engine.call('tokenIndex', { model, prompt, options: wanted }, { signal });
      });
      const found = searchTokens(index, { text, whole });
      if (options.format === 'json') {
        const { prompt, position: at, around, depth } = index;
        const answer = { schema: 'visit.found/1', prompt, position: at, around, depth, text, whole, found };
        return writeAnswer(`${JSON.stringify({ ...answer, found: found.map(withoutLists) })}\n`, undefined);
      }
      if (found.length === 0)
        return writeAnswer(`${JSON.stringify(text)} is not among the first ${index.depth} tokens anywhere.\n`, undefined);
      return writeAnswer(foundTable(index, found, options.most) + lensLine(index.model), undefined);
    });
}

function notEmpty(text: string): string {
  if (text === '') throw new InvalidArgumentError('The text is empty.');
  return text;
}

/** A place without the other tokens that it lists. */
function withoutLists({ place, ...found }: ReturnType<typeof searchTokens>[number]) {
  const { listed: _listed, probabilities: _probabilities, ...where } = place;
  return { ...where, ...found };
}
