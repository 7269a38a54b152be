/**
 * The commands of the extension, by the ids that package.json declares.
 */
import * as vscode from 'vscode';
import { WITHOUT_ADAPTER } from '../core/format/adapter-part';
import type { ExtensionController } from './extension-controller';

/** Registers all commands. */
export function registerCommands(controller: ExtensionController): vscode.Disposable {
  const commands: Readonly<Record<string, (argument?: unknown) => unknown>> = {
    // The walkthrough's button: with nothing to run, there is a sample.
    'visit.visualize': (orSample) => controller.prompts.visualize(orSample === 'orSample' ? () => controller.openSample() : undefined),
    'visit.visualizeChat': () => controller.prompts.visualizeChat(),
    'visit.compareChat': () => controller.prompts.compareChat(),
    'visit.continue': () => controller.continue(),
    'visit.compare': () => controller.prompts.compare(),
    'visit.compareWith': () => {
      controller.prompts.compareWithTyped();
    },
    'visit.compareWithBase': () => controller.session.intervene(WITHOUT_ADAPTER),
    'visit.swapSides': () => controller.session.swap(),
    // An editor's menu names its document too, but what is meant there is its selection.
    'visit.selectForCompare': () => controller.prompts.selectForCompare(),
    'visit.compareWithSelected': () => controller.prompts.compareWithSelected(),
    'visit.selectFileForCompare': (file) => controller.prompts.selectForCompare(fileOf(file)),
    'visit.compareFileWithSelected': (file) => controller.prompts.compareWithSelected(fileOf(file)),
    'visit.comparePrompts': (file) => controller.prompts.comparePrompts(fileOf(file)),
    'visit.openSample': () => controller.openSample(),
    'visit.chooseModel': () => controller.models.choose(),
    'visit.downloadModel': (id) => controller.models.download(typeof id === 'string' ? id : undefined),
    'visit.exportGraph': () => controller.exportView(),
    'visit.calibrateEffects': (uri) => controller.insights.calibrateEffects(fileOf(uri)),
    'visit.fitLens': (uri) => controller.fitLens(fileOf(uri)),
    'visit.findActiveNeurons': (uri) => controller.insights.findNeurons(fileOf(uri)),
    'visit.showInspector': () => {
      controller.last.reveal();
    },
    'visit.recentPrompts': () => controller.last.runAgain(),
    'visit.toggleMaximized': () => controller.toggleMaximized(),
    'visit.findToken': () => {
      controller.findToken();
    },
    'visit.goBack': () => {
      controller.go('back');
    },
    'visit.goForward': () => {
      controller.go('forward');
    },
    'visit.showLog': () => {
      controller.showLog();
    },
  };
  return vscode.Disposable.from(...Object.entries(commands).map(([id, run]) => vscode.commands.registerCommand(id, run)));
}

/** The file or folder that a command is run on from the explorer. */
function fileOf(argument: unknown): vscode.Uri | undefined {
  return argument instanceof vscode.Uri ? argument : undefined;
}
