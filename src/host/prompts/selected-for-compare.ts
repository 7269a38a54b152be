/**
 * The prompt that waits for another to be compared with, as a file waits after "Select for Compare" in the explorer.
 */
import * as vscode from 'vscode';
import { Problem } from '../../core/problem';
import type { Prompt } from '../session/prompt';

/** Context key that is true while a prompt waits. */
const WAITING = 'visit.hasSelectedForCompare';
/** Characters of the prompt that the status bar shows. */
const SHOWN = 32;

/** Holds one prompt, shows it in the status bar, and tells the menus. */
export class SelectedForCompare implements vscode.Disposable {
  readonly #item: vscode.StatusBarItem;
  #prompt: Prompt | undefined;

  /** @param command what a click on the item does */
  constructor(command: string) {
    this.#item = vscode.window.createStatusBarItem('visit.selectedForCompare', vscode.StatusBarAlignment.Right, 89);
    this.#item.name = vscode.l10n.t('VISIT Selected for Compare');
    this.#item.command = command;
  }

  /** From now on this prompt waits; none with undefined. */
  set(prompt: Prompt | undefined): void {
    this.#prompt = prompt;
    void vscode.commands.executeCommand('setContext', WAITING, prompt !== undefined);
    if (prompt === undefined) return this.#item.hide();
    const text = prompt.text.replace(/\s+/g, ' ').trim();
    const short = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
    this.#item.text = `$(diff) ${short}`;
    this.#item.tooltip = prompt.origin
      ? vscode.l10n.t('VISIT: selected for compare in {0}. Select another prompt, then click to compare.', prompt.origin.name)
      : vscode.l10n.t('VISIT: selected for compare. Select another prompt, then click to compare.');
    this.#item.accessibilityInformation = {
      label: vscode.l10n.t('VISIT: {0} is selected for compare. Compare it with the selection.', short),
    };
    this.#item.show();
  }

  /** The prompt that waits. Throws `empty-prompt` where none does. */
  get(): Prompt {
    if (this.#prompt) return this.#prompt;
    throw new Problem(
      'empty-prompt',
      vscode.l10n.t('No prompt is selected for compare.'),
      vscode.l10n.t('Select a prompt and run “VISIT: Select for Compare” first.'),
    );
  }

  /** Text of the item; undefined while nothing waits. */
  get text(): string | undefined {
    return this.#prompt && this.#item.text;
  }

  dispose(): void {
    this.#item.dispose();
  }
}
