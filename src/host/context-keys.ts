/** What the editor is told of the panel, so that it offers the commands that make sense; see `when` in package.json. */
import * as vscode from 'vscode';
import { isWhatIf } from '../core/present/side-words';
import type { InspectorResult } from './session/inspector-input';

/** What the editor has been told. Every change has it look at all of its menus again. */
const told = new Map<string, boolean>();

/** Sets every context key by what the panel shows. */
export function tellCommands(shown: InspectorResult): void {
  const keys = {
    /** there is a graph to export */
    'visit.hasGraph': shown.kind !== 'predictions',
    /** two prompts are compared, or two passes */
    'visit.hasComparison': shown.kind === 'comparison',
    /** they are one prompt before and after an intervention */
    'visit.hasWhatIf': shown.kind === 'comparison' && isWhatIf(shown.comparison),
    /** the model of the one graph that is shown has an adapter */
    'visit.hasAdapter': shown.kind === 'graph' && shown.graph.model.adapter !== undefined,
  };
  for (const [key, isSo] of Object.entries(keys)) {
    if (told.get(key) === isSo) continue;
    told.set(key, isSo);
    void vscode.commands.executeCommand('setContext', key, isSo);
  }
}
