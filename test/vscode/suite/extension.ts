/**
 * The extension under test, and the editor as the tests use it.
 */
import assert from 'node:assert/strict';
import { setTimeout as after } from 'node:timers/promises';
import * as vscode from 'vscode';
import { pace, patience } from '../../support/patience';
import type { FlowGraph } from '../../../src/core/format/flow-graph';
import type { TestApi } from '../../../src/host/test-api';

const ID = 'visit-vscode.visit-vscode';

/** The extension as the editor knows it. */
export function extension(): vscode.Extension<TestApi> {
  const found = vscode.extensions.getExtension<TestApi>(ID);
  assert.ok(found, `${ID} is not installed`);
  return found;
}

/** Activates the extension and answers with what tests may observe. */
export function activated(): Thenable<TestApi> {
  return extension().activate();
}

/** Waits until something is so. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const end = Date.now() + patience();
  while (!isSo()) {
    assert.ok(Date.now() < end, `still waiting until ${what}`);
    await after(20);
  }
}

/** Repeats what does nothing while the editor is not ready for it, until something is so. */
export async function repeatUntil(what: string, isSo: () => boolean, step: () => Thenable<unknown>): Promise<void> {
  const end = Date.now() + patience();
  while (!isSo()) {
    assert.ok(Date.now() < end, `still waiting until ${what}`);
    await step();
    await after(pace() / 8);
  }
}

let edited = 0;

/**
 * Shows a text in the first column, as a document that was never saved. Each has a name of its own: one that is given
 * again may still belong to the document that was closed before.
 */
export async function edit(content: string): Promise<vscode.TextEditor> {
  edited += 1;
  const uri = vscode.Uri.from({ scheme: 'untitled', path: `prompt-${edited}.txt` });
  const editor = await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), vscode.ViewColumn.One);
  await editor.edit((builder) => {
    builder.insert(new vscode.Position(0, 0), content);
  });
  assert.equal(editor.document.getText(), content);
  return editor;
}

/** Selects a part of the editor's text by its content. */
export function select(editor: vscode.TextEditor, text: string): void {
  const { document } = editor;
  const start = document.getText().indexOf(text);
  assert.ok(start >= 0, `“${text}” is not in the document`);
  editor.selection = new vscode.Selection(document.positionAt(start), document.positionAt(start + text.length));
}

/** Runs the main command; resolves when a graph or a problem is shown. */
export async function visualize(): Promise<void> {
  await vscode.commands.executeCommand('visit.visualize');
}

/** Runs the main command on a text and answers with its graph. */
export async function graphOf(text: string): Promise<FlowGraph> {
  select(await edit(text), text);
  await visualize();
  const { graph, problem } = (await activated()).state();
  assert.equal(problem, undefined);
  assert.equal(graph?.prompt, text);
  return graph;
}

/** All inspector panels, as tabs. */
export function inspectorTabs(): readonly vscode.Tab[] {
  return vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .filter(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith('visit.inspector'));
}

/** Closes every editor and panel without saving anything. */
export async function closeEverything(): Promise<void> {
  while (vscode.window.activeTextEditor?.document.isUntitled) {
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  }
  await vscode.window.tabGroups.close(inspectorTabs());
}
