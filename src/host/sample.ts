/**
 * A text to begin with: prompts that the embedded model can finish.
 */
import * as vscode from 'vscode';

const SAMPLE = `# Put the cursor into a prompt, or select part of one, and run “VISIT: Visualize Forward Pass”.
# A paragraph in which every line begins with “#” is a comment and is not run.

The capital of Japan is the city of

The capital of France is the city of

The opposite of hot is
`;

/** Opens the sample as a new, unsaved document. */
export async function openSample(): Promise<void> {
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'plaintext', content: SAMPLE }));
}
