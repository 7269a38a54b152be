/** Prompts of many that are not in an answer, because the model cannot read them: named so that they can be found. */
import type { SkippedPrompt } from '../../core/insight/survey';
import { escapeUnsafe, showPrompt } from '../../core/text/token-text';
import type { GivenPrompt } from '../arguments';
import { clip } from './table';
import { surroundings } from '../surroundings';

/** Prompts named on stderr; of more their number is said. */
const NAMED = 5;

/** Characters that are shown of a prompt. */
const EXCERPT = 40;

/** A prompt that was left out. */
export interface LeftOut {
  readonly prompt: GivenPrompt;
  /** one sentence for a person */
  readonly reason: string;
}

/** What a survey has left out, by the prompts that it was given. */
export function leftOutOf(prompts: readonly GivenPrompt[], skipped: readonly SkippedPrompt[]): LeftOut[] {
  return skipped.flatMap(({ index, reason }) => {
    const prompt = prompts[index];
    return prompt ? [{ prompt, reason }] : [];
  });
}

/** One line a prompt, for the end of a table. */
export function leftOutLines(leftOut: readonly LeftOut[]): string {
  return leftOut.map((each) => `${inWords(each)}\n`).join('');
}

/** Names the first of them on stderr, for who reads the answer with a program. */
export function warnLeftOut(leftOut: readonly LeftOut[]): void {
  const more = leftOut.length - NAMED;
  const lines = leftOut.slice(0, NAMED).map(inWords);
  if (more > 0) lines.push(`${more} more ${more === 1 ? 'prompt was' : 'prompts were'} left out`);
  for (const line of lines) surroundings().stderr.write(`visit: warning: ${line}\n`);
}

function inWords({ prompt: { text, place }, reason }: LeftOut): string {
  return `${escapeUnsafe(place)} (“${clip(showPrompt(text), EXCERPT)}”) was left out: ${escapeUnsafe(reason)}`;
}
