/** Prompts that go with the shown one: those of its file, and those that means are taken over. */
import * as vscode from 'vscode';
import { Problem } from '../../core/problem';
import { promptLines } from '../../core/text/prompt-lines';
import { spread } from '../../core/text/spread';
import { hashIsComment } from '../prompts/prompt-source';
import type { Prompt } from '../session/prompt';
import type { FilePrompts } from './insight-cache';

/** Prompts that a mean is taken over where there are more. */
const MEAN_OVER = 48;

/**
 * Prompts beside the shown one, of its file or else VISIT’s own: a mean that it is part of itself would keep some of what it does.
 * @param shown the graph that is shown and what it is of, if it is one
 */
export async function otherPrompts(
  shown: { readonly prompt: Prompt; readonly graph: { readonly prompt: string } } | undefined,
  examples: () => Promise<readonly string[]>,
): Promise<FilePrompts> {
  const others = (prompts: readonly string[]): readonly string[] => prompts.filter((text) => text !== shown?.graph.prompt);
  if (shown?.prompt.origin) {
    const { file, prompts } = await promptsOfFile(shown.prompt);
    if (others(prompts).length > 0) return { file, prompts: spread(others(prompts), MEAN_OVER) };
  }
  return { file: vscode.l10n.t('VISIT’s examples'), prompts: spread(others(await examples()), MEAN_OVER) };
}

/**
 * Every prompt of the file that a prompt comes from, one a line.
 * @throws Problem `empty-prompt` where it comes from none, or the file contains none
 */
export async function promptsOfFile(prompt: Prompt | undefined): Promise<FilePrompts> {
  const origin = prompt?.origin;
  if (!origin)
    throw new Problem(
      'empty-prompt',
      vscode.l10n.t('The prompt shown was typed in, so there is no file to summarize.'),
      vscode.l10n.t('Run a prompt of a file.'),
    );
  const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(origin.uri));
  const prompts = promptLines(document.getText(), { hashIsComment: hashIsComment(document) }).map(({ text }) => text);
  if (prompts.length === 0)
    throw new Problem(
      'empty-prompt',
      vscode.l10n.t('{0} contains no prompts.', origin.name),
      vscode.l10n.t('Write one prompt per line; blank lines and comments are skipped.'),
    );
  return { file: origin.name, prompts };
}
