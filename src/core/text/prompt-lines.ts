/** The prompts of a file that has one on each line: the same rules in the editor and on the command line. */

/** A prompt and where it stands. */
export interface LinePrompt {
  readonly text: string;
  /** where it begins, in UTF-16 units of the file */
  readonly start: number;
  /** its line of the file, from 1, blank lines and comments counted */
  readonly line: number;
}

/** Every line that is not blank and, where `#` begins a comment, is none. A line is taken to the letter, without its line break. */
export function promptLines(content: string, options: { readonly hashIsComment: boolean }): readonly LinePrompt[] {
  return Array.from(content.matchAll(/([^\r\n]*)(?:\r\n?|\n|$)/g), ({ 1: text, index: start }, i) => ({ text, start, line: i + 1 })).filter(
    ({ text }) => text.trim() !== '' && !(options.hashIsComment && text.trimStart().startsWith('#')),
  );
}
