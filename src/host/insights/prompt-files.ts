/** Prompts of many files, one prompt a line: of one document, of a folder, or of the workspace. */
import * as vscode from 'vscode';
import { Problem } from '../../core/problem';
import { promptLines } from '../../core/text/prompt-lines';
import { hashIsComment } from '../prompts/prompt-source';
import { promptFilesSetting } from '../settings';

/** Prompts, and what they are called together. */
export interface PromptCollection {
  /** such as "factual-recall.txt", "6 files of examples" */
  readonly name: string;
  readonly prompts: readonly string[];
}

/** Files that are listed one by one. */
const FILES_LISTED = 50;
/** Files that are read at most: a workspace may have any number. */
const MOST_FILES = 500;
/** Prompts that are taken at most. */
const MOST_PROMPTS = 2_000;

interface Place extends vscode.QuickPickItem {
  readonly gather: () => Promise<PromptCollection | undefined>;
}

/**
 * Asks where the prompts are to come from; undefined when the user leaves. Throws `empty-prompt` where there are none.
 *
 * @param title of the command that asks
 */
export async function askForPrompts(title: string, document: vscode.TextDocument | undefined): Promise<PromptCollection | undefined> {
  const places: Place[] = [
    ...(document
      ? [
          {
            label: `$(file) ${nameOf(document.uri)}`,
            description: vscode.l10n.t('one prompt per line'),
            gather: () => promptsOfDocument(document),
          },
        ]
      : []),
    ...(vscode.workspace.workspaceFolders
      ? [{ label: vscode.l10n.t('$(files) Prompt Files of the Workspace'), description: promptFilesSetting(), gather: promptsOfWorkspace }]
      : []),
    { label: vscode.l10n.t('$(folder-opened) Folder…'), gather: promptsOfChosenFolder },
    ...(await placesOfFiles(document)),
  ];
  const place = await vscode.window.showQuickPick(places, {
    title,
    placeHolder: vscode.l10n.t('Which prompts? Hundreds tell more than a few.'),
  });
  return place?.gather();
}

/** The prompt files of the workspace, each by itself, but for one that is offered already. */
async function placesOfFiles(document: vscode.TextDocument | undefined): Promise<Place[]> {
  if (!vscode.workspace.workspaceFolders) return [];
  const files = await vscode.workspace.findFiles(promptFilesSetting(), undefined, FILES_LISTED);
  return [...files]
    .sort((a, b) => a.path.localeCompare(b.path))
    .filter((file) => file.toString() !== document?.uri.toString())
    .map((file) => ({
      label: `$(file) ${vscode.workspace.asRelativePath(file)}`,
      gather: async () => promptsOfDocument(await vscode.workspace.openTextDocument(file)),
    }));
}

/** The prompts of a file or a folder, as the explorer names it. */
export async function promptsOfUri(uri: vscode.Uri): Promise<PromptCollection> {
  const { type } = await vscode.workspace.fs.stat(uri);
  if ((type & vscode.FileType.Directory) === 0) return promptsOfDocument(await vscode.workspace.openTextDocument(uri));
  return promptsOfFiles(
    await vscode.workspace.findFiles(new vscode.RelativePattern(uri, promptFilesSetting()), undefined, MOST_FILES),
    nameOf(uri),
  );
}

async function promptsOfDocument(document: vscode.TextDocument): Promise<PromptCollection> {
  return collection(nameOf(document.uri), linesOf(document));
}

async function promptsOfWorkspace(): Promise<PromptCollection> {
  return promptsOfFiles(await vscode.workspace.findFiles(promptFilesSetting(), undefined, MOST_FILES), vscode.l10n.t('the workspace'));
}

async function promptsOfChosenFolder(): Promise<PromptCollection | undefined> {
  const [folder] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Prompts'),
      openLabel: vscode.l10n.t('Use Its Prompt Files'),
      canSelectFiles: false,
      canSelectFolders: true,
    })) ?? [];
  return folder && promptsOfUri(folder);
}

async function promptsOfFiles(files: readonly vscode.Uri[], where: string): Promise<PromptCollection> {
  const prompts: string[] = [];
  let read = 0;
  for (const file of [...files].sort((a, b) => a.path.localeCompare(b.path))) {
    // A file that is not text, or has been deleted meanwhile, has no prompts.
    const document = await Promise.resolve(vscode.workspace.openTextDocument(file)).catch(() => undefined);
    if (!document) continue;
    read += 1;
    prompts.push(...linesOf(document));
    if (prompts.length >= MOST_PROMPTS) break;
  }
  return collection(read === 1 ? vscode.l10n.t('1 file of {0}', where) : vscode.l10n.t('{0} files of {1}', read, where), prompts);
}

function collection(name: string, prompts: readonly string[]): PromptCollection {
  if (prompts.length === 0) {
    throw new Problem(
      'empty-prompt',
      vscode.l10n.t('No prompts found in {0}.', name),
      vscode.l10n.t('Put prompts, one per line, in a file that matches “visit.prompts.files”: {0}.', promptFilesSetting()),
    );
  }
  return { name, prompts: prompts.slice(0, MOST_PROMPTS) };
}

function linesOf(document: vscode.TextDocument): string[] {
  return promptLines(document.getText(), { hashIsComment: hashIsComment(document) }).map(({ text }) => text);
}

function nameOf(uri: vscode.Uri): string {
  return uri.path.slice(uri.path.lastIndexOf('/') + 1) || uri.toString();
}
