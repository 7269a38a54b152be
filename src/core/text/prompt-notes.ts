/** What people who wonder at an answer should know of its prompt. */
import * as l10n from '@vscode/l10n';

/** As much of a token of a prompt as notes are made from. */
type NotedToken = { readonly id: number; readonly text: string; readonly start: number; readonly end: number };

/** A word on a prompt. */
export interface PromptNote {
  readonly kind: 'ends-in-space' | 'begins-twice';
  /** a few words, for a heading */
  readonly short: string;
  /** what it means, and what to do: a sentence or two */
  readonly full: string;
}

/** All that there is to say of a prompt, most often nothing. @param tokens of the prompt, with those that the tokenizer added */
export function promptNotes(tokens: readonly NotedToken[]): PromptNote[] {
  const notes: PromptNote[] = [];
  const [first, second] = tokens;
  if (first?.start === first?.end && first?.id === second?.id && first !== undefined) {
    notes.push({
      kind: 'begins-twice',
      short: l10n.t`begins with ${first.text} twice`,
      full: l10n.t`The prompt begins with ${first.text} twice: the tokenizer adds one, and one is typed. Models are trained with one: remove the typed one.`,
    });
  }
  if (/^ +$/.test(tokens[tokens.length - 1]?.text ?? '')) {
    notes.push({
      kind: 'ends-in-space',
      short: l10n.t('ends in a space: try removing it'),
      full: l10n.t(
        'The prompt ends in white space, which becomes a token of its own; the model expects it as part of the next word. Remove it to get the usual prediction.',
      ),
    });
  }
  return notes;
}
