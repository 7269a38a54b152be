/**
 * Calls between two processes: request ids, `{ok}` or `{err}` answers, progress, cancel. The envelope only; what can be
 * called is in `engine.ts`.
 */
import * as z from 'zod';
import type { Progress } from '../call-context';
import type { ProblemData } from '../problem';
import type { Packed } from './columns/columns';
import type { OpenedModel } from './engine';

export const rpcRequestSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('call'), id: z.int(), method: z.string(), params: z.unknown(), parts: z.boolean().optional() }).readonly(),
  z.object({ type: z.literal('cancel'), id: z.int() }).readonly(),
]);
/** Caller → callee; `parts`: what is known of the answer so far is wanted, too. Parameters are checked by the method's own schema. */
export type RpcRequest = z.infer<typeof rpcRequestSchema>;

/** Callee → caller. */
export type RpcReply =
  | { readonly type: 'ok'; readonly id: number; readonly value: Packed<unknown> }
  /** The call's model is in memory: sent once, before the answer, and also where that is a problem. */
  | { readonly type: 'model'; readonly id: number; readonly model: OpenedModel }
  | { readonly type: 'err'; readonly id: number; readonly problem: ProblemData }
  /** What is known of the answer so far. */
  | { readonly type: 'part'; readonly id: number; readonly value: Packed<unknown> }
  | { readonly type: 'progress'; readonly id: number; readonly progress: Progress };
