/** `--twin` and `--mean-over`: what takes a component's place where its effect is asked for. */
import { Option, type Command } from 'commander';
import type { BaselineInput } from '../core/protocol/engine-inputs';
import { nonEmpty, promptsNamed, readPrompts } from './arguments';

/** Options that name a baseline. */
export interface BaselineOptions {
  readonly twin?: string;
  readonly meanOver?: string;
}

/** Adds both options, which exclude each other. */
export function withBaseline(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--twin <text>',
        'compare with each component’s value on this prompt, aligned from the end (default: with nothing in its place)',
      )
        .conflicts('meanOver')
        .argParser(nonEmpty),
    )
    .addOption(
      new Option(
        '--mean-over <file>',
        'compare with each component’s mean over the prompts of a file, one per line, aligned from the end (# begins a comment; "-" for standard input)',
      ),
    );
}

/** The baseline that the options name; undefined: none. @throws Problem as `readPrompts` */
export async function baselineOf({ twin, meanOver }: BaselineOptions): Promise<BaselineInput | undefined> {
  if (twin !== undefined) return { baseline: 'twin', prompt: { text: twin } };
  if (meanOver === undefined) return undefined;
  const prompts = await readPrompts(meanOver);
  return { baseline: 'mean', prompts: prompts.map(({ text }) => ({ text })), ...promptsNamed(meanOver) };
}
