/**
 * Which model is used, and choosing another: the one that comes with the extension, or a checkpoint folder on this disk.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { Problem } from '../core/problem';
import type { ModelRef } from '../core/protocol/engine';
import type { ShownProblem } from '../core/protocol/inspector';
import type { EngineCalls } from './inspector';
import { resolveModelFolder } from './model-folder';
import { withActions } from './problem-actions';
import { modelFolderSetting, writeModelFolder } from './settings';
import { withSlowProgress } from './slow-progress';

/** Folder of the embedded model inside the extension. */
const EMBEDDED = join('models', 'visit-small');
const RECENT_KEY = 'visit.recentModelFolders';
const MAX_RECENT = 5;

interface FolderItem extends vscode.QuickPickItem {
  /** value for the setting; absent: ask for a folder */
  readonly folder?: string;
}

/** Knows the model's folder and lets the user choose it. */
export class ModelChoice {
  readonly #context: vscode.ExtensionContext;
  readonly #engine: EngineCalls;
  readonly #report: (problem: ShownProblem) => void;
  /** Folders of models that are to be run although memory is short, until the window is closed. */
  readonly #insisted = new Set<string>();

  /** `report` shows a folder that cannot be used. */
  constructor(context: vscode.ExtensionContext, engine: EngineCalls, report: (problem: ShownProblem) => void) {
    this.#context = context;
    this.#engine = engine;
    this.#report = report;
  }

  /** The model that the settings name. */
  current(): ModelRef {
    return this.#resolve(modelFolderSetting());
  }

  /** From now on the present model is run even where memory is short. */
  insist(): void {
    this.#insisted.add(this.current().folder);
  }

  /** Asks for a model, loads it to see that it works, and writes it to the settings. Answers whether one was chosen. */
  async choose(): Promise<boolean> {
    const item = await vscode.window.showQuickPick(this.#items(), {
      title: 'VISIT: Model',
      placeHolder: 'A folder with config.json, *.safetensors and tokenizer.json, as Hugging Face publishes it',
      matchOnDescription: true,
    });
    if (!item) return false;
    const folder = item.folder ?? await askForFolder();
    return folder === undefined ? false : this.use(folder);
  }

  /** Loads the model that a value of the setting names and writes it to the settings; a model that does not load is reported. */
  async use(setting: string): Promise<boolean> {
    const cancel = new AbortController();
    try {
      await withSlowProgress(
        'VISIT: loading the model',
        (onProgress) => this.#engine.call('load', { model: this.#resolve(setting) }, { signal: cancel.signal, onProgress }),
        () => { cancel.abort(); },
      );
      await writeModelFolder(setting);
    } catch (thrown) {
      const problem = Problem.from(thrown);
      if (problem.code !== 'cancelled') this.#report(withActions(problem));
      return false;
    }
    if (setting !== '') await this.#remember(setting);
    return true;
  }

  #resolve(setting: string): ModelRef {
    const workspace = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file')?.uri.fsPath;
    const folder = resolveModelFolder(setting, { embedded: this.#context.asAbsolutePath(EMBEDDED), home: homedir(), workspace });
    return this.#insisted.has(folder) ? { folder, ignoreMemory: true } : { folder };
  }

  #items(): FolderItem[] {
    const now = modelFolderSetting();
    const mark = (folder: string): { description: string } => ({ description: folder === now ? 'in use' : '' });
    const others = [...new Set([now, ...this.#recent()])].filter((folder) => folder !== '');
    return [
      { label: '$(package) Embedded Model', detail: 'The small GPT-2 that comes with the extension', folder: '', ...mark('') },
      ...others.map((folder) => ({ label: `$(folder) ${folder}`, folder, ...mark(folder) })),
      { label: '', kind: vscode.QuickPickItemKind.Separator },
      { label: '$(folder-opened) Open Folder…', detail: 'A checkpoint on this disk; nothing is copied or converted' },
    ];
  }

  #recent(): readonly string[] {
    const stored = this.#context.globalState.get<unknown>(RECENT_KEY);
    return Array.isArray(stored) ? stored.filter((folder) => typeof folder === 'string') : [];
  }

  async #remember(folder: string): Promise<void> {
    const folders = [folder, ...this.#recent().filter((other) => other !== folder)];
    await this.#context.globalState.update(RECENT_KEY, folders.slice(0, MAX_RECENT));
  }
}

async function askForFolder(): Promise<string | undefined> {
  const [folder] = await vscode.window.showOpenDialog({
    title: 'Model Folder',
    openLabel: 'Use This Model',
    canSelectFiles: false,
    canSelectFolders: true,
  }) ?? [];
  return folder?.fsPath;
}
