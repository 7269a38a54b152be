/** A prompt as the engine is given it, and which characters of its document each of its tokens covers. */
import type { PromptToken } from '../../core/format/flow-graph';
import type { RenderedChat } from '../../core/protocol/engine';
import type { PromptInput } from '../../core/protocol/engine-inputs';
import { renderChat } from '../../engine-client/chat';
import type { CallOptions } from '../../engine-client/engine-calls';
import type { ModelCalls } from './model-calls';
import { isPlain, type Prompt } from './prompt';

/** Characters of the document, from the prompt's beginning on; null: none, such as what a template writes or a model says. */
export type TokenPlace = { readonly start: number; readonly end: number } | null;

/** See the head of this file. `places`: of each token; absent: where the token says. */
export interface ResolvedPrompt {
  readonly input: PromptInput;
  readonly places?: readonly TokenPlace[];
}

/** @throws Problem what the engine answers, such as `chat-template` */
export async function resolvePrompt(calls: ModelCalls, prompt: Prompt, call: CallOptions): Promise<ResolvedPrompt> {
  if (isPlain(prompt)) return { input: { text: prompt.text } };
  const { chat, continued } = prompt;
  const { input, tokens, places } = chat ? await asConversation(calls, chat, call) : await asText(calls, prompt.text, call);
  if (continued === undefined) return { input, places };
  return {
    input: { tokens: [...tokens.map(({ id }) => id), ...continued] },
    places: [...places, ...continued.map(() => null)],
  };
}

interface WithTokens extends Required<ResolvedPrompt> {
  readonly tokens: readonly PromptToken[];
}

async function asText({ engine, model }: ModelCalls, text: string, call: CallOptions): Promise<WithTokens> {
  const { tokens } = await engine.call('tokenize', { model, text }, call);
  return { input: { text }, tokens, places: tokens.map(({ start, end }) => (start === end ? null : { start, end })) };
}

async function asConversation({ engine, model }: ModelCalls, chat: NonNullable<Prompt['chat']>, call: CallOptions): Promise<WithTokens> {
  const { text, tokens, said } = await renderChat(engine, model, chat, call);
  return { input: { text, marked: true }, tokens, places: tokens.map((token) => placeOf(token, said, chat)) };
}

/** What of a token somebody says. */
function placeOf({ start, end }: PromptToken, said: RenderedChat['said'], chat: NonNullable<Prompt['chat']>): TokenPlace {
  for (const stretch of said) {
    const [from, to] = [Math.max(start, stretch.start), Math.min(end, stretch.end)];
    const at = chat[stretch.message]?.at;
    if (from >= to || at === undefined) continue;
    const begin = at + stretch.at + from - stretch.start;
    return { start: begin, end: begin + to - from };
  }
  return null;
}
