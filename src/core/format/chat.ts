/** Conversations with instruction-tuned models. */
import * as z from 'zod';

export const chatRoleSchema = z.enum(['system', 'user', 'assistant']);
/** Who says something. */
export type ChatRole = z.infer<typeof chatRoleSchema>;

export const chatMessageSchema = z.object({ role: chatRoleSchema, content: z.string() }).readonly();
/** What somebody says in a conversation. */
export type ChatMessage = z.infer<typeof chatMessageSchema>;
