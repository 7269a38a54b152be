/**
 * Which text of a document is the prompt. Pure, so that every rule here is tested without an editor.
 *
 * The rules:
 * - A selection is taken to the letter: no trimming, no change of line endings.
 * - One exception: a selection of whole lines (from the first column to the first column of a later line, as a click on a
 *   line number makes it) leaves out its last line break, which nobody typed as part of the prompt and which would make
 *   the model predict what follows an empty line.
 * - Without a selection it is the paragraph under the cursor: the lines around it up to the next blank line.
 */
import * as l10n from '@vscode/l10n';
import { Problem } from '../../core/problem';

/** A place in a document: line and UTF-16 column, both from 0. */
export interface TextPosition {
  readonly line: number;
  readonly character: number;
}

/** A stretch of a document, `start` never after `end`. */
export interface TextSpan {
  readonly start: TextPosition;
  readonly end: TextPosition;
}

/** As much of a document as the rules need. */
export interface TextLines {
  readonly lineCount: number;
  /** The text of a line without its line break. */
  lineText(line: number): string;
}

/** The stretch that is the prompt. Throws `empty-prompt` where there is none. */
export function promptSpan(lines: TextLines, selection: TextSpan, options: { readonly hashIsComment: boolean }): TextSpan {
  const selected = selection.start.line !== selection.end.line || selection.start.character !== selection.end.character;
  return selected ? selectedSpan(lines, selection) : paragraphSpan(lines, selection.start.line, options.hashIsComment);
}

function selectedSpan(lines: TextLines, { start, end }: TextSpan): TextSpan {
  const wholeLines = start.character === 0 && end.character === 0 && end.line > start.line;
  if (!wholeLines) return { start, end };
  return { start, end: endOfLine(lines, end.line - 1) };
}

function paragraphSpan(lines: TextLines, cursorLine: number, hashIsComment: boolean): TextSpan {
  const isBlank = (line: number): boolean => lines.lineText(line).trim() === '';
  if (isBlank(cursorLine)) {
    throw new Problem(
      'empty-prompt',
      l10n.t('There is no paragraph at the cursor: its line is blank.'),
      l10n.t('Select some text, or put the cursor in a paragraph.'),
    );
  }
  let first = cursorLine;
  while (first > 0 && !isBlank(first - 1)) first -= 1;
  let last = cursorLine;
  while (last < lines.lineCount - 1 && !isBlank(last + 1)) last += 1;

  if (hashIsComment && isComment(lines, first, last)) {
    throw new Problem(
      'empty-prompt',
      l10n.t('This paragraph is a comment: each of its lines begins with “#”.'),
      l10n.t('Put the cursor in a prompt, or select the comment to run it anyway.'),
    );
  }
  return { start: { line: first, character: 0 }, end: endOfLine(lines, last) };
}

function isComment(lines: TextLines, first: number, last: number): boolean {
  for (let line = first; line <= last; line += 1) {
    if (!lines.lineText(line).trimStart().startsWith('#')) return false;
  }
  return true;
}

function endOfLine(lines: TextLines, line: number): TextPosition {
  return { line, character: lines.lineText(line).length };
}

/** A whole file as one prompt: to the letter, but for the line breaks at its end, which nobody typed as part of it. */
export function wholeFilePrompt(content: string): string {
  return content.replace(/[\r\n]+$/, '');
}

/** A prompt may be a single blank, which is a token, but not nothing. @throws Problem `empty-prompt` */
export function assertNotEmpty(text: string): void {
  if (text !== '') return;
  throw new Problem('empty-prompt', l10n.t('The prompt is empty.'), l10n.t('Select some text, or put the cursor in a paragraph.'));
}
