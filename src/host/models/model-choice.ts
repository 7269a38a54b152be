/**
 * Which model is used, and choosing another: the one that comes with the extension, one of the Hugging Face cache or of a folder
 * on this disk, or one that is downloaded.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { Problem, assertNever } from '../../core/problem';
import type { ModelRef } from '../../core/protocol/engine-inputs';
import type { ShownProblem } from '../../core/protocol/inspector';
import { scanCache } from '../../hub/cache/scan';
import { summarize, type ModelSummary } from '../../hub/model-summary';
import { ggufPlaces } from '../../hub/gguf/places';
import { hubPlaces } from '../../files/hf-environment';
import { HubToken } from './hub-token';
import type { EngineCalls } from '../../engine-client/engine-calls';
import { needsBase, possibleBases, withBase } from './base-choice';
import { askForToken, downloadFromHub } from './model-download';
import { modelEntries, type ModelEntry } from './model-entries';
import { resolveModelFolder } from './model-folder';
import { ModelPicker } from './model-picker';
import { withActions } from '../session/problem-actions';
import { deviceSetting, modelFolderSetting, writeModelFolder } from '../settings';
import { withSlowProgress } from '../ui/slow-progress';

/** Folder of the embedded model inside the extension. */
const EMBEDDED = join('models', 'visit-small');
const RECENT_KEY = 'visit.recentModelFolders';
const MAX_RECENT = 5;

/** Knows the model's folder and lets the user choose it. */
export class ModelChoice {
  readonly #context: vscode.ExtensionContext;
  readonly #engine: EngineCalls;
  readonly #report: (problem: ShownProblem) => void;
  /** Folders of models that are to be run although memory is short, until the window is closed. */
  readonly #insisted = new Set<string>();
  readonly #picker = new ModelPicker();
  readonly #token: HubToken;

  /** `report` shows a folder that cannot be used. */
  constructor(context: vscode.ExtensionContext, engine: EngineCalls, report: (problem: ShownProblem) => void) {
    this.#context = context;
    this.#engine = engine;
    this.#report = report;
    this.#token = new HubToken(context.secrets, askForToken);
  }

  /** The model that the settings name. */
  current(): ModelRef {
    return this.#resolve(modelFolderSetting());
  }

  /** From now on the present model is run even where memory is short. */
  insist(): void {
    this.#insisted.add(this.current().folder);
  }

  /** Names of the models in the list that is open; undefined while none is, or while it is being filled. */
  get offered(): readonly string[] | undefined {
    return this.#picker.offered;
  }

  /** Asks for a model, loads it to see that it works, and writes it to the settings. Answers whether one was chosen. */
  async choose(): Promise<boolean> {
    const embedded = await summarize(this.#resolve('').folder);
    const pick = await this.#picker.pick([modelEntries({ embedded, cached: [], gguf: [], recent: [], inUse: this.current().folder }), this.#entries(embedded)]);
    switch (pick?.kind) {
      case undefined: return false;
      case 'download': return this.download();
      case 'folder': {
        const folder = await askForFolder();
        return folder === undefined ? false : this.use(folder);
      }
      case 'file': {
        const file = await askForFile();
        return file === undefined ? false : this.use(file);
      }
      case 'model': {
        const { setting, problem } = pick.entry;
        // Its base is asked for.
        if (problem === null || needsBase(problem)) return this.use(setting);
        this.#report(withActions(Problem.fromData(problem)));
        return false;
      }
      default: return assertNever(pick);
    }
  }

  /** Downloads a model from the Hub, found there when no id is given, and uses it. Answers whether that was done. */
  async download(id?: string): Promise<boolean> {
    try {
      const folder = await downloadFromHub(this.#token, id);
      return folder === undefined ? false : await this.use(folder);
    } catch (thrown) {
      const problem = Problem.from(thrown);
      if (problem.code !== 'cancelled') this.#report(withActions(problem));
      return false;
    }
  }

  /**
   * Loads the model that a value of the setting names and writes it to the settings; a model that does not load is reported. The base of an
   * adapter is asked for where it is not found.
   */
  async use(setting: string): Promise<boolean> {
    try {
      await withBase(this.#resolve(setting).folder, () => this.#load(setting), (problem) => this.#askForBase(setting, problem));
      await writeModelFolder(setting);
    } catch (thrown) {
      const problem = Problem.from(thrown);
      if (problem.code !== 'cancelled') this.#report(withActions(problem));
      return false;
    }
    if (setting !== '') await this.#remember(setting);
    return true;
  }

  async #load(setting: string): Promise<void> {
    const cancel = new AbortController();
    await withSlowProgress(
      vscode.l10n.t('VISIT: loading the model'),
      (onProgress) => this.#engine.call('load', { model: this.#resolve(setting) }, { signal: cancel.signal, onProgress }),
      () => { cancel.abort(); },
    );
  }

  /** The folder or file of the model that an adapter is to be applied to; undefined where none was chosen. */
  async #askForBase(setting: string, { message }: Problem): Promise<string | undefined> {
    const { folder } = this.#resolve(setting);
    const embedded = await summarize(this.#resolve('').folder);
    const all = this.#entries(embedded).then((entries) => possibleBases(entries, (entry) => this.#resolve(entry.setting).folder !== folder));
    const pick = await this.#picker.pick([possibleBases(modelEntries({ embedded, cached: [], gguf: [], recent: [], inUse: '' })), all], {
      title: vscode.l10n.t('VISIT: Choose Base Model'),
      placeholder: message,
      ways: ['folder', 'file', 'download'],
    });
    switch (pick?.kind) {
      case undefined: return undefined;
      // The one that it names, at once; where it names none, it is looked for.
      case 'download': return downloadFromHub(this.#token, await nameOfBase(folder));
      case 'folder': return askForFolder();
      case 'file': return askForFile();
      case 'model': return this.#resolve(pick.entry.setting).folder;
      default: return assertNever(pick);
    }
  }

  #resolve(setting: string): ModelRef {
    const workspace = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file')?.uri.fsPath;
    const folder = resolveModelFolder(setting, { embedded: this.#context.asAbsolutePath(EMBEDDED), home: homedir(), workspace });
    return { folder, device: deviceSetting(), ...(this.#insisted.has(folder) && { ignoreMemory: true }) };
  }

  async #entries(embedded: ModelSummary): Promise<ModelEntry[]> {
    const settings = [...new Set([modelFolderSetting(), ...this.#recent()])].filter((setting) => setting !== '');
    const [cached, gguf, recent] = await Promise.all([
      scanCache(hubPlaces().cache),
      import('../../hub/gguf/scan').then(({ scanGguf }) => scanGguf(ggufPlaces())),
      Promise.all(settings.map(async (setting) => ({ setting, model: await summarize(this.#resolve(setting).folder) }))),
    ]);
    return modelEntries({ embedded, cached, gguf, recent, inUse: this.current().folder });
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
    title: vscode.l10n.t('Model Folder'),
    openLabel: vscode.l10n.t('Use This Model'),
    canSelectFiles: false,
    canSelectFolders: true,
  }) ?? [];
  return folder?.fsPath;
}

// One dialog for both does not exist on every system.
async function askForFile(): Promise<string | undefined> {
  const [file] = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Model File'),
    openLabel: vscode.l10n.t('Use This Model'),
    filters: { GGUF: ['gguf'] },
  }) ?? [];
  return file?.fsPath;
}

/** The repository that an adapter names its base by; undefined where it names none. */
async function nameOfBase(adapter: string): Promise<string | undefined> {
  const { repositoryOfBase } = await import('../../model/checkpoint/adapter/find-base');
  return (await repositoryOfBase(adapter)) ?? undefined;
}
