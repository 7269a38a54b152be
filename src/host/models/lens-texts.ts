/** The texts that a lens is fitted on: of one document, of a folder, of the workspace's files, or its prompts. */
import * as vscode from 'vscode';
import { USUAL_LENS } from '../../core/format/lens-worth';
import { Problem } from '../../core/problem';
import { isLensName } from '../../model/lens/kept-lenses';
import { promptFilesSetting } from '../settings';

/** Texts, and what they are called together. */
export interface LensTexts {
  readonly name: string;
  readonly texts: readonly { readonly name: string; readonly text: string; readonly lines: boolean }[];
}

/** Files that are read at most, and characters of all of them. */
const MOST_FILES = 500;
const MOST_CHARACTERS = 400_000;

/** Files of text in a folder. */
const TEXT_FILES = '**/*.{txt,md,rst,tex,prompt,prompts}';

/** Files in which each line is a prompt. */
const PROMPTS = /\.prompts?$/;

interface Place extends vscode.QuickPickItem {
  readonly gather: () => Promise<LensTexts | undefined>;
}

/** Asks which texts; undefined when the user leaves. @throws Problem `empty-prompt` where there are none */
export async function askForTexts(document: vscode.TextDocument | undefined): Promise<LensTexts | undefined> {
  const places: Place[] = [
    ...(document
      ? [
          {
            label: `$(file) ${vscode.workspace.asRelativePath(document.uri)}`,
            description: vscode.l10n.t('this document'),
            gather: () => textsOfUri(document.uri),
          },
        ]
      : []),
    ...(vscode.workspace.workspaceFolders
      ? [
          {
            label: vscode.l10n.t('$(files) Prompt Files of the Workspace'),
            description: promptFilesSetting(),
            gather: () => textsOfPattern(promptFilesSetting(), true),
          },
          { label: vscode.l10n.t('$(search) Files of the Workspace by Pattern…'), description: TEXT_FILES, gather: textsByPattern },
        ]
      : []),
    { label: vscode.l10n.t('$(folder-opened) Folder…'), gather: textsOfChosenFolder },
  ];
  const place = await vscode.window.showQuickPick(places, {
    title: vscode.l10n.t('VISIT: Fit Lens'),
    placeHolder: vscode.l10n.t('Which texts? Use the kind you study; about 100,000 characters are enough.'),
  });
  return place?.gather();
}

/** The texts of a file or a folder. @throws Problem `empty-prompt` where there are none */
export async function textsOfUri(uri: vscode.Uri): Promise<LensTexts> {
  const { type } = await vscode.workspace.fs.stat(uri);
  const name = vscode.workspace.asRelativePath(uri);
  if ((type & vscode.FileType.Directory) === 0) return textsOf([uri], name, PROMPTS.test(uri.path));
  return textsOf(await vscode.workspace.findFiles(new vscode.RelativePattern(uri, TEXT_FILES), undefined, MOST_FILES), name);
}

/** What the lens is called; undefined when the user leaves. @param kept names that are taken */
export async function askForName(kept: readonly string[]): Promise<string | undefined> {
  return vscode.window.showInputBox({
    title: vscode.l10n.t('VISIT: Fit Lens'),
    prompt: vscode.l10n.t('What the lens is called'),
    value: kept.includes(USUAL_LENS) ? `${USUAL_LENS}-${kept.length + 1}` : USUAL_LENS,
    validateInput(name) {
      if (!isLensName(name)) return vscode.l10n.t('Letters, digits, “-” and “_”; “logit” is taken.');
      if (!kept.includes(name)) return undefined;
      return { message: vscode.l10n.t('Replaces the lens with this name.'), severity: vscode.InputBoxValidationSeverity.Warning };
    },
  });
}

async function textsByPattern(): Promise<LensTexts | undefined> {
  const pattern = await vscode.window.showInputBox({
    title: vscode.l10n.t('VISIT: Fit Lens'),
    prompt: vscode.l10n.t('Pattern of the files, such as docs/**/*.md'),
    value: TEXT_FILES,
  });
  return pattern === undefined || pattern.trim() === '' ? undefined : textsOfPattern(pattern, false);
}

async function textsOfPattern(pattern: string, lines: boolean): Promise<LensTexts> {
  return textsOf(await vscode.workspace.findFiles(pattern, undefined, MOST_FILES), pattern, lines);
}

async function textsOfChosenFolder(): Promise<LensTexts | undefined> {
  const [folder] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Texts'),
      openLabel: vscode.l10n.t('Use Its Texts'),
      canSelectFiles: false,
      canSelectFolders: true,
    })) ?? [];
  return folder && textsOfUri(folder);
}

/** @param lines whether each line is a text of its own; absent: as the file's name says */
async function textsOf(files: readonly vscode.Uri[], name: string, lines?: boolean): Promise<LensTexts> {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const each = Math.ceil(MOST_CHARACTERS / Math.max(1, sorted.length));
  const texts: LensTexts['texts'][number][] = [];
  for (const file of sorted) {
    // A file that is not text, or has been deleted meanwhile, has none.
    const document = await Promise.resolve(vscode.workspace.openTextDocument(file)).catch(() => undefined);
    const text = document?.getText().slice(0, each) ?? '';
    if (text.trim() !== '') texts.push({ name: vscode.workspace.asRelativePath(file), text, lines: lines ?? PROMPTS.test(file.path) });
  }
  if (texts.length === 0) {
    throw new Problem('empty-prompt', vscode.l10n.t('No texts found in {0}.', name), vscode.l10n.t('Enter a pattern for text files, such as docs/**/*.md.'));
  }
  return { name, texts };
}
