/** The prompts of a file that has one on each line: the same rules in the editor and on the command line. */

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
