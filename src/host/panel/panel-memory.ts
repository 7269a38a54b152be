/**
 * What brings the panel back in the next window: whether it was open, and what it showed.
 *
 * VS Code restores the panel with its layout of editors. In a browser it stores the layout once a minute and when the page is left,
 * and what it stores then comes too late on a busy machine: the layout is that of a minute ago, without the panel. The state of a
 * workspace, which is used here, is stored at once.
 */
import * as vscode from 'vscode';
import { inputOf, type InspectorInput } from '../session/inspector-input';
import { InspectorPanel } from './inspector-panel';

const INPUT_KEY = 'visit.subject';
const OPEN_KEY = 'visit.panelOpen';

/** See the head of this file. */
export class PanelMemory {
  readonly #state: vscode.Memento;

  constructor(state: vscode.Memento) {
    this.#state = state;
  }

  /** What was last shown; undefined where nothing was, or by a version whose notes cannot be read. */
  async input(): Promise<InspectorInput | undefined> {
    const kept = this.#state.get(INPUT_KEY);
    if (kept === undefined) return undefined;
    const { inspectorInputSchema } = await import('../session/kept-input');
    return inspectorInputSchema.safeParse(kept).data;
  }

  /** Notes what is shown. */
  show(input: InspectorInput): void {
    void this.#state.update(INPUT_KEY, inputOf(input));
  }

  /** Notes whether there is a panel. */
  set open(open: boolean) {
    void this.#state.update(OPEN_KEY, open ? true : undefined);
  }

  /** Whether the panel was open when the last window went, and VS Code has not kept it. */
  get lost(): boolean {
    return this.#state.get(OPEN_KEY) === true && !hasPanel();
  }
}

/** Whether one of the editor's tabs is a panel, of this window or kept from the last. */
function hasPanel(): boolean {
  return vscode.window.tabGroups.all.some(({ tabs }) =>
    // VS Code puts a prefix of its own before the type
    tabs.some(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith(InspectorPanel.viewType)),
  );
}
