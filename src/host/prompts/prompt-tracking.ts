/**
 * Keeping hold of a prompt in a document while it is edited. Offsets count UTF-16 units of the document, in which
 * a line break has the length that it has in the file (two for CRLF).
 */

/** One replacement in a document, as an editor reports it. */
export interface TextChange {
  readonly rangeOffset: number;
  readonly rangeLength: number;
  readonly text: string;
}

/** Where an offset lies after a change. An offset inside the replaced text moves to its beginning. */
export function shiftOffset(offset: number, change: TextChange): number {
  if (change.rangeOffset + change.rangeLength <= offset) return offset + change.text.length - change.rangeLength;
  return Math.min(offset, change.rangeOffset);
}

/**
 * Where the prompt is in the document now: at the expected offset, else at its only occurrence. `undefined` when it has
 * been changed, or when it occurs more than once and none is at the expected offset.
 */
export function locatePrompt(documentText: string, prompt: string, expected: number): number | undefined {
  if (documentText.startsWith(prompt, expected)) return expected;
  const first = documentText.indexOf(prompt);
  if (first < 0 || documentText.indexOf(prompt, first + 1) >= 0) return undefined;
  return first;
}
