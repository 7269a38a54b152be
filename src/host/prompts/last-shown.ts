/** What the panel showed before: it comes back in a new panel, in the next window, and from the list of the last prompts. */
import type * as vscode from 'vscode';
import type { InspectorPanel } from '../panel/inspector-panel';
import { PanelMemory } from '../panel/panel-memory';
import type { InspectorResult } from '../session/inspector-input';
import type { InspectorSession } from '../session/inspector-session';
import { RunHistory } from '../session/run-history';
import { chooseRun } from './recent-runs';

/** What it needs from the rest of the extension. */
export interface LastShownPorts {
  /** where it is kept: the state of a workspace */
  readonly state: vscode.Memento;
  readonly panel: InspectorPanel;
  readonly session: InspectorSession;
  /** Is told that a prompt is about to run. */
  readonly running: () => void;
  readonly log: vscode.LogOutputChannel;
}

/** See the head of this file. */
export class LastShown {
  readonly #ports: LastShownPorts;
  readonly #memory: PanelMemory;
  readonly #history: RunHistory;

  constructor(ports: LastShownPorts) {
    this.#ports = ports;
    this.#memory = new PanelMemory(ports.state);
    this.#history = new RunHistory(ports.state);
  }

  /** Notes whether there is a panel. */
  set panelOpen(open: boolean) {
    this.#memory.open = open;
  }

  /** Notes what is shown. */
  note(shown: InspectorResult): void {
    this.#memory.show(shown);
    this.#history.note(shown);
  }

  /** Opens the panel, which then shows what the last one showed, or brings it to light where it is. */
  reveal(): void {
    const { panel } = this.#ports;
    const isNew = !panel.open;
    panel.reveal({ focus: true });
    if (isNew) void this.#show();
  }

  /** Opens the panel again if it was open when the last window went and the editor has not kept it. */
  reopenLost(): void {
    if (!this.#memory.lost) return;
    this.#ports.log.info('The panel was open but was not restored, so it is opened again.');
    this.#ports.panel.reveal();
    void this.#show();
  }

  /** Fills a panel that the editor kept over a reload of the window. */
  fill(panel: vscode.WebviewPanel): void {
    this.#ports.panel.adopt(panel);
    void this.#show();
  }

  /** Lets the user choose one of the last prompts, and runs it again. */
  async runAgain(): Promise<void> {
    const run = await chooseRun(await this.#history.runs());
    if (run === undefined) return;
    this.#ports.panel.reveal();
    this.#ports.running();
    await this.#ports.session.restore(run.input);
  }

  /** Shows in a new panel what the last one showed, in this window or the one before. */
  async #show(): Promise<void> {
    const { session } = this.#ports;
    // The page is told when it is ready what this window already shows or runs.
    const isTold = (): boolean => session.shown !== undefined || session.busy;
    if (isTold()) return;
    const input = await this.#memory.input();
    if (input && !isTold()) await session.restore(input);
  }
}
