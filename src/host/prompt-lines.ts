/**
 * The prompts of a file that has one on each line. Pure, so that every rule here is tested without an editor.
 */

/** A prompt and where it begins, in UTF-16 units of the file. */
export interface LinePrompt {
  readonly text: string;
  readonly start: number;
}

/** Every line that is not blank and, where `#` begins a comment, is none. A line is taken to the letter, without its line break. */
export function promptLines(content: string, options: { readonly hashIsComment: boolean }): readonly LinePrompt[] {
  return Array.from(content.matchAll(/[^\r\n]+/g), (line) => ({ text: line[0], start: line.index }))
    .filter(({ text }) => text.trim() !== '' && !(options.hashIsComment && text.trimStart().startsWith('#')));
}

/** A whole file as one prompt: to the letter, but for the line breaks at its end, which nobody typed as part of it. */
export function wholeFilePrompt(content: string): string {
  return content.replace(/[\r\n]+$/, '');
}
