/**
 * The commands that take prompts out of editors and files, and run them.
 */
import * as vscode from 'vscode';
import { Problem } from '../../core/problem';
import type { Progress } from '../../core/call-context';
import type { InspectorSession } from '../session/inspector-session';
import type { RunEnd } from '../session/latest-only';
import type { Prompt } from '../session/prompt';
import { withSlowProgress } from '../ui/slow-progress';
import { conversationFromEditor, LastEditor, promptFromEditor, promptOfDocument, promptsFromEditor, promptsOfLines } from './prompt-source';
import { SelectedForCompare } from './selected-for-compare';

/** What the commands are connected to. */
export interface PromptPorts {
  readonly session: InspectorSession;
  /** Opens the panel, or brings it to light; with `focus` the keyboard goes there. */
  readonly revealPanel: (options?: { readonly focus?: boolean }) => void;
  /** Whether the panel, which shows what is under way, is on the screen. */
  readonly panelSeen: () => boolean;
  /** Prompts have been taken and are about to run. */
  readonly running: () => void;
  /** Says why no prompt could be taken. */
  readonly notify: (problem: Problem) => void;
}

/** See the head of this file. */
export class PromptCommands implements vscode.Disposable {
  readonly #ports: PromptPorts;
  readonly #lastEditor = new LastEditor();
  readonly #selectedForCompare = new SelectedForCompare('visit.compareWithSelected');

  constructor(ports: PromptPorts) {
    this.#ports = ports;
  }

  /** The document that was last worked on. */
  get document(): vscode.TextDocument | undefined {
    return this.#lastEditor.current?.document;
  }

  /** Text of the prompt that is selected for compare, as the status bar shows it. */
  get selectedForCompare(): string | undefined {
    return this.#selectedForCompare.text;
  }

  /**
   * Runs the selection of the editor, or the paragraph under its cursor. Resolves when a graph or a problem is shown.
   *
   * @param openOther opens an editor with a prompt, where there is none
   */
  async visualize(openOther?: () => Promise<void>): Promise<void> {
    await this.#runPrompts(
      async () => {
        try {
          return promptFromEditor(this.#lastEditor.current);
        } catch (thrown) {
          if (openOther === undefined || Problem.from(thrown).code !== 'empty-prompt') throw thrown;
          await openOther();
          return promptFromEditor(vscode.window.activeTextEditor);
        }
      },
      (prompt, onProgress) => this.#ports.session.visualize(prompt, onProgress),
    );
  }

  /** Runs the selection as a conversation, as the model's chat template writes it. Resolves when a graph or a problem is shown. */
  async visualizeChat(): Promise<void> {
    await this.#runPrompts(
      () => conversationFromEditor(this.#lastEditor.current),
      (prompt, onProgress) => this.#ports.session.visualize(prompt, onProgress),
    );
  }

  /** Compares what the user says last as a plain text with the conversation. */
  async compareChat(): Promise<void> {
    await this.#runPrompts(
      async () => {
        const chat = await conversationFromEditor(this.#lastEditor.current);
        return [lastWords(chat), chat] as const;
      },
      ([left, right], onProgress) => this.#ports.session.compare(left, right, onProgress),
    );
  }

  /**
   * Compares the two selections of the editor. With one, its graph is shown and the other prompt is typed in the panel;
   * with three or more, their predictions are listed. Resolves when the answer or a problem is shown.
   */
  async compare(): Promise<void> {
    const { session } = this.#ports;
    const ran = await this.#runPrompts(
      () => promptsFromEditor(this.#lastEditor.current),
      (prompts, onProgress) => {
        const [left, right, ...more] = prompts;
        if (!left || !right) return left ? session.visualize(left, onProgress) : Promise.resolve('done');
        return more.length === 0 ? session.compare(left, right, onProgress) : session.predict(prompts, onProgress);
      },
    );
    if (ran?.length === 1 && session.shown?.kind === 'graph') this.compareWithTyped();
  }

  /** Lets the user type, in the panel, the prompt that the shown one is compared with. */
  compareWithTyped(): void {
    this.#ports.revealPanel({ focus: true });
    this.#ports.session.askOther();
  }

  /** Keeps a prompt to be compared with another: the editor's, or a whole file. */
  async selectForCompare(file?: vscode.Uri): Promise<void> {
    await this.#take(async () => {
      this.#selectedForCompare.set(await this.#promptAt(file));
    });
  }

  /** Compares the prompt that was kept with the editor's, or with a whole file. */
  async compareWithSelected(file?: vscode.Uri): Promise<void> {
    const ran = await this.#runPrompts(
      async () => [this.#selectedForCompare.get(), await this.#promptAt(file)] as const,
      ([left, right], onProgress) => this.#ports.session.compare(left, right, onProgress),
    );
    if (ran) this.#selectedForCompare.set(undefined);
  }

  /** Lists what every line of a file, or of the editor's document, is continued with. */
  async comparePrompts(file?: vscode.Uri): Promise<void> {
    await this.#runPrompts(
      async () => promptsOfLines(await this.#documentAt(file)),
      (prompts, onProgress) => this.#ports.session.predict(prompts, onProgress),
    );
  }

  dispose(): void {
    this.#selectedForCompare.dispose();
    this.#lastEditor.dispose();
  }

  /** Takes prompts and runs them, with the panel in sight. Answers with what was run; undefined where nothing could be taken. */
  async #runPrompts<T>(
    take: () => T | Promise<T>,
    run: (prompts: T, onProgress: (progress: Progress) => void) => Promise<RunEnd>,
  ): Promise<T | undefined> {
    const prompts = await this.#take(take);
    if (prompts === undefined) return undefined;
    this.#ports.revealPanel();
    this.#ports.running();
    await withSlowProgress(
      vscode.l10n.t('VISIT: forward pass'),
      (onProgress) => run(prompts, onProgress),
      () => {
        this.#ports.session.cancel();
      },
      this.#ports.panelSeen,
    );
    return prompts;
  }

  /** Says why nothing could be taken. */
  async #take<T>(take: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await take();
    } catch (thrown) {
      this.#ports.notify(Problem.from(thrown));
      return undefined;
    }
  }

  async #promptAt(file: vscode.Uri | undefined): Promise<Prompt> {
    return file ? promptOfDocument(await this.#documentAt(file)) : promptFromEditor(this.#lastEditor.current);
  }

  async #documentAt(file: vscode.Uri | undefined): Promise<vscode.TextDocument> {
    const document = file ? await openText(file) : this.document;
    if (document) return document;
    throw new Problem('empty-prompt', vscode.l10n.t('No text editor is open.'), vscode.l10n.t('Open a file with one prompt per line.'));
  }
}

/** What the user says last in a conversation, as a prompt of its own. */
function lastWords({ text, origin, chat = [] }: Prompt): Prompt {
  const last = chat.findLast(({ role }) => role === 'user');
  if (last === undefined) return { text, ...(origin && { origin }) };
  return { text: last.content, ...(origin && last.at !== undefined && { origin: { ...origin, start: origin.start + last.at } }) };
}

/** Opens a file as text. Throws a `Problem` for one that is none. */
async function openText(file: vscode.Uri): Promise<vscode.TextDocument> {
  try {
    return await vscode.workspace.openTextDocument(file);
  } catch (cause) {
    throw new Problem(
      'io',
      vscode.l10n.t('{0} cannot be opened as text.', file.path.split('/').at(-1) ?? ''),
      vscode.l10n.t('Choose a text file.'),
      { cause },
    );
  }
}
