/** `visit continue`: what the model says next, token by token. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Continuation, ContinuationEnd, GeneratedToken, Sampling } from '../../core/format/continuation';
import type { ModelInfo } from '../../core/format/flow-graph';
import { spelledTogether } from '../../core/text/character-parts';
import { continuation, idsOf } from '../../engine-client/continue';
import { readPrompt, wholeNumber, withModel, withPrompt, type ModelOptions, type PromptOptions } from '../arguments';
import { withEngine } from '../engine';
import { fitPrompt } from '../fit-prompt';
import { modelRef } from '../model';
import { ContinuationText } from '../output/continuation-text';
import { writeAnswer } from '../output/write';

interface ContinueCommandOptions extends ModelOptions, PromptOptions {
  readonly tokens: number;
  readonly top: number;
  readonly sample?: true;
  readonly temperature: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly seed: number;
  readonly format: 'json' | 'text';
}

/** The command with its options. */
export function continueCommand(): Command {
  const command = new Command('continue').description(
    'Have the model continue the prompt, with what it holds likely at every token; Ctrl+C ends it and keeps what there is.',
  );
  return withModel(withPrompt(command))
    .option('--tokens <n>', 'most tokens that are generated', wholeNumber(1), 32)
    .option('--top <k>', 'most likely tokens that are listed with each', wholeNumber(1), 4)
    .option('--sample', 'draw each token at random, as likely as the model holds it (default: the most likely token, each time)')
    .addOption(sampling('--temperature <t>', 'what logits are divided by before a token is drawn', above0).default(1))
    .addOption(sampling('--top-k <k>', 'draw from the k most likely tokens', wholeNumber(1)))
    .addOption(sampling('--top-p <p>', 'draw from the fewest tokens that are this likely together, from 0 to 1', share))
    .addOption(sampling('--seed <n>', 'the same seed draws the same tokens', wholeNumber(0)).default(0))
    .addOption(new Option('--format <format>', 'output format').choices(['json', 'text']).default('text'))
    .action(async (options: ContinueCommandOptions) => {
      const model = await modelRef(options);
      const asked = await readPrompt(command, options);
      const how = samplingOf(options);
      await withEngine(command, async (engine, signal) => {
        const fitted = await fitPrompt(engine, model, asked, options, signal);
        const prompt = await idsOf(engine, model, fitted, { signal });
        const info = await engine.call('load', { model }, { signal });
        const { tokens: most, top } = options;
        const coming = continuation(
          engine,
          { model, prompt, tokens: most, top, sampling: how, contextLength: info.contextLength },
          { signal },
        );
        const text = options.format === 'text' ? new ContinuationText(prompt.length) : null;
        const tokens: GeneratedToken[] = [];
        for (;;) {
          const { value, done } = await coming.next();
          if (done) return writeAnswer(text ? text.end(info, value) : json(info, prompt, how, tokens, value), undefined);
          tokens.push(value);
          if (text) await writeAnswer(text.add(value), undefined);
        }
      });
    });
}

function json(
  model: ModelInfo,
  prompt: readonly number[],
  sampling: Sampling | null,
  tokens: readonly GeneratedToken[],
  ended: ContinuationEnd,
): string {
  const text = spelledTogether(tokens.filter(({ ends }) => !ends));
  const answer: Continuation = { schema: 'visit.continuation/1', model, prompt, sampling, tokens, text, ended };
  return `${JSON.stringify(answer)}\n`;
}

function samplingOf({ sample, temperature, topK, topP, seed }: ContinueCommandOptions): Sampling | null {
  if (!sample) return null;
  return { temperature, seed, ...(topK !== undefined && { topK }), ...(topP !== undefined && { topP }) };
}

/** An option that only means something where tokens are drawn, and so has them drawn. */
function sampling(flags: string, description: string, parse: (text: string) => number): Option {
  return new Option(flags, description).implies({ sample: true }).argParser(parse);
}

function above0(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && value < Infinity)) throw new InvalidArgumentError('A number above 0 is needed.');
  return value;
}

function share(text: string): number {
  const value = above0(text);
  if (value > 1) throw new InvalidArgumentError('A number above 0, and at most 1, is needed.');
  return value;
}
