/**
 * Takes prompts out of editors and documents: any text document, saved or not, writable or not, and the cells of notebooks.
 */
import * as vscode from 'vscode';
import { Problem } from '../../core/problem';
import { promptLines } from '../../core/text/prompt-lines';
import type { Prompt } from '../session/prompt';
import { assertNotEmpty, promptSpan, wholeFilePrompt } from './prompt-text';

/** In these languages a line that begins with `#` is a heading, in all others a comment. */
const HASH_IS_HEADING = new Set(['markdown', 'quarto', 'rmd']);

/** The prompt that an editor's selection or cursor points at. Throws `empty-prompt` where there is none. */
export function promptFromEditor(editor: vscode.TextEditor | undefined): Prompt {
  const { document, selection } = opened(editor);
  return promptOfSelection(document, selection);
}

/**
 * The conversation that an editor's selection or cursor points at, with what the front matter of its document says before it. Without a
 * selection in a text that names roles, it is all between two lines of `---`.
 *
 * @throws Problem `empty-prompt` where there is none; `chat-template` where it cannot be read
 */
export async function conversationFromEditor(editor: vscode.TextEditor | undefined): Promise<Prompt> {
  const { document, selection } = opened(editor);
  // A reader of YAML comes with it, which few windows need.
  const { conversationAround, frontMatter, frontMatterLength, messagesIn } = await import('../../files/chat-prompt');
  const file = document.getText();
  const front = frontMatterLength(file);
  const span = selection.isEmpty ? conversationAround(file, document.offsetAt(selection.active), front) : undefined;
  const selected = span ? undefined : promptOfSelection(document, selection);
  const start = span?.start ?? selected?.origin?.start ?? 0;
  if (start < front)
    throw new Problem(
      'empty-prompt',
      vscode.l10n.t('This is the front matter of the file, which belongs to every prompt below it.'),
      vscode.l10n.t('Put the cursor in a prompt, or select one.'),
    );
  const text = span ? file.slice(span.start, span.end) : (selected?.text ?? '');
  const chat = [...frontMatter(file), ...messagesIn(text, start)].map(({ role, content, at }) => ({
    role,
    content,
    ...(at !== undefined && { at: at - start }),
  }));
  return { text, origin: originIn(document, start), chat };
}

/** The prompts that an editor's selections and cursors point at, in the order of the text. Throws `empty-prompt` where one points at none. */
export function promptsFromEditor(editor: vscode.TextEditor | undefined): readonly Prompt[] {
  const { document, selections } = opened(editor);
  return [...selections].sort((a, b) => a.start.compareTo(b.start)).map((selection) => promptOfSelection(document, selection));
}

/** A whole document as one prompt. Throws `empty-prompt` for one with nothing but line breaks. */
export function promptOfDocument(document: vscode.TextDocument): Prompt {
  const text = wholeFilePrompt(document.getText());
  assertNotEmpty(text);
  return { text, origin: originIn(document, 0) };
}

/** The prompts of a document that has one on each line. Throws `empty-prompt` where there are fewer than two. */
export function promptsOfLines(document: vscode.TextDocument): readonly Prompt[] {
  const lines = promptLines(document.getText(), { hashIsComment: hashIsComment(document) });
  if (lines.length < 2) {
    throw new Problem(
      'empty-prompt',
      lines.length === 0
        ? vscode.l10n.t('{0} has no prompt.', displayName(document.uri))
        : vscode.l10n.t('{0} has only one prompt.', displayName(document.uri)),
      vscode.l10n.t('Write one prompt per line; blank lines and comments are skipped.'),
    );
  }
  return lines.map(({ text, start }) => ({ text, origin: originIn(document, start) }));
}

function opened(editor: vscode.TextEditor | undefined): vscode.TextEditor {
  if (editor) return editor;
  throw new Problem(
    'empty-prompt',
    vscode.l10n.t('No text editor is open.'),
    vscode.l10n.t('Open a file with a prompt and select some text in it.'),
  );
}

function promptOfSelection(document: vscode.TextDocument, selection: vscode.Selection): Prompt {
  const lines = { lineCount: document.lineCount, lineText: (line: number) => document.lineAt(line).text };
  const { start, end } = promptSpan(lines, selection, { hashIsComment: hashIsComment(document) });
  const range = new vscode.Range(start.line, start.character, end.line, end.character);
  const text = document.getText(range);
  assertNotEmpty(text);
  return { text, origin: originIn(document, document.offsetAt(range.start)) };
}

function originIn({ uri }: vscode.TextDocument, start: number): NonNullable<Prompt['origin']> {
  return { uri: uri.toString(), name: displayName(uri), start };
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
  readonly #subscription = vscode.window.onDidChangeActiveTextEditor((editor) => {
    this.#editor = editor ?? this.#editor;
  });

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
