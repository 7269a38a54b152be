/**
 * The item of the status bar that names the model.
 */
import * as vscode from 'vscode';
import type { ModelInfo } from '../../core/format/flow-graph';
import { checkpointName } from '../../model/checkpoint/open';

/** Shows which model is used; a click chooses another. */
export class ModelStatus implements vscode.Disposable {
  readonly #item: vscode.StatusBarItem;

  constructor(command: string) {
    this.#item = vscode.window.createStatusBarItem('visit.model', vscode.StatusBarAlignment.Right, 90);
    this.#item.name = vscode.l10n.t('VISIT Model');
    this.#item.command = command;
  }

  /** Names the model's folder; its dimensions too once it has been loaded. */
  show(folder: string, model?: ModelInfo): void {
    const name = model?.name ?? checkpointName(folder);
    this.#item.text = `$(type-hierarchy-sub) ${name}`;
    this.#item.accessibilityInformation = { label: vscode.l10n.t('VISIT model: {0}. Choose another.', name) };
    this.#item.tooltip = tooltip(name, folder, model);
    this.#item.show();
  }

  /** Text of the item. */
  get text(): string {
    return this.#item.text;
  }

  dispose(): void {
    this.#item.dispose();
  }
}

function tooltip(name: string, folder: string, model: ModelInfo | undefined): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  text
    .appendMarkdown(`**${vscode.l10n.t('VISIT model')}** `)
    .appendText(name)
    .appendMarkdown('\n\n');
  if (model) {
    const count = (n: number): string => n.toLocaleString('en-US');
    text
      .appendText(
        vscode.l10n.t(
          '{family}: {layers} layers, {heads} heads, width {width}, feed-forward {feedForward}, {tokens} tokens, context {context}, {parameters} parameters in {dtype}',
          {
            family: model.family,
            layers: model.nLayers,
            heads: model.nHeads,
            width: model.dModel,
            feedForward: model.dMlp,
            tokens: count(model.vocabSize),
            context: model.contextLength,
            parameters: count(model.parameters),
            dtype: model.dtype,
          },
        ),
      )
      .appendMarkdown('\n\n');
  } else {
    text.appendMarkdown(`${vscode.l10n.t('It is loaded on the first run.')}\n\n`);
  }
  return text.appendText(folder).appendMarkdown('\n\n').appendText(vscode.l10n.t('Click to choose another.'));
}
