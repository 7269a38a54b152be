/** What is said to a model, as its chat template writes it. */
import type { ChatMessage } from '../core/format/chat';
import type { RenderedChat } from '../core/protocol/engine';
import type { ModelRef } from '../core/protocol/engine-inputs';
import type { CallOptions, EngineCalls } from './engine-calls';

/**
 * A conversation up to where the model's answer begins; where the assistant has the last word, that is what is looked into.
 *
 * @param said messages; whatever else is known of them is not the engine's
 * @throws Problem `chat-template`, and what the engine answers
 */
export function renderChat(engine: EngineCalls, model: ModelRef, said: readonly ChatMessage[], call: CallOptions): Promise<RenderedChat> {
  const messages = said.map(({ role, content }) => ({ role, content }));
  return engine.call('chat', { model, messages, reply: messages.at(-1)?.role !== 'assistant' }, call);
}
