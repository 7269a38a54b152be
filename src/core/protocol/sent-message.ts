/** Messages of the host as they are sent to the page: what is large is packed. */
import { packedOf } from './columns/known';
import type { Packed } from './columns/columns';
import { unpack } from './columns/unpack';
import type { HostMessage } from './inspector';

type Large = 'graph' | 'graphRead' | 'comparison' | 'insightResult' | 'insightPart';
type Of<Type extends HostMessage['type']> = Extract<HostMessage, { readonly type: Type }>;
/** A message one field of which is packed. */
type Packing<Message, Field extends keyof Message> = Omit<Message, Field> & { readonly [F in Field]: Packed<Message[F]> };

/** See the head of this file. */
export type SentMessage =
  | Exclude<HostMessage, { readonly type: Large }>
  | Packing<Of<'graph'>, 'graph'>
  | Packing<Of<'graphRead'>, 'graph'>
  | Packing<Of<'comparison'>, 'comparison'>
  | Packing<Of<'insightResult'>, 'value'>
  | Packing<Of<'insightPart'>, 'value'>;

/** A message as it is sent. */
export function sentMessage(message: HostMessage): SentMessage {
  switch (message.type) {
    case 'graph':
    case 'graphRead':
      return { ...message, graph: packedOf(message.graph) };
    case 'comparison':
      return { ...message, comparison: packedOf(message.comparison) };
    case 'insightResult':
    case 'insightPart':
      return { ...message, value: packedOf(message.value) };
    default:
      return message;
  }
}

/** The message that was sent. @throws Problem `internal` where it is cut off */
export function receivedMessage(sent: SentMessage): HostMessage {
  switch (sent.type) {
    case 'graph':
    case 'graphRead':
      return { ...sent, graph: unpack(sent.graph) };
    case 'comparison':
      return { ...sent, comparison: unpack(sent.comparison) };
    case 'insightResult':
    case 'insightPart':
      // TypeScript cannot see that request and value belong together.
      return { ...sent, value: unpack<unknown>(sent.value) } as HostMessage;
    default:
      return sent;
  }
}
