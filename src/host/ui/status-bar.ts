/**
 * The item of the status bar that names the model.
 */
import * as vscode from 'vscode';
import { adapterInWords } from '../../core/present/adapter-words';
import type { OpenedModel } from '../../core/protocol/engine';
import type { ModelReport } from '../../core/protocol/model-report';
import type { KeptWeights } from '../../core/protocol/kept-weights';
import { checkpointName } from '../../model/checkpoint/name';

/** Shows which model is used; a click chooses another. */
export class ModelStatus implements vscode.Disposable {
  readonly #item: vscode.StatusBarItem;
  /** what it shows, to be told from something else: a change of it reaches the window */
  #shown = '';

  constructor(command: string) {
    this.#item = vscode.window.createStatusBarItem('visit.model', vscode.StatusBarAlignment.Right, 90);
    this.#item.name = vscode.l10n.t('VISIT Model');
    this.#item.command = command;
  }

  /** Names the model's folder; its dimensions, and what of it is kept in memory, once it has been loaded. */
  show(folder: string, model?: Pick<OpenedModel, 'info' | 'kept' | 'device' | 'report'>): void {
    const shown = JSON.stringify([folder, model]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const name = model?.info.name ?? checkpointName(folder);
    const doubtful = model?.info.warnings !== undefined;
    this.#item.text = `$(${doubtful ? 'warning' : 'type-hierarchy-sub'}) ${name}`;
    this.#item.accessibilityInformation = {
      label: doubtful
        ? vscode.l10n.t('VISIT model: {0}, whose numbers may differ from those published. Choose another.', name)
        : vscode.l10n.t('VISIT model: {0}. Choose another.', name),
    };
    this.#item.tooltip = tooltip(name, folder, model);
    this.#item.show();
  }

  /** Text of the item. */
  get text(): string {
    return this.#item.text;
  }

  /** What is said under the pointer, as Markdown. */
  get tooltip(): string {
    const { tooltip } = this.#item;
    return typeof tooltip === 'string' ? tooltip : (tooltip?.value ?? '');
  }

  dispose(): void {
    this.#item.dispose();
  }
}

/** What is said under the pointer, a paragraph each. */
function tooltip(name: string, folder: string, opened?: Pick<OpenedModel, 'info' | 'kept' | 'device' | 'report'>): vscode.MarkdownString {
  const paragraphs = [
    `**${vscode.l10n.t('VISIT model')}** ${plain(name)}`,
    ...(opened === undefined ? [plain(vscode.l10n.t('It is loaded on the first run.'))] : modelInWords(opened)),
    plain(folder),
    plain(vscode.l10n.t('Click to choose another.')),
  ];
  return new vscode.MarkdownString(paragraphs.join('\n\n'));
}

/** A model that has been loaded: its sizes, whatever is to be known of its numbers, what is kept in memory, what runs it. Markdown. */
function modelInWords({ info, kept, device, report }: Pick<OpenedModel, 'info' | 'kept' | 'device' | 'report'>): string[] {
  const notes = (report?.notes ?? []).map(
    ({ kind, text }) => `${kind === 'warning' ? `⚠ **${vscode.l10n.t('Numbers may differ.')}** ` : ''}${plain(text)}`,
  );
  return [
    plain(sizesInWords(info)),
    ...(info.adapter === undefined ? [] : adapterInWords(info.adapter).split('\n').map(plain)),
    ...notes,
    ...(report === undefined ? [] : [plain(readInWords(report))]),
    ...(kept === undefined ? [] : [plain(keptInWords(kept))]),
    plain(device?.words ?? vscode.l10n.t('The processor runs it.')),
  ];
}

function sizesInWords(model: OpenedModel['info']): string {
  // By hand: the first number that Intl writes takes the process of extensions several milliseconds.
  const count = (n: number): string => String(n).replace(/\B(?=(?:\d{3})+$)/g, ',');
  const sizes = vscode.l10n.t(
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
  );
  return `${sizes}${model.dequantised ? vscode.l10n.t('; weights dequantised, arithmetic in F32') : ''}`;
}

/** A text as Markdown that shows just it. `MarkdownString.appendText` would join its words by spaces at which no line is broken. */
function plain(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-!~<>|&$]/g, '\\$&').replace(/\s*\n\s*/g, ' ');
}

/** How much of the checkpoint is read; the lists themselves are in the log, which has room for them. */
function readInWords({ honoured, checked, unreadFields, unreadTensors }: ModelReport): string {
  return vscode.l10n.t(
    'Of config.json {honoured} fields are honoured, {checked} checked and {unread} not read; tensors not read: {tensors}. The output channel VISIT lists them.',
    {
      honoured: honoured.length,
      checked: checked.length,
      unread: unreadFields.length,
      tensors: unreadTensors.length === 0 ? vscode.l10n.t('none') : unreadTensors.slice(0, 4).join(', '),
    },
  );
}

/** What is kept in memory, and what that means. */
function keptInWords({ blocks, lens }: KeptWeights): string {
  if (blocks && lens) return vscode.l10n.t('All weights stay in memory.');
  if (blocks)
    return vscode.l10n.t(
      'The weights of the blocks stay in memory. There is no room for those that read vectors as tokens, so that takes longer.',
    );
  if (lens)
    return vscode.l10n.t(
      'The weights that read vectors as tokens stay in memory. There is no room for those of the blocks, so each run takes longer.',
    );
  return vscode.l10n.t('Not enough memory is free to keep the weights loaded. They are read from disk at every run, which takes longer.');
}
