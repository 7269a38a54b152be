/**
 * The entry of the extension: builds it, registers what the editor calls, and nothing else.
 */
import * as vscode from 'vscode';
import { inspectorPage } from './export/inspector-page';
import { registerCommands } from './host/commands';
import { InspectorPanel } from './host/panel/inspector-panel';
import { observe } from './host/test-api';
import type { Observation } from './host/test-api';
import { Workbench } from './host/extension-controller';

/** Called by the editor once. In test mode it answers with what tests may observe. */
export function activate(context: vscode.ExtensionContext): Observation | undefined {
  const log = vscode.window.createOutputChannel('VISIT', { log: true });
  const workbench = new Workbench({
    context,
    log,
    toHtml: (graph) => inspectorPage(graph, context.asAbsolutePath('dist/webview')),
  });
  context.subscriptions.push(
    log,
    workbench,
    registerCommands(workbench),
    vscode.window.registerWebviewPanelSerializer(InspectorPanel.viewType, {
      deserializeWebviewPanel: (panel) => Promise.resolve(workbench.restore(panel)),
    }),
    vscode.workspace.onDidChangeConfiguration((event) => {
      void workbench.onSettingsChanged(event);
    }),
  );
  workbench.reopenLost();
  return context.extensionMode === vscode.ExtensionMode.Test ? observe(workbench) : undefined;
}
