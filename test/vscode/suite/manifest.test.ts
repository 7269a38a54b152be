import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { activated, extension } from './extension';

suite('The installed extension', () => {
  test('registers its commands', async () => {
    await activated();
    const registered = await vscode.commands.getCommands(true);
    for (const id of [
      'visit.visualize',
      'visit.chooseModel',
      'visit.downloadModel',
      'visit.exportGraph',
      'visit.showLog',
      'visit.openSample',
    ]) {
      assert.ok(registered.includes(id), id);
    }
  });

  test('has settings with the method’s defaults', () => {
    const settings = vscode.workspace.getConfiguration('visit');
    const defaults = {
      'model.folder': '',
      'graph.layers': 1,
      'graph.heads': 10,
      'graph.values': 2,
      'graph.top': 18,
      'graph.bottom': 7,
      'graph.tokens': 20,
    };
    for (const [key, value] of Object.entries(defaults)) assert.equal(settings.inspect(key)?.defaultValue, value, key);
  });

  test('declares what an untrusted workspace may not set', () => {
    const manifest: unknown = extension().packageJSON;
    assert.ok(typeof manifest === 'object' && manifest !== null && 'capabilities' in manifest);
    const { supported, restrictedConfigurations } = (manifest.capabilities as { untrustedWorkspaces: Record<string, unknown> })
      .untrustedWorkspaces;
    assert.deepEqual({ supported, restrictedConfigurations }, { supported: 'limited', restrictedConfigurations: ['visit.model.folder'] });
  });

  test('runs where the workspace is', () => {
    assert.equal(extension().extensionKind, vscode.ExtensionKind.Workspace);
  });

  test('names the model in the status bar', async () => {
    assert.match((await activated()).state().statusText, /visit-small/);
  });

  test('opens a sample to begin with', async () => {
    await vscode.commands.executeCommand('visit.openSample');
    const document = vscode.window.activeTextEditor?.document;
    assert.match(document?.getText() ?? '', /Mary gave a drink to\n/);
    // A prompt is selected, not the comment above it.
    assert.equal(
      document?.getText(vscode.window.activeTextEditor?.selection),
      'When Mary and John went to the store, John gave a drink to',
    );
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });
});
