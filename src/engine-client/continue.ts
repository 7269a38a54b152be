/** Has a model continue a prompt, one call for each token: calls of others come in between, and what is there when it is cancelled stays. */
import type { ContinuationEnd, GeneratedToken, Sampling } from '../core/format/continuation';
import { Problem } from '../core/problem';
import type { ModelRef, PromptInput } from '../core/protocol/engine-inputs';
import type { CallOptions, EngineCalls } from './engine-calls';

/** What is to be continued, and how. */
export interface ContinueOptions {
  readonly model: ModelRef;
  /** ids of the prompt's tokens */
  readonly prompt: readonly number[];
  /** most tokens that are generated */
  readonly tokens: number;
  /** how many of the most likely tokens are listed with each */
  readonly top: number;
  /** null: the most likely token, each time */
  readonly sampling: Sampling | null;
  /** tokens that the model can read */
  readonly contextLength: number;
}

/** Ids of a prompt's tokens. @throws Problem what the engine answers; `empty-prompt` */
export async function idsOf(engine: EngineCalls, model: ModelRef, prompt: PromptInput, call: CallOptions): Promise<readonly number[]> {
  if ('tokens' in prompt) return prompt.tokens;
  if (prompt.text === '') throw new Problem('empty-prompt', 'The prompt is empty.', 'Select or type some text first.');
  return (await engine.call('tokenize', { model, text: prompt.text }, call)).tokens.map(({ id }) => id);
}

/**
 * One token after the other, as they come.
 *
 * @returns why it ended; `cancelled` where the signal fired
 * @throws Problem what the engine answers, but for `cancelled`; `prompt-too-long` where the prompt leaves no room in the model's context
 */
export async function* continuation(
  engine: EngineCalls,
  { model, prompt, tokens, top, sampling, contextLength }: ContinueOptions,
  call: CallOptions,
): AsyncGenerator<GeneratedToken, ContinuationEnd> {
  // A longer one is the engine's to refuse.
  if (prompt.length === contextLength) throw noRoom(contextLength);
  const ids = [...prompt];
  for (let i = 0; i < tokens; i++) {
    if (i > 0 && ids.length >= contextLength) return 'context';
    const token = await nextToken(engine, { model, tokens: [...ids], options: { top, ...(sampling && { sampling }) } }, call);
    if (token === null) return 'cancelled';
    yield token;
    if (token.ends) return 'end-token';
    ids.push(token.id);
  }
  return 'length';
}

/** null: it was cancelled. */
async function nextToken(
  engine: EngineCalls,
  params: Parameters<typeof engine.call<'nextToken'>>[1],
  call: CallOptions,
): Promise<GeneratedToken | null> {
  if (call.signal?.aborted) return null;
  try {
    return await engine.call('nextToken', params, call);
  } catch (error) {
    if (error instanceof Problem && error.code === 'cancelled') return null;
    throw error;
  }
}

function noRoom(contextLength: number): Problem {
  return new Problem(
    'prompt-too-long',
    `The prompt has ${contextLength} tokens, which is all that the model reads: there is no room for a continuation.`,
    'Shorten it.',
  );
}
