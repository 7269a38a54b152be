/** What every prompt must be before a model runs it. */
import type { ModelInfo } from '../../core/format/flow-graph';
import { Problem } from '../../core/problem';

/**
 * Checks a prompt against the model that is to run it.
 *
 * @param subject what messages call the prompt
 * @throws Problem `empty-prompt`, `prompt-too-long` or `token-out-of-range`
 */
export function checkPrompt(
  tokens: readonly { readonly id: number }[],
  info: Pick<ModelInfo, 'name' | 'contextLength' | 'vocabSize'>,
  subject = 'The prompt',
): void {
  const { name, contextLength, vocabSize } = info;
  if (tokens.length === 0) throw new Problem('empty-prompt', `${subject} has no tokens.`, 'Select some text, or give at least one token.');
  if (tokens.length > contextLength) throw promptTooLong(`${tokens.length}`, info, subject);
  const outside = tokens.find(({ id }) => !Number.isInteger(id) || id < 0 || id >= vocabSize);
  if (outside) {
    throw new Problem(
      'token-out-of-range',
      `Token ${outside.id} is not in the vocabulary of ${name}, which has ${vocabSize} tokens.`,
      `Ids range from 0 to ${vocabSize - 1}. If you gave text rather than ids, the tokenizer in the model’s folder seems to belong to another model.`,
    );
  }
}

/** @param count number of tokens, which may be "at least" some number */
export function promptTooLong(
  count: string,
  { name, contextLength }: Pick<ModelInfo, 'name' | 'contextLength'>,
  subject = 'The prompt',
): Problem {
  return new Problem(
    'prompt-too-long',
    `${subject} has ${count} tokens; ${name} reads at most ${contextLength}.`,
    `Shorten it, or use its last ${contextLength} tokens.`,
  );
}
