/**
 * Saving the graph that is shown as a file.
 */
import * as vscode from 'vscode';
import { COMPARISON_SCHEMA, type Comparison } from '../../core/format/comparison';
import { isWhatIf } from '../../core/present/side-words';
import type { FlowGraph } from '../../core/format/flow-graph';

/** Formats of an exported graph. */
export type ExportFormat = 'json' | 'html';

/** What can be exported. */
export type Exported = FlowGraph | Comparison;

/** Makes one self-contained HTML file. Throws a `Problem`. */
export type HtmlWriter = (what: Exported) => Promise<string>;

interface FormatItem extends vscode.QuickPickItem {
  readonly format: ExportFormat;
}

const formats: readonly FormatItem[] = [
  { format: 'html', label: '$(browser) HTML', detail: vscode.l10n.t('One file with the inspector in it, for any browser') },
  { format: 'json', label: '$(json) JSON', detail: vscode.l10n.t('The graph as data; its schema is in docs') },
];

/** Asks for a format; `undefined` when the user leaves. */
export async function askForFormat(): Promise<ExportFormat | undefined> {
  return (await vscode.window.showQuickPick(formats, { title: vscode.l10n.t('VISIT: Export Graph') }))?.format;
}

/** Asks where to save the graph and saves it. Rejects with what the file system or the writer throws. */
export async function exportGraph(graph: Exported, format: ExportFormat, toHtml: HtmlWriter): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const target = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Export Graph'),
    filters: format === 'json' ? { JSON: ['json'] } : { HTML: ['html'] },
    ...(folder && { defaultUri: vscode.Uri.joinPath(folder, `${fileName(graph)}.${format}`) }),
  });
  if (!target) return;
  const content = format === 'json' ? `${JSON.stringify(graph, null, 2)}\n` : await toHtml(graph);
  await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(content));
  void offerToOpen(target, format);
}

/** What the file is called until the user says otherwise, without its ending. */
function fileName(exported: Exported): string {
  if (exported.schema !== COMPARISON_SCHEMA) return 'flow-graph';
  return isWhatIf(exported) ? 'before-after' : 'comparison';
}

async function offerToOpen(file: vscode.Uri, format: ExportFormat): Promise<void> {
  const open = vscode.l10n.t('Open');
  const chosen = await vscode.window.showInformationMessage(
    vscode.l10n.t('VISIT: the graph was saved as {0}.', file.path.split('/').at(-1) ?? ''),
    open,
  );
  if (chosen !== open) return;
  // A browser on this side cannot read a file on the other side of a remote connection.
  if (format === 'html' && vscode.env.remoteName === undefined) await vscode.env.openExternal(file);
  else await vscode.window.showTextDocument(file);
}
