import { Problem } from '../../core/problem';
import type { PromptInput } from '../../core/protocol/engine';
import type { PromptTokenizer } from '../tokenizer/prompt-tokenizer';
import type { OpenModel, Prompt } from './runnable-model';

/**
 * Turns what was asked into tokens that the model can run.
 * @throws Problem `empty-prompt`, `prompt-too-long`, `token-out-of-range`, `tokenizer-missing` or `tokenizer-invalid`
 */
export function readPrompt(input: PromptInput, open: OpenModel): Prompt {
  const { contextLength, vocabSize, name } = open.model.info;
  const prompt = 'text' in input ? readText(input.text, open) : readTokens(input.tokens, open.tokenizer);
  if (prompt.tokens.length === 0) {
    throw new Problem('empty-prompt', 'The prompt has no tokens.', 'Give at least one token.');
  }
  const beyond = prompt.tokens.find(({ id }) => id < 0 || id >= vocabSize);
  if (beyond) {
    throw new Problem(
      'token-out-of-range',
      `Token ${beyond.id} is not in the vocabulary of ${name}, which has ${vocabSize} tokens.`,
      'text' in input ? 'The tokenizer.json in the model’s folder seems to belong to another model.' : `Use ids from 0 to ${vocabSize - 1}.`,
    );
  }
  if (prompt.tokens.length > contextLength) throw promptTooLong(`${prompt.tokens.length}`, contextLength, name);
  return prompt;
}

/** @throws Problem `tokenizer-missing` */
export function requireTokenizer(tokenizer: PromptTokenizer | null, name: string): PromptTokenizer {
  if (tokenizer) return tokenizer;
  throw new Problem(
    'tokenizer-missing',
    `${name} has no tokenizer.json, so it cannot read text.`,
    'Put the model’s tokenizer.json beside its weights, or give token ids instead of text. SentencePiece’s tokenizer.model is not enough: transformers writes tokenizer.json when it saves the tokenizer.',
  );
}

function readText(text: string, { tokenizer: optional, model }: OpenModel): Prompt {
  if (text.trim() === '') {
    const message = text === '' ? 'The prompt is empty.' : 'The prompt is nothing but white space.';
    throw new Problem('empty-prompt', message, 'Select or type some text first.');
  }
  const { name, contextLength } = model.info;
  const tokenizer = requireTokenizer(optional, name);
  const fewest = tokenizer.fewestTokens(text);
  if (fewest > contextLength) throw promptTooLong(`at least ${fewest}`, contextLength, name);
  return { text, tokens: tokenizer.tokenize(text) };
}

function promptTooLong(count: string, contextLength: number, name: string): Problem {
  return new Problem(
    'prompt-too-long',
    `The prompt has ${count} tokens, ${name} reads at most ${contextLength}.`,
    `Shorten the prompt, or use its last ${contextLength} tokens.`,
  );
}

/** Token ids with the text that they spell; without a tokenizer that text is the ids themselves. */
function readTokens(ids: readonly number[], tokenizer: PromptTokenizer | null): Prompt {
  if (tokenizer) return tokenizer.detokenize(ids);
  let end = -1;
  const tokens = ids.map((id) => {
    const start = end + 1;
    end = start + `${id}`.length;
    return { id, text: `${id}`, start, end };
  });
  return { text: ids.join(' '), tokens };
}
