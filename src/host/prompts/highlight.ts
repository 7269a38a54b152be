/**
 * Shows in the editor which text a token of the prompt covers.
 */
import * as vscode from 'vscode';
import type { PromptToken } from '../../core/format/flow-graph';
import { locatePrompt, shiftOffset } from './prompt-tracking';
import type { Prompt } from '../session/prompt';

/** How long a note stays in the status bar, in milliseconds. */
const NOTE_TIME = 5_000;

/** A marked stretch of a document. */
export interface Highlight {
  readonly uri: string;
  readonly range: vscode.Range;
}

/** A prompt that has a place in a document. */
type Followed = Required<Pick<Prompt, 'text' | 'origin'>>;

/** Follows one prompt through the edits of its document, and marks tokens of it. */
export class PromptHighlighter implements vscode.Disposable {
  readonly #decoration = vscode.window.createTextEditorDecorationType({
    backgroundColor: new vscode.ThemeColor('visit.tokenHighlightBackground'),
    border: '1px solid',
    borderColor: new vscode.ThemeColor('visit.tokenHighlightBorder'),
    borderRadius: '2px',
    overviewRulerColor: new vscode.ThemeColor('visit.tokenHighlightBorder'),
    overviewRulerLane: vscode.OverviewRulerLane.Center,
  });
  readonly #subscriptions: readonly vscode.Disposable[];
  #prompt: Followed | undefined;
  /** offset of the prompt in its document now */
  #start = 0;
  #current: Highlight | undefined;

  constructor() {
    this.#subscriptions = [
      this.#decoration,
      vscode.workspace.onDidChangeTextDocument((event) => {
        this.#followEdit(event);
      }),
      vscode.window.onDidChangeVisibleTextEditors(() => {
        this.#draw();
      }),
    ];
  }

  /** What is marked now. */
  get current(): Highlight | undefined {
    return this.#current;
  }

  /** From now on tokens are tokens of this prompt; of none where it was typed, or where there is none. */
  follow(prompt: Prompt | undefined): void {
    if (this.#prompt === prompt) return;
    this.clear();
    this.#prompt = prompt?.origin && { text: prompt.text, origin: prompt.origin };
    this.#start = prompt?.origin?.start ?? 0;
  }

  /** Removes the mark. */
  clear(): void {
    if (this.#current === undefined) return;
    this.#current = undefined;
    this.#draw();
  }

  /**
   * Marks a token's text in every editor that shows it. With `reveal` the text is scrolled into view, in an editor that
   * leaves the inspector (in `inspectorColumn`) visible. A token that covers no text, or whose text has been changed
   * since the run, is not marked; the latter is said in the status bar.
   */
  async show(
    token: Pick<PromptToken, 'start' | 'end'>,
    options: { readonly reveal: boolean; readonly inspectorColumn?: vscode.ViewColumn | undefined },
  ): Promise<void> {
    this.clear();
    const prompt = this.#prompt;
    if (!prompt || token.start === token.end) return;
    const document = await this.#document(prompt, options.reveal);
    if (!document) {
      if (options.reveal) note(vscode.l10n.t('{0} cannot be opened.', prompt.origin.name));
      return;
    }
    const start = locatePrompt(document.getText(), prompt.text, this.#start);
    if (start === undefined) {
      note(vscode.l10n.t('the prompt’s text in {0} has changed since this run.', prompt.origin.name));
      return;
    }
    this.#start = start;
    if (start + token.start < 0) return;
    const range = new vscode.Range(document.positionAt(start + token.start), document.positionAt(start + token.end));
    this.#current = { uri: prompt.origin.uri, range };
    if (options.reveal) await this.#reveal(document, range, options.inspectorColumn);
    this.#draw();
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  async #document({ origin }: Followed, open: boolean): Promise<vscode.TextDocument | undefined> {
    const opened = vscode.workspace.textDocuments.find((document) => document.uri.toString() === origin.uri);
    if (opened || !open) return opened;
    try {
      return await vscode.workspace.openTextDocument(vscode.Uri.parse(origin.uri, true));
    } catch {
      return undefined;
    }
  }

  async #reveal(document: vscode.TextDocument, range: vscode.Range, inspectorColumn: vscode.ViewColumn | undefined): Promise<void> {
    const visible = vscode.window.visibleTextEditors.find((editor) => editor.document === document);
    const viewColumn = inspectorColumn === vscode.ViewColumn.One ? vscode.ViewColumn.Two : vscode.ViewColumn.One;
    const editor = visible ?? (await vscode.window.showTextDocument(document, { viewColumn, preserveFocus: true }));
    editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  }

  #followEdit({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    if (contentChanges.length === 0 || document.uri.toString() !== this.#prompt?.origin.uri) return;
    // An editor reports the changes of one edit from the end of the document to its beginning: each leaves the offsets
    // of those that follow as they were.
    for (const change of contentChanges) this.#start = shiftOffset(this.#start, change);
    this.clear();
  }

  #draw(): void {
    for (const editor of vscode.window.visibleTextEditors) {
      const marked = this.#current && editor.document.uri.toString() === this.#current.uri;
      editor.setDecorations(this.#decoration, marked && this.#current ? [this.#current.range] : []);
    }
  }
}

function note(text: string): void {
  vscode.window.setStatusBarMessage(`$(info) VISIT: ${text}`, NOTE_TIME);
}
