/**
 * Patterns that a tokenizer's files give. They are written for Oniguruma, which the reference implementation searches with, and
 * may be such that a search never ends.
 */
import { createContext, Script } from 'node:vm';
import { toRegExp } from 'oniguruma-to-es';
import * as z from 'zod';
import { Problem } from '../../core/problem';

/** How tokenizer.json writes a pattern: a text to be found as it is, or a regular expression. */
export const patternSchema = z.union([z.object({ String: z.string() }), z.object({ Regex: z.string() })]);

/** A pattern that can be searched for. */
export interface FilePattern {
  readonly expression: RegExp;
  /** as the file has it */
  readonly source: string;
}

/** How long a search may take: far longer than any pattern that is in use takes for the longest prompt. Tests need not wait for it. */
export const searchLimit = { seconds: 3 };

/**
 * Reads a pattern of tokenizer.json.
 * @throws Problem `tokenizer-invalid` with the pattern, where it cannot be searched for
 */
export function readPattern(pattern: z.infer<typeof patternSchema>): FilePattern {
  if ('String' in pattern) {
    return { expression: literally(pattern.String), source: pattern.String };
  }
  try {
    // ES2024: what every version of Node that is supported understands, so that all of them cut alike.
    return { expression: toRegExp(pattern.Regex, { global: true, target: 'ES2024' }), source: pattern.Regex };
  } catch (error) {
    throw new Problem(
      'tokenizer-invalid',
      `The tokenizer cuts at a pattern that cannot be searched for: ${excerpt(pattern.Regex)} (${Problem.from(error).message}).`,
      NO_TOKENIZER,
      { cause: error },
    );
  }
}

/** What finds a text as it is. */
export function literally(text: string): RegExp {
  return new RegExp(text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), 'gu');
}

/** Where searches run: made for the first of them. */
let searches: { readonly context: { work: () => unknown }; readonly script: Script } | undefined;

/**
 * Does something that searches for a pattern, and ends it where the search does not end by itself.
 * @throws Problem `tokenizer-invalid` with the pattern after a few seconds, and what `work` throws
 */
export function searching<T>({ source }: FilePattern, work: () => T): T {
  searches ??= { context: createContext({ work: () => undefined }) as { work: () => unknown }, script: new Script('work()') };
  const { context, script } = searches;
  const { seconds } = searchLimit;
  context.work = work;
  try {
    // Only a script that may run for so long can be interrupted within a search; the work itself is not of its context.
    return script.runInContext(context, { timeout: seconds * 1000 }) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new Problem(
      'tokenizer-invalid',
      `The tokenizer’s pattern ${excerpt(source)} was searched for in the prompt for ${seconds} seconds without end: it backtracks.`,
      NO_TOKENIZER,
    );
  } finally {
    context.work = () => undefined;
  }
}

const excerpt = (pattern: string): string => JSON.stringify(pattern.length > 120 ? `${pattern.slice(0, 120)}…` : pattern);

/** What remains possible where a tokenizer cannot be used. */
export const NO_TOKENIZER = 'Token ids can be traced without it (visit trace --tokens); or choose a model with another tokenizer.';
