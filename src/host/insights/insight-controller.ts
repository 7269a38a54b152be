/**
 * Insights, as the editor's side of them: those into the shown prompt, and the model's always-active neurons.
 */
import * as vscode from 'vscode';
import { activeNeuronsCsv } from '../../core/insight/active-neurons-csv';
import { Problem, assertNever } from '../../core/problem';
import type { ModelRef } from '../../core/protocol/engine-options';
import { INSIGHTS, type InsightName, type InsightRequest, type InsightResult } from '../../core/protocol/insight';
import type { HostMessage, PageMessage } from '../../core/protocol/inspector';
import { promptLines } from '../../core/text/prompt-lines';
import type { EngineCalls } from '../../engine-client/engine-calls';
import type { GraphResult } from '../session/inspector-input';
import type { Prompt } from '../session/prompt';
import { hashIsComment } from '../prompts/prompt-source';
import { withSlowProgress } from '../ui/slow-progress';
import { KeptNeurons } from './kept-neurons';
import { InsightCache, type FilePrompts } from './insight-cache';
import { NeuronFinder } from './neuron-finder';
import { askForPrompts, promptsOfUri } from './prompt-files';

/** What the insights are connected to. */
export interface InsightPorts {
  readonly engine: EngineCalls;
  /** Throws a `Problem` where no model can run. */
  readonly model: () => ModelRef;
  /** The graph that is shown, if it is one. */
  readonly shown: () => GraphResult | undefined;
  /** The model's files are no longer those from which the shown graph was made: it must be made again. */
  readonly modelChanged: () => Promise<unknown>;
  readonly post: (message: HostMessage) => boolean;
  /** Opens the panel, or brings it to light. */
  readonly revealPanel: () => void;
  /** the document that was last worked on */
  readonly document: () => vscode.TextDocument | undefined;
  /** Shows a problem outside the page. */
  readonly notify: (problem: Problem) => void;
  /** folder on disk for what outlives a session */
  readonly storage: string;
  readonly log: { info(line: string): void; error(line: string): void };
}

/** What the page says about insights. */
export type InsightMessage = Extract<PageMessage, { readonly type: 'requestInsight' | 'cancelInsight' | 'exportNeurons' }>;

/** See the head of this file. */
export class InsightController {
  readonly #ports: InsightPorts;
  readonly #cache: InsightCache;
  readonly #finder: NeuronFinder;
  /** The page is to show the neurons, once it listens. */
  #revealing = false;

  constructor(ports: InsightPorts) {
    this.#ports = ports;
    this.#cache = new InsightCache({
      ...ports,
      filePrompts: () => promptsOfFile(ports.shown()?.prompt),
    });
    this.#finder = new NeuronFinder({ ...ports, store: new KeptNeurons(ports.storage) });
  }

  /** Everything that a page without memory needs to know. */
  replay(): HostMessage[] {
    const reveal: HostMessage[] = this.#revealing ? [{ type: 'reveal', what: 'neurons' }] : [];
    this.#revealing = false;
    return [...this.#finder.replay(), ...reveal];
  }

  /** A model has been loaded: what is known of it is shown. */
  async modelLoaded(fingerprint: string): Promise<void> {
    await this.#finder.recall(fingerprint).catch((thrown: unknown) => {
      this.#ports.log.error(Problem.from(thrown).message);
    });
  }

  /** Answers the page. */
  async answer(message: InsightMessage): Promise<void> {
    switch (message.type) {
      case 'requestInsight':
        return chosenPrompts(message) ? this.findNeurons() : this.#cache.request(message.id, message.request);
      case 'cancelInsight':
        return chosenPrompts(message) ? this.#finder.cancel() : this.#cache.cancel(message.request);
      case 'exportNeurons':
        return this.exportNeurons();
      default:
        return assertNever(message);
    }
  }

  /** What is known of the shown graph, found out now where it is not; undefined where no graph is shown, or it cannot be. */
  obtain(of: InsightName): Promise<InsightResult | undefined> {
    return this.#cache.obtain({ of } as InsightRequest);
  }

  /** All that is known of the shown graph. */
  known(): readonly InsightResult[] {
    return this.#cache.known();
  }

  /** Finds the model's always-active neurons over a file or a folder; over prompts that are asked for where none is given. */
  async findNeurons(uri?: vscode.Uri): Promise<void> {
    try {
      const collection = await (uri ? promptsOfUri(uri) : askForPrompts(this.#ports.document()));
      if (!collection) return;
      const found = await withSlowProgress(
        vscode.l10n.t('VISIT: always-active neurons over {0} prompts of {1}', collection.prompts.length, collection.name),
        (onProgress) => this.#finder.find(collection.prompts, onProgress),
        () => {
          this.#finder.cancel();
        },
      );
      if (!found) return;
      this.#revealing = true;
      this.#ports.revealPanel();
      if (this.#ports.post({ type: 'reveal', what: 'neurons' })) this.#revealing = false;
    } catch (thrown) {
      this.#ports.notify(Problem.from(thrown));
    }
  }

  /** Saves the neurons as comma-separated values, where the user says. */
  async exportNeurons(): Promise<void> {
    const { found } = this.#finder;
    if (!found) return;
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    const target = await vscode.window.showSaveDialog({
      title: vscode.l10n.t('Export Always-Active Neurons'),
      filters: { CSV: ['csv'] },
      ...(folder && { defaultUri: vscode.Uri.joinPath(folder, 'active-neurons.csv') }),
    });
    if (!target) return;
    try {
      await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(activeNeuronsCsv(found)));
    } catch (thrown) {
      this.#ports.notify(new Problem('io', vscode.l10n.t('The neurons could not be saved: {0}', Problem.from(thrown).message)));
    }
  }

  /** A prompt has been run by command: the page shows it, not the neurons. */
  promptRun(): void {
    this.#revealing = false;
    this.#ports.post({ type: 'reveal', what: 'graph' });
  }

  /** Another graph is shown, or none: results of the former one are no longer seen. */
  shownChanged(): void {
    this.#cache.shownChanged();
  }

  /** The panel is closed: results are no longer seen. */
  rest(): void {
    this.#cache.cancelAll();
  }
}

/** Whether an insight is over prompts that the user is asked for: always-active neurons are the only such. */
function chosenPrompts({ request }: Extract<InsightMessage, { readonly type: 'requestInsight' | 'cancelInsight' }>): boolean {
  return INSIGHTS[request.of].prompts === 'chosen';
}

/** Every prompt of the file that a prompt comes from, one a line. */
async function promptsOfFile(prompt: Prompt | undefined): Promise<FilePrompts> {
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
