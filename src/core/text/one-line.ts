/** Texts in fields of one line, which would drop line breaks without a word: written with backslashes, as in VS Code's snippets and searches. */

const WRITTEN = new Map([
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
]);
const READ = new Map([...WRITTEN].map(([character, written]) => [written, character]));

/** A text as it is shown in a field of one line; `fromOneLine` takes it back. */
export function onOneLine(text: string): string {
  return text.replace(/[\\\n\r]/g, (character) => WRITTEN.get(character) ?? character);
}

/** What was typed there: `\n` and `\r` are line breaks, `\\` is a backslash, and any other backslash is itself. */
export function fromOneLine(typed: string): string {
  return typed.replace(/\\[\\nr]/g, (written) => READ.get(written) ?? written);
}
