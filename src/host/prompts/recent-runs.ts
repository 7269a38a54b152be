/** Lets the user choose one of the last runs. */
import * as vscode from 'vscode';
import { promptsOf } from '../session/inspector-input';
import type { Run } from '../session/run-history';

/** Characters of a prompt that a row shows. */
const SHOWN = 80;

/** Answers with the run to show again; undefined where none was chosen. */
export async function chooseRun(runs: readonly Run[]): Promise<Run | undefined> {
  if (runs.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('VISIT: no prompt has been run in this workspace yet.'));
    return undefined;
  }
  const rows = runs.map((run) => ({
    run,
    label: labelOf(run),
    description: [run.top, run.model].filter((text) => text !== '').join(' · '),
    ...detailOf(run),
  }));
  const chosen = await vscode.window.showQuickPick(rows, {
    title: vscode.l10n.t('VISIT: Recent Prompts'),
    placeHolder: vscode.l10n.t('Run a prompt again'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return chosen?.run;
}

function labelOf({ input }: Run): string {
  const [first, ...others] = promptsOf(input).map(({ text }) => short(text));
  if (first === undefined) return '';
  if (input.kind !== 'predictions') return [first, ...others].join(' ↔ ');
  return others.length === 0 ? first : vscode.l10n.t('{0} and {1} more prompts', first, others.length);
}

function detailOf({ input }: Run): { readonly detail?: string } {
  const names = [...new Set(promptsOf(input).flatMap(({ origin }) => (origin ? [origin.name] : [])))];
  return names.length === 0 ? {} : { detail: names.join(', ') };
}

function short(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
}
