/**
 * A text to begin with: prompts whose answer the embedded model finds late, so that its layers differ, and by few heads.
 */
import * as vscode from 'vscode';
import { promptLines } from '../../core/text/prompt-lines';

/** The sample that was opened last. */
let opened: vscode.TextDocument | undefined;

/**
 * Opens the sample, one of the extension's examples, as a new, unsaved document, with its first prompt selected. A sample that is
 * open already is shown as it is, with what is selected there.
 */
export async function openSample(extension: vscode.Uri): Promise<void> {
  const file = vscode.Uri.joinPath(extension, 'examples', 'indirect-object.txt');
  const content = new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
  const before = vscode.workspace.textDocuments.find(
    (each) => each.isUntitled && !each.isClosed && (each === opened || each.getText() === content),
  );
  if (before !== undefined) {
    await vscode.window.showTextDocument(before);
    return;
  }
  const document = await vscode.workspace.openTextDocument({ language: 'plaintext', content });
  opened = document;
  const [first] = promptLines(content, { hashIsComment: true });
  const line = first && document.lineAt(first.line - 1).range;
  await vscode.window.showTextDocument(document, line ? { selection: line } : {});
}

/** All prompts of the extension's examples. */
export async function examplePrompts(extension: vscode.Uri): Promise<readonly string[]> {
  const folder = vscode.Uri.joinPath(extension, 'examples');
  const names = (await vscode.workspace.fs.readDirectory(folder)).map(([name]) => name).filter((name) => name.endsWith('.txt'));
  const texts = await Promise.all(names.sort().map((name) => vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder, name))));
  return texts.flatMap((bytes) => promptLines(new TextDecoder().decode(bytes), { hashIsComment: true }).map(({ text }) => text));
}
