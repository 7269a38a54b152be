/**
 * The extension as a whole: engine, model, inspector, panel, highlight and status bar, and what happens between them.
 */
import * as vscode from 'vscode';
import type { Side } from '../core/format/comparison';
import { Problem, assertNever } from '../core/problem';
import type { PageMessage, ShownProblem } from '../core/protocol/inspector';
import type { Progress } from '../core/call-context';
import { EngineClient } from '../engine-client/engine-client';
import { askForFormat, exportGraph } from './panel/export-graph';
import type { ExportFormat, HtmlWriter } from './panel/export-graph';
import { PromptHighlighter } from './prompts/highlight';
import type { Highlight } from './prompts/highlight';
import { InsightBench } from './insights/insight-controller';
import { Inspector } from './session/inspector-session';
import { InspectorPanel } from './panel/inspector-panel';
import { PanelMemory } from './panel/panel-memory';
import { ModelChoice } from './models/model-choice';
import { platformProblem } from './models/platform';
import { isActionId, withActions } from './session/problem-actions';
import { noticeProblem } from './ui/problem-notice';
import type { Prompt } from './session/prompt';
import { LastEditor, promptFromEditor, promptOfDocument, promptsFromEditor, promptsOfLines } from './prompts/prompt-source';
import type { RunEnd } from './session/latest-only';
import { openSample } from './prompts/sample';
import { SelectedForCompare } from './prompts/selected-for-compare';
import { MODEL_FOLDER, SECTION, modelFolderSetting, viewDefaults } from './settings';
import { withSlowProgress } from './ui/slow-progress';
import { ModelStatus } from './ui/status-bar';
import { promptsOf, titleOf } from './session/inspector-input';
import type { Shown } from './session/inspector-input';

/** Context key that is true while there is a graph to export. */
const HAS_GRAPH = 'visit.hasGraph';
/** Context key that is true while the panel compares two prompts. */
const HAS_COMPARISON = 'visit.hasComparison';

/** What the workbench is given by whoever wires it. */
export interface WorkbenchParts {
  readonly context: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  readonly toHtml: HtmlWriter;
}

/** See the head of this file. */
export class Workbench implements vscode.Disposable {
  readonly engine: EngineClient;
  readonly panel: InspectorPanel;
  readonly inspector: Inspector;
  readonly insights: InsightBench;
  readonly selectedForCompare = new SelectedForCompare('visit.compareWithSelected');
  readonly status = new ModelStatus('visit.chooseModel');
  readonly #context: vscode.ExtensionContext;
  readonly #log: vscode.LogOutputChannel;
  readonly #toHtml: HtmlWriter;
  readonly #model: ModelChoice;
  readonly #memory: PanelMemory;
  readonly #lastEditor = new LastEditor();
  /** One for each side of a comparison; a single graph's prompt is followed by the left one. */
  readonly #highlighters: Readonly<Record<Side, PromptHighlighter>> = { left: new PromptHighlighter(), right: new PromptHighlighter() };
  /** The last problem that was shown outside the panel. */
  #notice: ShownProblem | undefined;

  constructor({ context, log, toHtml }: WorkbenchParts) {
    this.#context = context;
    this.#log = log;
    this.#toHtml = toHtml;
    this.engine = new EngineClient({
      entry: context.asAbsolutePath('dist/engine.js'),
      log: (line) => {
        log.info(line);
      },
    });
    this.#model = new ModelChoice(context, this.engine, (problem) => {
      this.#notify(problem);
    });
    this.#memory = new PanelMemory(context.workspaceState);
    this.panel = new InspectorPanel(context.extensionUri, {
      opened: () => {
        this.#memory.open = true;
      },
      ready: () => {
        for (const message of [...this.inspector.replay(), ...this.insights.replay()]) this.panel.post(message);
      },
      message: (message) => {
        void this.#onPageMessage(message);
      },
      garbled: (reason) => {
        log.error(`The page sent a message that is not understood: ${reason}`);
      },
      closed: () => {
        this.#onPanelClosed();
      },
    });
    this.inspector = new Inspector({
      engine: this.engine,
      model: () => this.#runnableModel(),
      defaults: (uri) => viewDefaults(uri === undefined ? undefined : vscode.Uri.parse(uri)),
      post: (message) => this.panel.post(message),
      notify: (problem) => {
        this.#notify(problem);
      },
      modelLoaded: (model) => {
        this.status.show(this.#model.current().folder, model);
        void this.insights.modelLoaded();
      },
      shown: (shown) => {
        this.#onShown(shown);
      },
      log,
    });
    this.insights = new InsightBench({
      engine: this.engine,
      model: () => this.#runnableModel(),
      shown: () => (this.inspector.shown?.kind === 'graph' ? this.inspector.shown : undefined),
      post: (message) => this.panel.listening && this.panel.post(message),
      revealPanel: () => {
        this.panel.reveal();
      },
      document: () => this.#lastEditor.current?.document,
      notify: (problem) => {
        this.#notify(withActions(problem));
      },
      storage: vscode.Uri.joinPath(context.globalStorageUri, 'active-neurons').fsPath,
      log,
    });
    this.status.show(this.#model.current().folder);
  }

  /** What is marked in the editors, left before right. */
  get highlights(): readonly Highlight[] {
    return Object.values(this.#highlighters)
      .map(({ current }) => current)
      .filter((highlight) => highlight !== undefined);
  }

  /** The last problem that was shown outside the panel. */
  get notice(): ShownProblem | undefined {
    return this.#notice;
  }

  /** Runs the selection of the editor, or the paragraph under its cursor. Resolves when a graph or a problem is shown. */
  async visualize(): Promise<void> {
    await this.#runPrompts(
      () => promptFromEditor(this.#lastEditor.current),
      (prompt, onProgress) => this.inspector.visualize(prompt, onProgress),
    );
  }

  /**
   * Compares the two selections of the editor. With one, its graph is shown and the other prompt is typed in the panel;
   * with three or more, their predictions are listed. Resolves when the answer or a problem is shown.
   */
  async compare(): Promise<void> {
    const ran = await this.#runPrompts(
      () => promptsFromEditor(this.#lastEditor.current),
      (prompts, onProgress) => {
        const [left, right, ...more] = prompts;
        if (!left || !right) return left ? this.inspector.visualize(left, onProgress) : Promise.resolve('done');
        return more.length === 0 ? this.inspector.compare(left, right, onProgress) : this.inspector.predict(prompts, onProgress);
      },
    );
    if (ran?.length === 1 && this.inspector.shown?.kind === 'graph') this.compareWithTyped();
  }

  /** Lets the user type, in the panel, the prompt that the shown one is compared with. */
  compareWithTyped(): void {
    this.panel.reveal({ focus: true });
    this.inspector.askOther();
  }

  /** Keeps a prompt to be compared with another: the editor's, or a whole file. */
  async selectForCompare(file?: vscode.Uri): Promise<void> {
    await this.#take(async () => {
      this.selectedForCompare.set(await this.#promptAt(file));
    });
  }

  /** Compares the prompt that was kept with the editor's, or with a whole file. */
  async compareWithSelected(file?: vscode.Uri): Promise<void> {
    const ran = await this.#runPrompts(
      async () => [this.selectedForCompare.get(), await this.#promptAt(file)] as const,
      ([left, right], onProgress) => this.inspector.compare(left, right, onProgress),
    );
    if (ran) this.selectedForCompare.set(undefined);
  }

  /** Lists what every line of a file, or of the editor's document, is continued with. */
  async comparePrompts(file?: vscode.Uri): Promise<void> {
    await this.#runPrompts(
      async () => promptsOfLines(await this.#documentAt(file)),
      (prompts, onProgress) => this.inspector.predict(prompts, onProgress),
    );
  }

  /** Changes the sides of the comparison over. */
  async swapSides(): Promise<void> {
    await this.inspector.swap();
  }

  /** Lets the user choose a model, on which the prompt is run. */
  chooseModel(): Promise<void> {
    return this.#changeModel(() => this.#model.choose());
  }

  /** Downloads a model from the Hugging Face Hub, on which the prompt is run; without an id it is searched for. */
  downloadModel(id?: string): Promise<void> {
    return this.#changeModel(() => this.#model.download(id));
  }

  /** Names of the models that the open list offers. */
  get offeredModels(): readonly string[] | undefined {
    return this.#model.offered;
  }

  async #changeModel(choose: () => Promise<boolean>): Promise<void> {
    const before = modelFolderSetting();
    const chosen = await choose();
    // Another model runs by the change of the setting. The same one, chosen again, may have been put right meanwhile.
    if (chosen && modelFolderSetting() === before && this.inspector.problem) await this.inspector.act('runAgain');
  }

  /** Saves the graph that is shown, in a format that is asked for when it is not given. */
  async exportGraph(given?: ExportFormat): Promise<void> {
    const { shown } = this.inspector;
    if (!shown || shown.kind === 'predictions') {
      void vscode.window.showInformationMessage('VISIT: there is no graph to export yet. Run “VISIT: Visualize Forward Pass” first.');
      return;
    }
    const format = given ?? (await askForFormat());
    if (!format) return;
    try {
      await exportGraph(shown.kind === 'graph' ? shown.graph : shown.comparison, format, this.#toHtml);
    } catch (thrown) {
      const cause = Problem.from(thrown);
      const problem = cause.code === 'internal' ? new Problem('io', `The graph could not be saved: ${cause.message}`) : cause;
      this.#log.error(problem.message);
      this.#notify({ ...problem.toData(), actions: [{ id: 'openLog', title: 'Open Log' }] });
    }
  }

  /** Opens prompts to begin with. */
  openSample(): Promise<void> {
    return openSample(this.#context.extensionUri);
  }

  /** Opens the log. */
  showLog(): void {
    this.#log.show();
  }

  /** Opens the panel, or brings it to light where it is. A new one shows what the last one showed. */
  showInspector(): void {
    const isNew = !this.panel.open;
    this.panel.reveal({ focus: true });
    if (isNew) this.#showLast();
  }

  /** Opens the panel again if it was open when the last window went and the editor has not kept it. */
  reopenLost(): void {
    if (!this.#memory.lost) return;
    this.#log.info('The panel was open, but has not been restored: it is opened again.');
    this.panel.reveal();
    this.#showLast();
  }

  /** Fills a panel that the editor kept over a reload of the window. */
  restore(panel: vscode.WebviewPanel): void {
    this.panel.adopt(panel);
    this.#showLast();
  }

  /** Reacts to a change of the settings. */
  async onSettingsChanged(event: vscode.ConfigurationChangeEvent): Promise<void> {
    if (!event.affectsConfiguration(`${SECTION}.${MODEL_FOLDER}`)) return;
    this.status.show(this.#model.current().folder);
    if (this.panel.open) await this.inspector.modelChanged();
  }

  dispose(): void {
    this.engine.dispose();
    for (const highlighter of Object.values(this.#highlighters)) highlighter.dispose();
    this.selectedForCompare.dispose();
    this.status.dispose();
    this.#lastEditor.dispose();
  }

  /** Takes prompts and runs them, with the panel in sight. Answers with what was run; undefined where nothing could be taken. */
  async #runPrompts<T>(
    take: () => T | Promise<T>,
    run: (prompts: T, onProgress: (progress: Progress) => void) => Promise<RunEnd>,
  ): Promise<T | undefined> {
    const prompts = await this.#take(take);
    if (prompts === undefined) return undefined;
    this.panel.reveal();
    this.insights.promptRun();
    await withSlowProgress(
      'VISIT: forward pass',
      (onProgress) => run(prompts, onProgress),
      () => {
        this.inspector.cancel();
      },
    );
    return prompts;
  }

  /** Says why nothing could be taken. */
  async #take<T>(take: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await take();
    } catch (thrown) {
      this.#notify(withActions(Problem.from(thrown)));
      return undefined;
    }
  }

  async #promptAt(file: vscode.Uri | undefined): Promise<Prompt> {
    return file ? promptOfDocument(await this.#documentAt(file)) : promptFromEditor(this.#lastEditor.current);
  }

  async #documentAt(file: vscode.Uri | undefined): Promise<vscode.TextDocument> {
    const document = file ? await openText(file) : this.#lastEditor.current?.document;
    if (document) return document;
    throw new Problem('empty-prompt', 'No text editor is open.', 'Open a file with one prompt on each line.');
  }

  #runnableModel(): ReturnType<ModelChoice['current']> {
    const problem = platformProblem(process.platform, process.arch);
    if (problem) throw problem;
    return this.#model.current();
  }

  async #onPageMessage(message: Exclude<PageMessage, { type: 'ready' }>): Promise<void> {
    switch (message.type) {
      case 'change':
        return this.inspector.change(message.change);
      case 'changeComparison':
        return this.inspector.changeComparison(message.change);
      case 'compareWith':
        return this.inspector.compareWith(message.text);
      case 'swap':
        return this.inspector.swap();
      case 'intervene':
        return this.inspector.intervene(message.intervention);
      case 'takeBack':
        return this.inspector.takeBack(message.component);
      case 'single':
        return this.inspector.single(message.side);
      case 'compareRows':
        return this.inspector.compareRows(message.left, message.right);
      case 'openRow':
        return this.inspector.openRow(message.row);
      case 'cancel':
        return this.inspector.cancel();
      case 'highlight':
        return this.#highlight(message);
      case 'export':
        return this.exportGraph(message.format);
      case 'action':
        return this.#act(message.id);
      case 'pageError':
        return this.#log.error(`The page failed: ${message.message}`);
      case 'look':
      case 'cancelLook':
      case 'findNeurons':
      case 'cancelNeurons':
      case 'exportNeurons':
        return this.insights.answer(message);
      default:
        return assertNever(message);
    }
  }

  async #highlight({ token: index, focus, side = 'left' }: Extract<PageMessage, { type: 'highlight' }>): Promise<void> {
    const { shown } = this.inspector;
    const graph = shown?.kind === 'graph' ? shown.graph : shown?.kind === 'comparison' ? shown.comparison[side] : undefined;
    const token = index === null ? undefined : graph?.tokens[index];
    const highlighter = this.#highlighters[side];
    if (token) await highlighter.show(token, { reveal: focus, inspectorColumn: this.panel.column });
    else highlighter.clear();
  }

  async #act(id: string): Promise<void> {
    if (!isActionId(id)) return this.#log.error(`The page asked for an unknown action: ${id}`);
    switch (id) {
      case 'openLog':
        return this.showLog();
      case 'chooseModel':
        return this.chooseModel();
      case 'openSample':
        return this.openSample();
      case 'runAnyway':
        this.#model.insist();
        return this.inspector.act('runAgain');
      case 'runAgain':
      case 'useLastTokens':
        return this.inspector.act(id);
      default:
        return assertNever(id);
    }
  }

  #notify(problem: ShownProblem): void {
    this.#notice = problem;
    noticeProblem(problem, (id) => {
      void this.#act(id);
    });
  }

  #onShown(shown: Shown): void {
    const [left, right] = shown.kind === 'predictions' ? [] : promptsOf(shown);
    this.#highlighters.left.follow(left);
    this.#highlighters.right.follow(right);
    this.panel.title = titleOf(shown);
    this.#memory.show(shown);
    void vscode.commands.executeCommand('setContext', HAS_GRAPH, shown.kind !== 'predictions');
    void vscode.commands.executeCommand('setContext', HAS_COMPARISON, shown.kind === 'comparison');
  }

  /** Shows in a new panel what the last one showed, in this window or the one before. */
  #showLast(): void {
    // The page is told when it is ready what this window already shows or runs.
    if (this.inspector.shown || this.inspector.busy) return;
    const { subject } = this.#memory;
    if (subject) void this.inspector.restore(subject);
  }

  #onPanelClosed(): void {
    this.#memory.open = false;
    this.insights.rest();
    this.inspector.cancel();
    for (const highlighter of Object.values(this.#highlighters)) highlighter.clear();
  }
}

/** Opens a file as text. Throws a `Problem` for one that is none. */
async function openText(file: vscode.Uri): Promise<vscode.TextDocument> {
  try {
    return await vscode.workspace.openTextDocument(file);
  } catch (cause) {
    throw new Problem('io', `${file.path.split('/').at(-1)} cannot be opened as text.`, 'Choose a text file.', { cause });
  }
}
