/**
 * The commands of the extension, by the ids that package.json declares.
 */
import * as vscode from 'vscode';
import type { Workbench } from './extension-controller';

/** Registers all commands. */
export function registerCommands(workbench: Workbench): vscode.Disposable {
  const commands: Readonly<Record<string, (argument?: unknown) => unknown>> = {
    'visit.visualize': () => workbench.visualize(),
    'visit.compare': () => workbench.compare(),
    'visit.compareWith': () => {
      workbench.compareWithTyped();
    },
    'visit.swapSides': () => workbench.swapSides(),
    // An editor's menu names its document too, but what is meant there is its selection.
    'visit.selectForCompare': () => workbench.selectForCompare(),
    'visit.compareWithSelected': () => workbench.compareWithSelected(),
    'visit.selectFileForCompare': (file) => workbench.selectForCompare(fileOf(file)),
    'visit.compareFileWithSelected': (file) => workbench.compareWithSelected(fileOf(file)),
    'visit.comparePrompts': (file) => workbench.comparePrompts(fileOf(file)),
    'visit.openSample': () => workbench.openSample(),
    'visit.chooseModel': () => workbench.chooseModel(),
    'visit.downloadModel': (id) => workbench.downloadModel(typeof id === 'string' ? id : undefined),
    'visit.exportGraph': () => workbench.exportGraph(),
    'visit.findActiveNeurons': (uri) => workbench.insights.findNeurons(fileOf(uri)),
    'visit.showInspector': () => {
      workbench.showInspector();
    },
    'visit.showLog': () => {
      workbench.showLog();
    },
  };
  return vscode.Disposable.from(...Object.entries(commands).map(([id, run]) => vscode.commands.registerCommand(id, run)));
}

/** The file or folder that a command is run on from the explorer. */
function fileOf(argument: unknown): vscode.Uri | undefined {
  return argument instanceof vscode.Uri ? argument : undefined;
}
