import { Problem } from '../../core/problem';
import type { PromptInput } from '../../core/protocol/engine-inputs';
import { checkPrompt, promptTooLong } from '../runtime/check-prompt';
import type { ChatTemplate } from '../../model/tokenizer/chat/template';
import type { PromptTokenizer } from '../../model/tokenizer/prompt-tokenizer';
import type { OpenModel, Prompt } from './runnable-model';

/**
 * Turns what was asked into tokens that the model can run.
 * @param subject what messages call the prompt
 * @throws Problem `empty-prompt`, `prompt-too-long`, `token-out-of-range`, `tokenizer-missing` or `tokenizer-invalid`
 */
export function readPrompt(input: PromptInput, open: OpenModel, subject = 'The prompt'): Prompt {
  const prompt =
    'text' in input ? readText(input, open, subject) : { ...readTokens(input.tokens, open.tokenizer), given: 'tokens' as const };
  checkPrompt(prompt.tokens, open.model.info, subject);
  return prompt;
}

/** @throws Problem `tokenizer-missing`, or `tokenizer-invalid` with the reason for which it cannot be used */
export function requireTokenizer({ tokenizer, tokenizerProblem, model }: OpenModel): PromptTokenizer {
  if (tokenizer) return tokenizer;
  if (tokenizerProblem) throw tokenizerProblem;
  throw new Problem(
    'tokenizer-missing',
    `${model.info.name} has no tokenizer.json, so it cannot read text.`,
    'Put the model’s tokenizer.json beside its weights, or trace token ids, which needs none (visit trace --tokens). SentencePiece’s tokenizer.model is not enough: transformers writes tokenizer.json when it saves the tokenizer.',
  );
}

/** @throws Problem `chat-template` where there is none, or none that can be read */
export async function requireChatTemplate({ chatTemplate, model }: OpenModel): Promise<ChatTemplate> {
  const template = await chatTemplate?.();
  if (template) return template;
  throw new Problem(
    'chat-template',
    `${model.info.name} has no chat template: it is not a model that was trained on conversations, or its tokenizer_config.json is not there.`,
    'Run the text as it is, or choose the model’s instruction-tuned version.',
  );
}

function readText(
  { text, marked = false }: { readonly text: string; readonly marked?: boolean | undefined },
  open: OpenModel,
  subject: string,
): Prompt {
  if (text === '') throw new Problem('empty-prompt', `${subject} is empty.`, 'Select or type some text first.');
  const tokenizer = requireTokenizer(open);
  const { info } = open.model;
  const fewest = tokenizer.fewestTokens(text);
  if (fewest > info.contextLength) throw promptTooLong(`at least ${fewest}`, info, subject);
  return { text, tokens: tokenizer.tokenize(text, { framed: !marked }), ...(marked && { given: 'marked' as const }) };
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
