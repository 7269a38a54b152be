/** What surveys of many prompts have in common: a prompt that cannot be read is left out and named, and the survey continues. */
import type { InspectablePass } from '../pass/inspectable-pass';
import { stopIfCancelled } from '../cancel';
import { Problem } from '../problem';
import type { CallContext } from '../call-context';

/** A prompt that was left out of a survey. */
export interface SkippedPrompt {
  /** its place among the prompts, from 0 */
  readonly index: number;
  /** why, one sentence for a person */
  readonly reason: string;
}

/** Gives a prompt's pass. */
export type Forward<P> = (prompt: P, context: CallContext) => Promise<InspectablePass>;

/** Problems that belong to one prompt, so that the others can still be read. */
const OF_ONE_PROMPT: ReadonlySet<string> = new Set(['empty-prompt', 'prompt-too-long', 'token-out-of-range']);

/**
 * Does something with every prompt, in order.
 *
 * @returns the prompts that were left out
 * @throws Problem `cancelled`; `empty-prompt` when not one prompt could be read; and whatever concerns more than one prompt
 */
export async function surveyPrompts<P>(
  prompts: readonly P[],
  look: (prompt: P) => Promise<void>,
  { signal, report }: CallContext,
): Promise<SkippedPrompt[]> {
  const skipped: SkippedPrompt[] = [];
  for (const [index, prompt] of prompts.entries()) {
    stopIfCancelled({ signal }, 'The survey');
    report({ message: `prompt ${index + 1} of ${prompts.length}`, done: index, total: prompts.length });
    try {
      await look(prompt);
    } catch (thrown) {
      const problem = Problem.from(thrown);
      if (!OF_ONE_PROMPT.has(problem.code)) throw problem;
      skipped.push({ index, reason: problem.message });
    }
  }
  if (skipped.length === prompts.length) {
    throw new Problem(
      'empty-prompt',
      `${prompts.length === 1 ? 'The only prompt cannot' : `None of the ${prompts.length} prompts can`} be read: ${skipped[0]?.reason ?? 'there is none'}`,
      'Give at least one prompt that fits the model.',
    );
  }
  return skipped;
}
