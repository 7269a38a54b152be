/**
 * Takes the prompt out of an editor: any text document, saved or not, writable or not, and the cells of notebooks.
 */
import * as vscode from 'vscode';
import { Problem } from '../core/problem';
import type { Prompt } from './prompt';
import { assertNotBlank, promptSpan } from './prompt-text';

/** In these languages a line that begins with `#` is a heading, in all others a comment. */
const HASH_IS_HEADING = new Set(['markdown', 'quarto', 'rmd']);

/** The prompt that an editor's selection or cursor points at. Throws `empty-prompt` where there is none. */
export function promptFromEditor(editor: vscode.TextEditor | undefined): Prompt {
  if (!editor) {
    throw new Problem('empty-prompt', 'No text editor is open.', 'Open a file with a prompt and select some text in it.');
  }
  const { document, selection } = editor;
  const lines = { lineCount: document.lineCount, lineText: (line: number) => document.lineAt(line).text };
  const { start, end } = promptSpan(lines, selection, { hashIsComment: hashIsComment(document) });
  const range = new vscode.Range(start.line, start.character, end.line, end.character);
  const text = document.getText(range);
  assertNotBlank(text);
  return { text, origin: { uri: document.uri.toString(), name: displayName(document.uri), start: document.offsetAt(range.start) } };
}

/** Whether a line that begins with `#` is a comment in a document. */
export function hashIsComment({ languageId }: vscode.TextDocument): boolean {
  return !HASH_IS_HEADING.has(languageId);
}

function displayName(uri: vscode.Uri): string {
  return uri.path.slice(uri.path.lastIndexOf('/') + 1) || uri.toString();
}

/**
 * Remembers the editor that was last active. While the inspector has the focus there is no active editor, and a command
 * that is run from there means the text that was last worked on.
 */
export class LastEditor implements vscode.Disposable {
  #editor = vscode.window.activeTextEditor;
  readonly #subscription = vscode.window.onDidChangeActiveTextEditor((editor) => { this.#editor = editor ?? this.#editor; });

  /** The active editor, else the last one that was if it is still visible. */
  get current(): vscode.TextEditor | undefined {
    const active = vscode.window.activeTextEditor;
    if (active) return active;
    return vscode.window.visibleTextEditors.find((editor) => editor.document === this.#editor?.document);
  }

  dispose(): void {
    this.#subscription.dispose();
  }
}
