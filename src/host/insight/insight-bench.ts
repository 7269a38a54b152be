/**
 * The views beside the flow graph, as the editor's side of them: looks at the shown prompt.
 */
import * as vscode from 'vscode';
import type { FlowGraph } from '../../core/graph/flow-graph';
import { Problem } from '../../core/problem';
import type { ModelRef } from '../../core/protocol/engine';
import type { InsightQuestion } from '../../core/protocol/insight';
import type { HostMessage } from '../../core/protocol/inspector';
import type { EngineCalls } from '../inspector';
import { promptLines } from '../../core/text/prompt-lines';
import type { Prompt } from '../prompt';
import { hashIsComment } from '../prompt-source';
import { Looks, type FilePrompts } from './looks';

/** What the insights are connected to. */
export interface InsightPorts {
  readonly engine: EngineCalls;
  /** Throws a `Problem` where no model can run. */
  readonly model: () => ModelRef;
  /** The graph that is shown, if it is one, and the prompt that it is of. */
  readonly shown: () => { readonly graph: FlowGraph; readonly prompt: Prompt } | undefined;
  readonly post: (message: HostMessage) => boolean;
  readonly log: { info(line: string): void; error(line: string): void };
}

/** See the head of this file. */
export class InsightBench {
  readonly #looks: Looks;

  constructor(ports: InsightPorts) {
    this.#looks = new Looks({
      ...ports,
      graph: () => ports.shown()?.graph,
      filePrompts: () => promptsOfFile(ports.shown()?.prompt),
    });
  }

  /** Answers the page. */
  async answer(question: InsightQuestion): Promise<void> {
    switch (question.type) {
      case 'look': return this.#looks.look(question.look);
      case 'cancelLook': return this.#looks.cancel(question.look);
    }
  }

  /** Nobody looks any more. */
  rest(): void {
    this.#looks.cancelAll();
  }
}

/** Every prompt of the file that a prompt comes from, one a line. */
async function promptsOfFile(prompt: Prompt | undefined): Promise<FilePrompts> {
  const origin = prompt?.origin;
  if (!origin) throw new Problem('empty-prompt', 'The prompt that is shown was typed: it comes from no file.', 'Run a prompt of a file.');
  const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(origin.uri));
  const prompts = promptLines(document.getText(), { hashIsComment: hashIsComment(document) }).map(({ text }) => text);
  if (prompts.length === 0) throw new Problem('empty-prompt', `${origin.name} has no prompt.`, 'Write one prompt on each line; blank lines and comments are left out.');
  return { file: origin.name, prompts };
}
