/**
 * Problems outside the inspector: a message of the editor, with buttons for what can be done.
 */
import * as vscode from 'vscode';
import type { ShownProblem } from '../../core/protocol/inspector';

/** Shows a problem; `act` is given the id of the button that is pressed. Returns at once. */
export function noticeProblem(problem: ShownProblem, act: (id: string) => void): void {
  const actions = problem.actions ?? [];
  const text = problem.hint ? `${problem.message} ${problem.hint}` : problem.message;
  // Where there was nothing to run, nothing has gone wrong.
  const show =
    problem.code === 'empty-prompt' || problem.code === 'prompt-too-long'
      ? vscode.window.showWarningMessage
      : vscode.window.showErrorMessage;
  void show(`VISIT: ${text}`, ...actions.map(({ title }) => title)).then((chosen) => {
    const action = actions.find(({ title }) => title === chosen);
    if (action) act(action.id);
  });
}
