/**
 * The extension's settings, read so that a value of the wrong type or out of range does no harm.
 */
import * as vscode from 'vscode';
import { countsFrom } from '../core/format/default-counts';
import { DEFAULT_DEVICE } from '../core/protocol/device';
import type { ContinueSettings } from './session/continuing';
import type { ViewDefaults } from './session/view-choice';

/** Section of all settings. */
export const SECTION = 'visit';
/** Key of the model's folder inside the section. */
export const MODEL_FOLDER = 'model.folder';

/** Key of what runs the model. */
export const DEVICE = 'device';

/** What the settings say about new graphs; `scope` is the document that the prompt comes from. */
export function viewDefaults(scope?: vscode.Uri): ViewDefaults {
  const settings = vscode.workspace.getConfiguration(SECTION, scope);
  const lastLayers: unknown = settings.get('graph.layers');
  return {
    counts: countsFrom((name) => settings.get(`graph.${name}`)),
    lastLayers: typeof lastLayers === 'number' && Number.isInteger(lastLayers) && lastLayers >= 0 ? lastLayers : 1,
  };
}

/** The settings `visit.continue.…`: how a prompt is continued. */
export function continueSettings(): ContinueSettings {
  const settings = vscode.workspace.getConfiguration(`${SECTION}.continue`);
  const number = (name: string, least: number, otherwise: number): number => {
    const value: unknown = settings.get(name);
    return typeof value === 'number' && Number.isFinite(value) && value >= least ? value : otherwise;
  };
  const temperature = number('temperature', 0, 0);
  const topK = Math.floor(number('topK', 0, 0));
  const topP = Math.min(1, number('topP', 0, 1));
  const sampling = {
    temperature,
    seed: Math.floor(number('seed', 0, 0)),
    ...(topK > 0 && { topK }),
    ...(topP > 0 && topP < 1 && { topP }),
  };
  return { tokens: Math.max(1, Math.floor(number('tokens', 1, 32))), sampling: temperature > 0 ? sampling : null };
}

/** The setting `visit.model.folder` as it is written; empty for the embedded model. */
export function modelFolderSetting(): string {
  const value: unknown = vscode.workspace.getConfiguration(SECTION).get(MODEL_FOLDER);
  return typeof value === 'string' ? value : '';
}

/** The setting `visit.device` as it is written: what runs the model. A name that is none is for the engine to refuse. */
export function deviceSetting(): string {
  const value: unknown = vscode.workspace.getConfiguration(SECTION).get(DEVICE);
  return typeof value === 'string' ? value : DEFAULT_DEVICE;
}

/** Shows a setting of the machine in the editor of settings, where it can be changed. @param key inside the section */
export async function showMachineSetting(key: string): Promise<void> {
  // The user's own settings do not list it where the extension runs elsewhere.
  const command = vscode.env.remoteName === undefined ? 'workbench.action.openSettings' : 'workbench.action.openRemoteSettings';
  await vscode.commands.executeCommand(command, { query: `@id:${SECTION}.${key}` });
}

/** Writes the setting `visit.model.folder` where it is written now: the workspace, else the user. Empty: embedded model. */
export async function writeModelFolder(folder: string): Promise<void> {
  const settings = vscode.workspace.getConfiguration(SECTION);
  if (settings.inspect(MODEL_FOLDER)?.workspaceValue !== undefined) {
    await settings.update(MODEL_FOLDER, folder, vscode.ConfigurationTarget.Workspace);
  } else {
    await settings.update(MODEL_FOLDER, folder === '' ? undefined : folder, vscode.ConfigurationTarget.Global);
  }
}

/** Files that hold prompts, one a line, when none of the setting `visit.prompts.files` is written. */
const PROMPT_FILES = '**/*.{prompt,prompts,txt}';

/** The setting `visit.prompts.files`: which files of a folder or the workspace hold prompts, as a glob pattern. */
export function promptFilesSetting(): string {
  const value: unknown = vscode.workspace.getConfiguration(SECTION).get('prompts.files');
  return typeof value === 'string' && value.trim() !== '' ? value : PROMPT_FILES;
}
