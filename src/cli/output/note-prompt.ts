/** Words on a prompt, for those who wonder at the answer. */
import type { PromptToken } from '../../core/format/flow-graph';
import { promptNotes } from '../../core/text/prompt-notes';
import { escapeUnsafe } from '../../core/text/token-text';
import { surroundings } from '../surroundings';

/** Writes to the standard error stream what there is to say of a prompt. */
export function notePrompt(tokens: readonly PromptToken[]): void {
  for (const { full } of promptNotes(tokens)) surroundings().stderr.write(`visit: note: ${escapeUnsafe(full)}\n`);
}
