/**
 * The entry of the extension: builds it, registers what the editor calls, and nothing else.
 */
import { translations } from './host/l10n';
import * as vscode from 'vscode';
import { registerCommands } from './host/commands';
import { InspectorPanel } from './host/panel/inspector-panel';
import { testApi } from './host/test-api';
import type { TestApi } from './host/test-api';
import { ExtensionController } from './host/extension-controller';

/** Called by the editor once. In test mode it answers with what tests may observe. */
export function activate(context: vscode.ExtensionContext): TestApi | undefined {
  const log = vscode.window.createOutputChannel('VISIT', { log: true });
  const controller = new ExtensionController({
    context,
    log,
    toHtml: async (content) => {
      const { inspectorPage } = await import('./export/inspector-page');
      return inspectorPage(content, context.asAbsolutePath('dist/webview'), translations);
    },
  });
  context.subscriptions.push(
    log,
    controller,
    registerCommands(controller),
    vscode.window.registerWebviewPanelSerializer(InspectorPanel.viewType, {
      deserializeWebviewPanel: (panel) => Promise.resolve(controller.last.fill(panel)),
    }),
    vscode.workspace.onDidChangeConfiguration((event) => {
      void controller.onSettingsChanged(event);
    }),
  );
  controller.last.reopenLost();
  return context.extensionMode === vscode.ExtensionMode.Test ? testApi(controller) : undefined;
}
