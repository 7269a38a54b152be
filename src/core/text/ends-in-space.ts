/** A prompt that ends in a space ends in a token of its own, where models expect the space at the start of the next word. */
import * as l10n from '@vscode/l10n';

/** What to say of such a prompt: one sentence and what to do. */
export const ENDS_IN_SPACE = l10n.t(
  'The prompt ends in white space, which becomes a token of its own; the model expects it as part of the next word. Remove it to get the usual prediction.',
);

/** Whether the last token of a prompt is nothing but spaces. */
export function endsInSpace(tokens: readonly { readonly text: string }[]): boolean {
  return /^ +$/.test(tokens[tokens.length - 1]?.text ?? '');
}
