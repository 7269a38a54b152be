/** Prompts that values are taken from, asked for where the user wants them: of a mean in a component's place, or of what effects are against. */
import * as vscode from 'vscode';
import type { Intervention } from '../../core/format/intervention';
import { Problem } from '../../core/problem';
import type { BaselineInput } from '../../core/protocol/engine-inputs';
import { fromOneLine, onOneLine } from '../../core/text/one-line';
import { spread } from '../../core/text/spread';
import { askForPrompts, type PromptCollection } from './prompt-files';

/** Prompts that a mean is taken over at most, of however many: each is run once for every graph. */
const MEAN_PROMPTS = 200;

/** What asking is connected to. */
export interface ReferencePorts {
  /** The text of the prompt that is shown, and the address of its file, as far as there is one. */
  readonly shown: () => { readonly text: string; readonly uri: string | undefined } | undefined;
  /** the document that was last worked on */
  readonly document: () => vscode.TextDocument | undefined;
  /** Changes a component of the model, and shows what follows. */
  readonly intervene: (intervention: Intervention) => Promise<void>;
  /** Shows effects against something else. */
  readonly against: (baseline: BaselineInput) => Promise<void>;
  /** Says why there are no prompts. */
  readonly notify: (problem: Problem) => void;
}

/** Sets a component to its mean over prompts that the user chooses. */
export async function interveneWithMean(ports: ReferencePorts, component: string): Promise<void> {
  const collection = await promptsOfMean(ports, vscode.l10n.t('VISIT: Mean over Prompts'));
  if (collection === undefined) return;
  const { prompts, name } = collection;
  await ports.intervene({ mode: 'mean', component, over: prompts.map((text) => ({ text })), name });
}

/** Lets the user choose a twin prompt, or prompts whose mean effects are against. */
export async function chooseBaseline(ports: ReferencePorts, baseline: 'twin' | 'mean'): Promise<void> {
  if (baseline === 'twin') {
    const typed = await vscode.window.showInputBox({
      title: vscode.l10n.t('VISIT: Effects Against Another Prompt'),
      prompt: vscode.l10n.t(
        'Each component as it is on this prompt, aligned from the end. Change a word of it. Line breaks are written \\n, backslashes \\\\.',
      ),
      value: onOneLine(ports.shown()?.text ?? ''),
      validateInput: (line) => (line === '' ? vscode.l10n.t('The prompt is empty.') : undefined),
    });
    if (typed !== undefined) await ports.against({ baseline, prompt: { text: fromOneLine(typed) } });
    return;
  }
  const collection = await promptsOfMean(ports, vscode.l10n.t('VISIT: Effects Against the Mean over Prompts'));
  if (collection === undefined) return;
  const { prompts, name } = collection;
  await ports.against({ baseline, prompts: prompts.map((text) => ({ text })), name });
}

/** The file of the shown prompt is offered first. */
async function promptsOfMean(ports: ReferencePorts, title: string): Promise<PromptCollection | undefined> {
  try {
    const collection = await askForPrompts(title, (await documentOf(ports)) ?? ports.document());
    return collection && { ...collection, prompts: spread(collection.prompts, MEAN_PROMPTS) };
  } catch (thrown) {
    ports.notify(Problem.from(thrown));
    return undefined;
  }
}

async function documentOf({ shown }: ReferencePorts): Promise<vscode.TextDocument | undefined> {
  const uri = shown()?.uri;
  if (uri === undefined) return undefined;
  // A file that has gone meanwhile is not offered.
  return Promise.resolve(vscode.workspace.openTextDocument(vscode.Uri.parse(uri))).catch(() => undefined);
}
