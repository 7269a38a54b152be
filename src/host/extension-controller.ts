/**
 * The extension as a whole: engine, model, inspector, panel, highlight and status bar, and what happens between them.
 */
import * as vscode from 'vscode';
import { Problem } from '../core/problem';
import type { InsightName } from '../core/protocol/insight';
import type { Direction, ShownProblem } from '../core/protocol/inspector';
import type { ExportFormat } from '../core/protocol/page-messages';
import { EngineClient } from '../engine-client/engine-client';
import { act, runPageCommand } from './actions';
import { tellCommands } from './context-keys';
import { InsightController } from './insights/insight-controller';
import { answerStamp } from './models/answer-stamp';
import { LensChoice } from './models/lens-choice';
import { ModelCommands } from './models/model-commands';
import { answerPage, type PageAnswerers } from './page-message';
import { exportView, type HtmlWriter } from './panel/export-view';
import { InspectorPanel } from './panel/inspector-panel';
import { PageQuestions } from './panel/page-questions';
import { LastShown } from './prompts/last-shown';
import { PromptCommands } from './prompts/prompt-commands';
import { examplePrompts, openSample } from './prompts/sample';
import { TokenHighlights } from './prompts/token-highlights';
import { titleOf, type InspectorResult } from './session/inspector-input';
import { InspectorSession } from './session/inspector-session';
import { KeptAnswers } from './session/kept-answers';
import { isActionId, withActions } from './session/problem-actions';
import { continueSettings, DEVICE, MODEL_FOLDER, SECTION, viewDefaults } from './settings';
import { noticeProblem } from './ui/problem-notice';
import { ModelStatus } from './ui/status-bar';

/** What the controller needs from the code that wires it. */
export interface ExtensionControllerOptions {
  readonly context: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  readonly toHtml: HtmlWriter;
}

/** See the head of this file. */
export class ExtensionController implements vscode.Disposable {
  readonly engine: EngineClient;
  readonly panel: InspectorPanel;
  readonly session: InspectorSession;
  readonly insights: InsightController;
  readonly models: ModelCommands;
  readonly prompts: PromptCommands;
  readonly last: LastShown;
  readonly highlights = new TokenHighlights();
  readonly status = new ModelStatus('visit.chooseModel');
  readonly #context: vscode.ExtensionContext;
  readonly #log: vscode.LogOutputChannel;
  readonly #toHtml: HtmlWriter;
  readonly questions = new PageQuestions((message) => this.panel.listening && this.panel.post(message));
  readonly lenses: LensChoice;
  readonly #answerers: PageAnswerers;
  /** The last problem that was shown outside the panel. */
  #notice: ShownProblem | undefined;

  constructor({ context, log, toHtml }: ExtensionControllerOptions) {
    this.#context = context;
    this.#log = log;
    this.#toHtml = toHtml;
    this.engine = new EngineClient({
      entry: context.asAbsolutePath('dist/engine.js'),
      log: (line) => {
        log.info(line);
      },
    });
    this.models = new ModelCommands({
      context,
      engine: this.engine,
      session: () => this.session,
      notify: (problem) => {
        this.#notify(problem);
      },
    });
    this.panel = new InspectorPanel(context.extensionUri, {
      opened: () => {
        this.last.panelOpen = true;
      },
      ready: () => {
        for (const message of [...this.session.replay(), ...this.lenses.replay(), ...this.insights.replay()]) this.panel.post(message);
      },
      message: (message) => {
        void answerPage(message, this.#answerers);
      },
      garbled: (reason) => {
        log.error(`The page sent an invalid message: ${reason}`);
      },
      closed: () => {
        this.#onPanelClosed();
      },
    });
    this.lenses = new LensChoice({
      engine: this.engine,
      model: () => this.models.runnable(),
      store: context.workspaceState,
      post: (message) => this.panel.listening && this.panel.post(message),
      rerun: () => this.session.lensChanged(),
      chosen: (fingerprint) => this.insights.modelLoaded(fingerprint),
      listed: () => {
        this.insights.lensesListed();
      },
      reveal: () => {
        this.insights.reveal('lenses');
      },
      document: () => this.prompts.document,
      notify: (problem) => {
        this.#notify(withActions(problem));
      },
      log,
    });
    this.session = new InspectorSession({
      engine: new KeptAnswers(this.engine, answerStamp),
      model: () => this.lenses.through(this.models.runnable()),
      defaults: (uri) => viewDefaults(uri === undefined ? undefined : vscode.Uri.parse(uri)),
      post: (message) => this.panel.post(message),
      continueSettings,
      notify: (problem) => {
        this.#notify(problem);
      },
      modelLoaded: (model) => {
        this.status.show(this.models.current().folder, model);
        void this.insights.modelLoaded(model.fingerprint);
        void this.lenses.modelLoaded(model.fingerprint);
      },
      otherPrompt: () => {
        this.insights.makeWay();
      },
      rests: () => {
        this.insights.goOn();
      },
      shown: (shown) => {
        this.#onShown(shown);
      },
      log,
    });
    this.last = new LastShown({
      state: context.workspaceState,
      panel: this.panel,
      session: this.session,
      running: () => {
        this.insights.promptRun();
      },
      log,
    });
    this.insights = new InsightController({
      engine: this.engine,
      model: () => this.lenses.through(this.models.runnable()),
      shown: () => (this.session.shown?.kind === 'predictions' ? undefined : this.session.shown),
      modelChanged: () => this.session.refresh(),
      post: (message) => this.panel.listening && this.panel.post(message),
      revealPanel: () => {
        this.panel.reveal();
      },
      panelSeen: () => this.panel.visible,
      examples: () => examplePrompts(context.extensionUri),
      document: () => this.prompts.document,
      notify: (problem) => {
        this.#notify(withActions(problem));
      },
      storage: vscode.Uri.joinPath(context.globalStorageUri, 'active-neurons').fsPath,
      log,
    });
    this.prompts = new PromptCommands({
      session: this.session,
      revealPanel: (options) => {
        this.panel.reveal(options);
      },
      panelSeen: () => this.panel.visible,
      running: () => {
        this.insights.promptRun();
      },
      notify: (problem) => {
        this.#notify(withActions(problem));
      },
    });
    this.#answerers = {
      session: this.session,
      insights: this.insights,
      lenses: this.lenses,
      mark: (mark) => this.highlights.mark(mark, this.panel.column),
      command: (command) => runPageCommand(command, this),
      exportView: (format) => this.exportView(format),
      questions: this.questions,
      references: {
        shown: () => this.session.prompt,
        document: () => this.prompts.document,
        intervene: (intervention) => this.session.intervene(intervention),
        against: (baseline) => this.session.against(baseline),
        notify: (problem) => {
          this.#notify(withActions(problem));
        },
      },
      act: (id) => this.#act(id),
      log,
    };
    this.status.show(this.models.current().folder);
  }

  /** The last problem that was shown outside the panel. */
  get notice(): ShownProblem | undefined {
    return this.#notice;
  }

  /** Saves what the panel shows, in a format that is asked for when it is not given. */
  async exportView(given?: ExportFormat): Promise<void> {
    const ports = {
      shown: () => this.session.whole(),
      questions: this.questions,
      insight: (of: InsightName) => this.insights.obtain(of),
      known: () => this.insights.known(),
      exportNeurons: () => this.insights.exportNeurons(),
      toHtml: this.#toHtml,
    };
    try {
      await exportView(ports, given);
    } catch (thrown) {
      const cause = Problem.from(thrown);
      const problem =
        cause.code === 'internal'
          ? new Problem(
              'io',
              vscode.l10n.t('Nothing was saved: {0}', cause.message),
              vscode.l10n.t('Try again, or save it in another place.'),
            )
          : cause;
      this.#log.error(problem.message);
      this.#notify({ ...problem.toData(), actions: [{ id: 'openLog', title: vscode.l10n.t('Open Log') }] });
    }
  }

  /** Fits a lens to texts that are asked for where none are given. */
  async fitLens(uri?: vscode.Uri): Promise<void> {
    await this.lenses.fit(uri);
  }

  /** Has the model continue the prompt that is shown, in the panel. */
  continue(): Promise<void> {
    this.panel.reveal();
    return this.session.continue();
  }

  /** Opens prompts to begin with. */
  openSample(): Promise<void> {
    return openSample(this.#context.extensionUri);
  }

  /** Opens the log. */
  showLog(): void {
    this.#log.show();
  }

  /** Gives the panel the whole width of the editor area, or takes that back. */
  async toggleMaximized(): Promise<void> {
    this.panel.reveal({ focus: true });
    await vscode.commands.executeCommand('workbench.action.toggleMaximizeEditorGroup');
  }

  /** Lets the user look for a token in what the panel shows. */
  findToken(): void {
    this.panel.reveal({ focus: true });
    this.panel.post({ type: 'findToken' });
  }

  /** Goes back to what the panel showed before, or forward again. */
  go(direction: Direction): void {
    this.panel.post({ type: 'go', direction });
  }

  /** Reacts to a change of the settings. */
  async onSettingsChanged(event: vscode.ConfigurationChangeEvent): Promise<void> {
    if (![MODEL_FOLDER, DEVICE].some((key) => event.affectsConfiguration(`${SECTION}.${key}`))) return;
    this.status.show(this.models.current().folder);
    if (this.panel.open) await this.session.modelChanged();
  }

  dispose(): void {
    this.engine.dispose();
    this.highlights.dispose();
    this.prompts.dispose();
    this.status.dispose();
  }

  async #act(id: string): Promise<void> {
    if (isActionId(id)) await act(id, this);
    else this.#log.error(`The page asked for an unknown action: ${id}`);
  }

  #notify(problem: ShownProblem): void {
    this.#notice = problem;
    noticeProblem(problem, (id) => {
      void this.#act(id);
    });
  }

  #onShown(shown: InspectorResult): void {
    this.highlights.follow(shown);
    this.insights.shownChanged();
    this.panel.title = titleOf(shown);
    this.last.note(shown);
    tellCommands(shown);
  }

  #onPanelClosed(): void {
    this.last.panelOpen = false;
    this.insights.rest();
    this.session.cancel();
    this.highlights.clear();
  }
}
