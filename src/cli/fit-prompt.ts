/** Shortening a prompt to what a model reads, for those who ask for it; nothing is ever cut without a word. */
import type { Intervention } from '../core/format/intervention';
import { assertNever } from '../core/problem';
import { offsetOfLastTokens } from '../core/text/last-tokens';
import type { ModelRef, PromptInput } from '../core/protocol/engine-inputs';
import type { EngineClient } from '../engine-client/engine-client';
import type { PromptOptions } from './arguments';

/**
 * The prompt, or with `--last-tokens` as much of its end as fits the model's context.
 *
 * @throws Problem `prompt-too-long` when no end of a text fits, and what the engine answers
 */
export async function fitPrompt(
  engine: EngineClient,
  model: ModelRef,
  prompt: PromptInput,
  options: Pick<PromptOptions, 'lastTokens'>,
  signal: AbortSignal,
): Promise<PromptInput> {
  if (!options.lastTokens) return prompt;
  if ('text' in prompt) {
    const offset = await offsetOfLastTokens(prompt.text, (text) => engine.call('tokenize', { model, text }, { signal }));
    return { text: prompt.text.slice(offset) };
  }
  const { contextLength } = await engine.call('load', { model }, { signal });
  return { tokens: prompt.tokens.slice(-contextLength) };
}

/** Interventions whose prompts are fitted in the same way: aligned from the end, they lose nothing that has a partner. */
export async function fitInterventions(
  engine: EngineClient,
  model: ModelRef,
  interventions: readonly Intervention[],
  options: Pick<PromptOptions, 'lastTokens'>,
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
