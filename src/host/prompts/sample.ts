/**
 * A text to begin with: prompts that the embedded model can finish.
 */
import * as vscode from 'vscode';

/** Opens the sample, one of the extension's examples, as a new, unsaved document. */
export async function openSample(extension: vscode.Uri): Promise<void> {
  const file = vscode.Uri.joinPath(extension, 'examples', 'factual-recall.txt');
  const content = new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'plaintext', content }));
}
