/** `visit trace`: every tensor of a pass, under its TransformerLens name, as one safetensors file. */
import path from 'node:path';
import { Command, Option } from 'commander';
import { readPrompt, tokenIds, withModel, withPrompt, type ModelOptions, type PromptOptions } from '../arguments';
import { fitInterventions, fitPrompt } from '../fit-prompt';
import { withEngine } from '../engine';
import { interventionsOf, withInterventions, type InterventionOptions } from '../interventions';
import { modelRef } from '../model';
import { writeAnswer } from '../output/write';

interface TraceCommandOptions extends ModelOptions, PromptOptions, InterventionOptions {
  readonly tokens?: number[];
  readonly out: string;
}

/** The command with its options. */
export function traceCommand(): Command {
  const command = new Command('trace').description('Write every tensor of the forward pass to a safetensors file.');
  return withInterventions(withModel(withPrompt(command)))
    .addOption(
      new Option('--tokens <ids>', 'token ids instead of a prompt; works without a tokenizer')
        .argParser(tokenIds)
        .conflicts(['prompt', 'promptFile']),
    )
    .requiredOption('--out <file>', 'safetensors file to write')
    .action(async (options: TraceCommandOptions) => {
      const interventions = await interventionsOf(command, options);
      const model = await modelRef(options);
      const asked = options.tokens ? { tokens: options.tokens } : await readPrompt(command, options);
      const { entries } = await withEngine(command, async (engine, signal) => {
        const prompt = await fitPrompt(engine, model, asked, options, signal);
        const changes = await fitInterventions(engine, model, interventions, options, signal);
        return engine.call('trace', { model, prompt, file: path.resolve(options.out), interventions: changes }, { signal });
      });
      await writeAnswer(entries.map(({ name, shape }) => `${name} [${shape.join(',')}]\n`).join(''), undefined);
    });
}
