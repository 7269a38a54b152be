/**
 * The item of the status bar that names the model.
 */
import * as vscode from 'vscode';
import type { ModelInfo } from '../../core/format/flow-graph';
import type { OpenedModel } from '../../core/protocol/engine';
import type { KeptWeights } from '../../core/protocol/kept-weights';
import { checkpointName } from '../../model/checkpoint/open';

/** Shows which model is used; a click chooses another. */
export class ModelStatus implements vscode.Disposable {
  readonly #item: vscode.StatusBarItem;

  constructor(command: string) {
    this.#item = vscode.window.createStatusBarItem('visit.model', vscode.StatusBarAlignment.Right, 90);
    this.#item.name = vscode.l10n.t('VISIT Model');
    this.#item.command = command;
  }

  /** Names the model's folder; its dimensions, and what of it is kept in memory, once it has been loaded. */
  show(folder: string, model?: Pick<OpenedModel, 'info' | 'kept'>): void {
    const name = model?.info.name ?? checkpointName(folder);
    this.#item.text = `$(type-hierarchy-sub) ${name}`;
    this.#item.accessibilityInformation = { label: vscode.l10n.t('VISIT model: {0}. Choose another.', name) };
    this.#item.tooltip = tooltip(name, folder, model?.info, model?.kept);
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

function tooltip(name: string, folder: string, model: ModelInfo | undefined, kept: KeptWeights | undefined): vscode.MarkdownString {
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
    if (kept) text.appendText(keptInWords(kept)).appendMarkdown('\n\n');
  } else {
    text.appendMarkdown(`${vscode.l10n.t('It is loaded on the first run.')}\n\n`);
  }
  return text.appendText(folder).appendMarkdown('\n\n').appendText(vscode.l10n.t('Click to choose another.'));
}

/** What is kept in memory, and what that means. */
function keptInWords({ blocks, lens }: KeptWeights): string {
  if (blocks && lens) return vscode.l10n.t('All weights stay ready in memory.');
  if (blocks)
    return vscode.l10n.t(
      'The weights of the blocks stay ready in memory; there is no room for those that read vectors as tokens, which takes longer.',
    );
  if (lens)
    return vscode.l10n.t(
      'The weights that read vectors as tokens stay ready in memory; there is no room for those of the blocks, which takes longer.',
    );
  return vscode.l10n.t('Too little memory is free to keep weights ready: they are read from their files at every run, which takes longer.');
}
