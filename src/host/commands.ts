/**
 * The commands of the extension, by the ids that package.json declares.
 */
import * as vscode from 'vscode';
import type { Workbench } from './workbench';

/** Registers all commands. */
export function registerCommands(workbench: Workbench): vscode.Disposable {
  const commands: Readonly<Record<string, (argument?: unknown) => unknown>> = {
    'visit.visualize': () => workbench.visualize(),
    'visit.openSample': () => workbench.openSample(),
    'visit.chooseModel': () => workbench.chooseModel(),
    'visit.downloadModel': (id) => workbench.downloadModel(typeof id === 'string' ? id : undefined),
    'visit.exportGraph': () => workbench.exportGraph(),
    'visit.showLog': () => { workbench.showLog(); },
  };
  return vscode.Disposable.from(...Object.entries(commands).map(([id, run]) => vscode.commands.registerCommand(id, run)));
}
