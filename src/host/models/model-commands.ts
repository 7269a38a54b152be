/** The commands that change the model, and what runs after them. */
import type * as vscode from 'vscode';
import type { ModelRef } from '../../core/protocol/engine-inputs';
import type { ShownProblem } from '../../core/protocol/inspector';
import type { EngineCalls } from '../../engine-client/engine-calls';
import type { InspectorSession } from '../session/inspector-session';
import { modelFolderSetting } from '../settings';
import { ModelChoice } from './model-choice';
import { platformProblem } from './platform';

/** What they need from the rest of the extension. */
export interface ModelCommandPorts {
  readonly context: vscode.ExtensionContext;
  readonly engine: EngineCalls;
  readonly session: () => InspectorSession;
  /** Shows a model that cannot be used. */
  readonly notify: (problem: ShownProblem) => void;
}

/** See the head of this file. */
export class ModelCommands {
  readonly #choice: ModelChoice;
  readonly #session: () => InspectorSession;

  constructor({ context, engine, session, notify }: ModelCommandPorts) {
    this.#choice = new ModelChoice(context, engine, notify);
    this.#session = session;
  }

  /** The model that the settings name. */
  current(): ModelRef {
    return this.#choice.current();
  }

  /** The same, to be run. @throws Problem where no model can run on this platform */
  runnable(): ModelRef {
    const problem = platformProblem(process.platform, process.arch);
    if (problem) throw problem;
    return this.current();
  }

  /** From now on the present model is run even where memory is short. */
  insist(): void {
    this.#choice.insist();
  }

  /** Lets the user choose a model, on which the prompt is run. */
  choose(): Promise<void> {
    return this.#change(() => this.#choice.choose());
  }

  /** Lets the user choose the base of the present model, an adapter, on which the prompt is run. */
  chooseBase(): Promise<void> {
    return this.#change(() => this.#choice.use(modelFolderSetting()));
  }

  /** Downloads a model from the Hugging Face Hub, on which the prompt is run; without an id it is searched for. */
  download(id?: string): Promise<void> {
    return this.#change(() => this.#choice.download(id));
  }

  /** Names of the models that the open list offers. */
  get offered(): readonly string[] | undefined {
    return this.#choice.offered;
  }

  async #change(choose: () => Promise<boolean>): Promise<void> {
    const before = modelFolderSetting();
    const chosen = await choose();
    const session = this.#session();
    // Another model runs by the change of the setting. The same one, chosen again, may have been put right meanwhile.
    if (chosen && modelFolderSetting() === before && session.problem) await session.act('runAgain');
  }
}
