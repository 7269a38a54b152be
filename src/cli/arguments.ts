/** Options that several commands share, and the readers of their values. A bad value is bad usage, never a failure. */
import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { Command, InvalidArgumentError, Option } from 'commander';
import { Problem } from '../core/problem';
import type { PromptInput } from '../core/protocol/engine';

/** Options of every command that runs a model. */
export interface ModelOptions {
  readonly model?: string;
}

/** Options that name a prompt. */
export interface PromptOptions {
  readonly prompt?: string;
  readonly promptFile?: string;
}

/** Adds `--model`. */
export function withModel(command: Command): Command {
  return command.option('--model <folder>', 'Hugging Face checkpoint folder (config.json, *.safetensors, tokenizer.json); default: the embedded model');
}

/** Adds `--prompt` and `--prompt-file`, which exclude each other. */
export function withPrompt(command: Command): Command {
  return command
    .addOption(new Option('--prompt <text>', 'the prompt').conflicts('promptFile').argParser(nonBlank))
    .addOption(new Option('--prompt-file <file>', 'file with the prompt ("-": standard input); one newline at its end is not part of the prompt'));
}

/**
 * The prompt as the options name it.
 *
 * @throws CommanderError when none is named
 * @throws Problem `io` when the file cannot be read
 */
export async function readPrompt(command: Command, options: PromptOptions): Promise<PromptInput> {
  if (options.prompt !== undefined) return { text: options.prompt };
  if (options.promptFile === undefined) return command.error('a prompt is needed: --prompt TEXT or --prompt-file FILE');
  try {
    const text = await (options.promptFile === '-' ? readAll(process.stdin) : readFile(options.promptFile, 'utf8'));
    return { text: text.replace(/\r?\n$/, '') };
  } catch (cause) {
    throw new Problem('io', `The prompt file ${options.promptFile} cannot be read.`, 'Check its path and permissions.', { cause });
  }
}

function nonBlank(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('The prompt is empty.');
  return text;
}

/** A whole number, at least `min`. */
export function wholeNumber(min: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value) || value < min) {
      throw new InvalidArgumentError(min === -Infinity ? 'A whole number is needed.' : `A whole number of at least ${min} is needed.`);
    }
    return value;
  };
}

/** `3` or `3-5`. */
export function layerRange(text: string): { from: number; to: number } {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text.trim());
  if (!match) throw new InvalidArgumentError('Layers are one number or a range, such as 3 or 3-5.');
  const from = Number(match[1]);
  const to = Number(match[2] ?? match[1]);
  if (to < from) throw new InvalidArgumentError(`The range ${text} runs backwards.`);
  return { from, to };
}

/** `1,2,3` */
export function tokenIds(text: string): number[] {
  if (!/^\s*\d+(\s*,\s*\d+)*\s*$/.test(text)) throw new InvalidArgumentError('Token ids are whole numbers with commas, such as 1,2,3.');
  return text.split(',').map(Number);
}
