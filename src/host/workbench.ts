/**
 * The extension as a whole: engine, model, inspector, panel, highlight and status bar, and what happens between them.
 */
import * as vscode from 'vscode';
import * as z from 'zod';
import { Problem, assertNever } from '../core/problem';
import type { PageMessage, ShownProblem } from '../core/protocol/inspector';
import { EngineClient } from '../engine/client';
import { askForFormat, exportGraph } from './export-graph';
import type { ExportFormat, HtmlWriter } from './export-graph';
import { PromptHighlighter } from './highlight';
import { InsightBench } from './insight/insight-bench';
import { Inspector } from './inspector';
import type { Shown } from './inspector';
import { InspectorPanel } from './inspector-panel';
import { ModelChoice } from './model-choice';
import { platformProblem } from './platform';
import { isActionId, withActions } from './problem-actions';
import { noticeProblem } from './problem-notice';
import { promptSchema } from './prompt';
import { LastEditor, promptFromEditor } from './prompt-source';
import { openSample } from './sample';
import { MODEL_FOLDER, SECTION, modelFolderSetting, viewDefaults } from './settings';
import { withSlowProgress } from './slow-progress';
import { ModelStatus } from './status-bar';
import { viewChoiceSchema } from './view-choice';

/** Where the subject of the panel is kept, so that a reload of the window can show it again. */
const SUBJECT_KEY = 'visit.subject';
/** Context key that is true while there is a graph to export. */
const HAS_GRAPH = 'visit.hasGraph';

const subjectSchema = z.object({ prompt: promptSchema, choice: viewChoiceSchema });

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
  readonly highlighter = new PromptHighlighter();
  readonly status = new ModelStatus('visit.chooseModel');
  readonly #context: vscode.ExtensionContext;
  readonly #log: vscode.LogOutputChannel;
  readonly #toHtml: HtmlWriter;
  readonly #model: ModelChoice;
  readonly #lastEditor = new LastEditor();
  /** The last problem that was shown outside the panel. */
  #notice: ShownProblem | undefined;

  constructor({ context, log, toHtml }: WorkbenchParts) {
    this.#context = context;
    this.#log = log;
    this.#toHtml = toHtml;
    this.engine = new EngineClient({ entry: context.asAbsolutePath('dist/engine.js'), log: (line) => { log.info(line); } });
    this.#model = new ModelChoice(context, this.engine, (problem) => { this.#notify(problem); });
    this.panel = new InspectorPanel(context.extensionUri, {
      ready: () => { for (const message of this.inspector.replay()) this.panel.post(message); },
      message: (message) => { void this.#onPageMessage(message); },
      garbled: (reason) => { log.error(`The page sent a message that is not understood: ${reason}`); },
      closed: () => { this.#onPanelClosed(); },
    });
    this.inspector = new Inspector({
      engine: this.engine,
      model: () => this.#runnableModel(),
      defaults: (uri) => viewDefaults(vscode.Uri.parse(uri)),
      post: (message) => this.panel.post(message),
      notify: (problem) => { this.#notify(problem); },
      modelLoaded: (model) => { this.status.show(this.#model.current().folder, model); },
      shown: (shown) => { this.#onShown(shown); },
      log,
    });
    this.insights = new InsightBench({
      engine: this.engine,
      model: () => this.#runnableModel(),
      shown: () => this.inspector.shown,
      post: (message) => this.panel.post(message),
      log,
    });
    this.status.show(this.#model.current().folder);
  }

  /** The last problem that was shown outside the panel. */
  get notice(): ShownProblem | undefined {
    return this.#notice;
  }

  /** Runs the selection of the editor, or the paragraph under its cursor. Resolves when a graph or a problem is shown. */
  async visualize(): Promise<void> {
    let prompt;
    try {
      prompt = promptFromEditor(this.#lastEditor.current);
    } catch (thrown) {
      this.#notify(withActions(Problem.from(thrown)));
      return;
    }
    this.panel.reveal();
    await withSlowProgress(
      'VISIT: forward pass',
      (onProgress) => this.inspector.visualize(prompt, onProgress),
      () => { this.inspector.cancel(); },
    );
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
    const shown = this.inspector.shown;
    if (!shown) {
      void vscode.window.showInformationMessage('VISIT: there is no graph to export yet. Run “VISIT: Visualize Forward Pass” first.');
      return;
    }
    const format = given ?? await askForFormat();
    if (!format) return;
    try {
      await exportGraph(shown.graph, format, this.#toHtml);
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

  /** Fills a panel that the editor kept over a reload of the window. */
  restore(panel: vscode.WebviewPanel): void {
    this.panel.adopt(panel);
    const subject = subjectSchema.safeParse(this.#context.workspaceState.get(SUBJECT_KEY));
    if (subject.success) void this.inspector.restore(subject.data);
  }

  /** Reacts to a change of the settings. */
  async onSettingsChanged(event: vscode.ConfigurationChangeEvent): Promise<void> {
    if (!event.affectsConfiguration(`${SECTION}.${MODEL_FOLDER}`)) return;
    this.status.show(this.#model.current().folder);
    if (this.panel.open) await this.inspector.modelChanged();
  }

  dispose(): void {
    this.engine.dispose();
    this.highlighter.dispose();
    this.status.dispose();
    this.#lastEditor.dispose();
  }

  #runnableModel(): ReturnType<ModelChoice['current']> {
    const problem = platformProblem(process.platform, process.arch);
    if (problem) throw problem;
    return this.#model.current();
  }

  async #onPageMessage(message: Exclude<PageMessage, { type: 'ready' }>): Promise<void> {
    switch (message.type) {
      case 'change': return this.inspector.change(message.change);
      case 'cancel': return this.inspector.cancel();
      case 'highlight': return this.#highlight(message.token, message.focus);
      case 'export': return this.exportGraph(message.format);
      case 'action': return this.#act(message.id);
      case 'pageError': return this.#log.error(`The page failed: ${message.message}`);
      case 'look':
      case 'cancelLook': return this.insights.answer(message);
      default: return assertNever(message);
    }
  }

  async #highlight(index: number | null, reveal: boolean): Promise<void> {
    const token = index === null ? undefined : this.inspector.shown?.graph.tokens[index];
    if (token) await this.highlighter.show(token, { reveal, inspectorColumn: this.panel.column });
    else this.highlighter.clear();
  }

  async #act(id: string): Promise<void> {
    if (!isActionId(id)) return this.#log.error(`The page asked for an unknown action: ${id}`);
    switch (id) {
      case 'openLog': return this.showLog();
      case 'chooseModel': return this.chooseModel();
      case 'openSample': return this.openSample();
      case 'runAnyway':
        this.#model.insist();
        return this.inspector.act('runAgain');
      case 'runAgain':
      case 'useLastTokens': return this.inspector.act(id);
      default: return assertNever(id);
    }
  }

  #notify(problem: ShownProblem): void {
    this.#notice = problem;
    noticeProblem(problem, (id) => { void this.#act(id); });
  }

  #onShown({ prompt, choice }: Shown): void {
    this.highlighter.follow(prompt);
    this.panel.title = `VISIT: ${prompt.origin.name}`;
    void this.#context.workspaceState.update(SUBJECT_KEY, { prompt, choice });
    void vscode.commands.executeCommand('setContext', HAS_GRAPH, true);
  }

  #onPanelClosed(): void {
    this.insights.rest();
    this.inspector.cancel();
    this.highlighter.clear();
  }
}
