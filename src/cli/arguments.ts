/** Options that several commands share, and the readers of their values. A bad value is bad usage, never a failure. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { buffer as readAll } from 'node:stream/consumers';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { Problem } from '../core/problem';
import { DEFAULT_COUNTS } from '../core/format/default-counts';
import { countsFrom } from '../core/format/default-counts';
import type { GraphCounts } from '../core/format/graph-counts';
import { DEFAULT_DEVICE, DEVICES, type Device } from '../core/protocol/device';
import type { PromptInput } from '../core/protocol/engine-inputs';
import { promptLines } from '../core/text/prompt-lines';
import { surroundings } from './surroundings';

/** Options of every command that runs a model. */
export interface ModelOptions {
  readonly model?: string;
  readonly ignoreMemory?: true;
  readonly device?: Device;
  readonly base?: string;
  readonly lens?: string;
}

/** Options that name a prompt. */
export interface PromptOptions {
  readonly prompt?: string;
  readonly promptFile?: string;
  readonly lastTokens?: true;
  readonly chat?: true;
  readonly system?: string;
}

/** A prompt among several, and how to find it where it came from. */
export interface GivenPrompt {
  readonly text: string;
  /** such as "line 7 of prompts.txt" */
  readonly place: string;
}

/** Adds `--model`, `--base`, `--device` and `--ignore-memory`. */
export function withModel(command: Command): Command {
  return command
    .option(
      '--model <model>',
      'Hugging Face checkpoint folder (config.json, *.safetensors, tokenizer.json), a GGUF file, or the id of a model in the Hugging Face cache; default: the embedded model',
    )
    .option(
      '--base <model>',
      'if --model is a LoRA adapter: the model that it changes, as for --model; remembered for that adapter (default: looked for under the name that the adapter gives)',
    )
    .addOption(
      new Option(
        '--device <device>',
        `what runs the model: auto takes a graphics card where one is there, works and is clearly faster (default: ${DEFAULT_DEVICE})`,
      ).choices(DEVICES),
    )
    .option('--ignore-memory', 'run even if it needs more memory than is free');
}

/** Adds `--model`, `--base`, `--device`, `--ignore-memory` and `--lens`, of commands that read vectors as tokens. */
export function withModelAndLens(command: Command): Command {
  return withModel(command).option(
    '--lens <lens>',
    'what vectors are read through: logit, the name of a lens that is kept for these weights, or a file that “visit fit-lens” wrote (default: the lens called “fitted” where it is better than the logit lens at every border, else logit)',
    lensName,
  );
}

/** Adds `--chat` and `--system`, by which every prompt of a command is a message. */
export function withChat(command: Command): Command {
  return command
    .option(
      '--chat',
      'the prompt is a message to an instruction-tuned model: it is written as the model’s chat template does, up to where the answer begins',
    )
    .addOption(new Option('--system <text>', 'with --chat: a system prompt before it').implies({ chat: true }));
}

/** Adds `--prompt` and `--prompt-file`, which exclude each other, `--last-tokens`, `--chat` and `--system`. */
export function withPrompt(command: Command): Command {
  return withChat(command)
    .addOption(new Option('--prompt <text>', 'the prompt').conflicts('promptFile').argParser(nonEmpty))
    .addOption(new Option('--prompt-file <file>', 'file with the prompt ("-" for standard input); a single trailing newline is ignored'))
    .option('--last-tokens', 'if the prompt is longer than the model’s context, use as many of its last tokens as fit');
}

/** Adds the options that say how much of a block is drawn. */
export function withCounts(command: Command): Command {
  return command
    .option('--heads <n>', 'heads per block, 0 for all', wholeNumber(0), DEFAULT_COUNTS.heads)
    .option('--values <n>', 'sources per head', wholeNumber(1), DEFAULT_COUNTS.values)
    .option('--top <n>', 'neurons with the largest coefficient × norm', wholeNumber(0), DEFAULT_COUNTS.top)
    .option('--bottom <n>', 'neurons with the smallest coefficient × norm', wholeNumber(0), DEFAULT_COUNTS.bottom)
    .option('--tokens <n>', 'tokens per list', wholeNumber(1), DEFAULT_COUNTS.tokens);
}

/** `--dark`: colours of a drawing. */
export function darkOption(): Option {
  return new Option('--dark', 'with --format svg: on a dark ground, for slides (default: on white, as papers are printed)');
}

/** The counts among the options of a command. */
export function countsOf(options: GraphCounts): GraphCounts {
  return countsFrom((name) => options[name]);
}

/**
 * The prompt as the options name it. A byte order mark at the beginning of a file is not part of the prompt.
 *
 * @throws CommanderError when none is named
 * @throws Problem `io` when the file cannot be read or is not UTF-8 text
 */
export async function readPrompt(command: Command, options: PromptOptions): Promise<PromptInput> {
  if (options.prompt !== undefined) return { text: options.prompt };
  if (options.promptFile === undefined) return command.error('a prompt is needed: --prompt TEXT or --prompt-file FILE');
  return { text: decodePrompt(await readBytes(options.promptFile), options.promptFile).replace(/\r?\n$/, '') };
}

async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return await (file === '-' ? readAll(surroundings().stdin) : readFile(file));
  } catch (cause) {
    const [said, hint] = unreadable((cause as NodeJS.ErrnoException).code);
    throw new Problem('io', `${subject(file)} ${said}.`, hint, { cause });
  }
}

function unreadable(code: string | undefined): [said: string, hint: string] {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return ['does not exist', 'Check its path.'];
    case 'EISDIR':
      return ['is a folder', 'Name a file in it.'];
    case 'EACCES':
    case 'EPERM':
      return ['cannot be read: permission denied', 'Check its permissions.'];
    default:
      return ['cannot be read', 'Check its path and permissions.'];
  }
}

/** What a sentence about the file that a prompt is read from begins with. */
function subject(file: string): string {
  return file === '-' ? 'Standard input' : `The prompt file ${file}`;
}

/**
 * The prompts of a file with one on each line. Blank lines, and lines that begin with `#`, are skipped.
 *
 * @throws Problem `io` when the file cannot be read or is not UTF-8 text; `empty-prompt` when it holds no prompt
 */
export async function readPrompts(file: string): Promise<GivenPrompt[]> {
  const lines = promptLines(decodePrompt(await readBytes(file), file), { hashIsComment: true });
  if (lines.length === 0)
    throw new Problem(
      'empty-prompt',
      `${subject(file)} contains no prompts.`,
      'Write one prompt per line; blank lines and lines beginning with # are skipped.',
    );
  return lines.map(({ text, line }) => ({ text, place: `line ${line} of ${file === '-' ? 'standard input' : file}` }));
}

/** What the prompts of a file are called together: its name. Those of standard input have none. */
export function promptsNamed(file: string): { readonly name?: string } {
  return file === '-' ? {} : { name: path.basename(file) };
}

/** Strict: a model would read the replacement characters of a lenient decoder as part of the prompt. */
function decodePrompt(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Problem('io', `${subject(file)} is not UTF-8 text.`, 'Save it as UTF-8.', { cause });
  }
}

/** What names a lens: not nothing. */
export function lensName(text: string): string {
  if (text === '') throw new InvalidArgumentError('The name of a lens is empty.');
  return text;
}

/** A text that is not empty: a blank is a prompt too. */
export function nonEmpty(text: string): string {
  if (text === '') throw new InvalidArgumentError('The prompt is empty.');
  return text;
}

/** A whole number, at least `min`. */
export function wholeNumber(min: number): (text: string) => number {
  return (text) => {
    if (!/^-?\d+$/.test(text) || Number(text) < min) {
      throw new InvalidArgumentError(min === -Infinity ? 'A whole number is needed.' : `A whole number of at least ${min} is needed.`);
    }
    return exact(text);
  };
}

/** The value of a text of digits, which must be small enough to be counted with. */
function exact(digits: string): number {
  const value = Number(digits);
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError(`${digits.trim()} is too large.`);
  return value;
}

/** A share from 0 to 1. */
export function fraction(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1)) throw new InvalidArgumentError('A number from 0 to 1 is needed.');
  return value;
}

/** `3` or `3-5`. */
export function layerRange(text: string): { from: number; to: number } {
  const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(text.trim()) ?? [];
  if (first === undefined || last === undefined) throw new InvalidArgumentError('Give one layer or a range of layers, such as 3 or 3-5.');
  const from = exact(first);
  const to = exact(last);
  if (to < from) throw new InvalidArgumentError(`The range ${text} runs backwards.`);
  return { from, to };
}

/** `1,2,3` */
export function tokenIds(text: string): number[] {
  if (!/^\s*\d+(\s*,\s*\d+)*\s*$/.test(text))
    throw new InvalidArgumentError('Token ids are whole numbers separated by commas, such as 1,2,3.');
  return text.split(',').map(exact);
}
