/**
 * The entry of the extension: builds it, registers what the editor calls, and nothing else.
 */
import * as vscode from 'vscode';
import { inspectorPage } from './export/inspector-page';
import { registerCommands } from './host/commands';
import { InspectorPanel } from './host/inspector-panel';
import { observe } from './host/observation';
import type { Observation } from './host/observation';
import { Workbench } from './host/workbench';

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
    vscode.workspace.onDidChangeConfiguration((event) => { void workbench.onSettingsChanged(event); }),
  );
  return context.extensionMode === vscode.ExtensionMode.Test ? observe(workbench) : undefined;
}
