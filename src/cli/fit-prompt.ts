/** Shortening a prompt to what a model reads, for those who ask for it; nothing is ever cut without a word. */
import type { Intervention } from '../core/format/intervention';
import { assertNever } from '../core/problem';
import { offsetOfLastTokens } from '../core/text/last-tokens';
import { conversationOf } from '../files/chat-prompt';
import type { BaselineInput, ModelRef, PromptInput } from '../core/protocol/engine-inputs';
import { renderChat } from '../engine-client/chat';
import type { EngineCalls } from '../engine-client/engine-calls';
import type { PromptOptions } from './arguments';

/**
 * The prompt; with `--chat` as a message that the model's chat template writes; with `--last-tokens` as much of its end as fits the model's context.
 *
 * @throws Problem `prompt-too-long` when no end of a text fits, and what the engine answers
 */
export async function fitPrompt(
  engine: EngineCalls,
  model: ModelRef,
  prompt: PromptInput,
  options: Pick<PromptOptions, 'lastTokens' | 'chat' | 'system'>,
  signal: AbortSignal,
): Promise<PromptInput> {
  const given = options.chat && 'text' in prompt ? await asMessage(engine, model, prompt.text, options.system, signal) : prompt;
  return options.lastTokens ? lastTokens(engine, model, given, signal) : given;
}

/**
 * A text as a conversation with the model (see `files/chat-prompt.ts`), up to where its answer begins. A system prompt that is given takes the
 * place of the text's own.
 *
 * @throws Problem `chat-template`, `empty-prompt`
 */
async function asMessage(
  engine: EngineCalls,
  model: ModelRef,
  content: string,
  system: string | undefined,
  signal: AbortSignal,
): Promise<PromptInput> {
  const conversation = conversationOf(content);
  const messages =
    system === undefined
      ? conversation
      : [{ role: 'system' as const, content: system }, ...conversation.filter(({ role }) => role !== 'system')];
  const { tokens } = await renderChat(engine, model, messages, { signal });
  return { tokens: tokens.map(({ id }) => id) };
}

async function lastTokens(engine: EngineCalls, model: ModelRef, prompt: PromptInput, signal: AbortSignal): Promise<PromptInput> {
  if ('text' in prompt) {
    const offset = await offsetOfLastTokens(prompt.text, (text) => engine.call('tokenize', { model, text }, { signal }));
    return { text: prompt.text.slice(offset) };
  }
  const { contextLength } = await engine.call('load', { model }, { signal });
  return { tokens: prompt.tokens.slice(-contextLength) };
}

/** A baseline whose prompts are messages where the prompt is one; they are not shortened. @throws Problem `chat-template` */
export async function fitBaseline<B extends BaselineInput | undefined>(
  engine: EngineCalls,
  model: ModelRef,
  baseline: B,
  options: Pick<PromptOptions, 'chat' | 'system'>,
  signal: AbortSignal,
): Promise<BaselineInput | B> {
  if (baseline === undefined || !options.chat) return baseline;
  const message = (prompt: PromptInput) =>
    fitPrompt(engine, model, prompt, { chat: true, ...(options.system !== undefined && { system: options.system }) }, signal);
  switch (baseline.baseline) {
    case 'zero':
      return baseline;
    case 'twin':
      return { ...baseline, prompt: await message(baseline.prompt) };
    case 'mean': {
      const prompts: PromptInput[] = [];
      for (const prompt of baseline.prompts) prompts.push(await message(prompt));
      return { ...baseline, prompts };
    }
    default:
      return assertNever(baseline);
  }
}

/** Interventions whose prompts are fitted in the same way: aligned from the end, they lose nothing that has a partner. */
export async function fitInterventions(
  engine: EngineCalls,
  model: ModelRef,
  interventions: readonly Intervention[],
  options: Pick<PromptOptions, 'lastTokens' | 'chat' | 'system'>,
  signal: AbortSignal,
): Promise<Intervention[]> {
  const fit = async (prompt: PromptInput) => {
    const end = await fitPrompt(engine, model, prompt, options, signal);
    return 'text' in end ? end : { tokens: [...end.tokens] };
  };
  const fitted: Intervention[] = [];
  for (const intervention of interventions) {
    switch (intervention.mode) {
      case 'zero':
        fitted.push(intervention);
        break;
      case 'patch':
        fitted.push({ ...intervention, from: await fit(intervention.from) });
        break;
      case 'mean': {
        const over = [];
        for (const prompt of intervention.over) over.push(await fit(prompt));
        fitted.push({ ...intervention, over });
        break;
      }
      default:
        assertNever(intervention);
    }
  }
  return fitted;
}
