/**
 * Insights, as the editor's side of them: those into the shown prompt, and what is known of the model over prompts that the user
 * chooses: its always-active neurons, and what its estimates of effects are worth.
 */
import * as vscode from 'vscode';
import { activeNeuronsCsv } from '../../core/insight/active-neurons-csv';
import type { Calibration } from '../../core/insight/calibration';
import { Problem, assertNever } from '../../core/problem';
import type { ModelRef } from '../../core/protocol/engine-inputs';
import type { InsightName, InsightRequest, InsightResult } from '../../core/protocol/insight';
import type { HostMessage } from '../../core/protocol/inspector';
import type { PageMessage } from '../../core/protocol/page-messages';
import { spread } from '../../core/text/spread';
import type { EngineCalls } from '../../engine-client/engine-calls';
import { withSlowProgress } from '../ui/slow-progress';
import { ChosenSurvey, type ChosenInsight } from './chosen-survey';
import { KeptNeurons } from './kept-neurons';
import { InsightCache, type Shown } from './insight-cache';
import { askForPrompts, promptsOfUri } from './prompt-files';
import { otherPrompts, promptsOfFile } from './prompts-beside';

/** What the insights are connected to. */
export interface InsightPorts {
  readonly engine: EngineCalls;
  /** Throws a `Problem` where no model can run. */
  readonly model: () => ModelRef;
  /** The graph or the comparison that is shown, if it is one. */
  readonly shown: () => Shown | undefined;
  /** The model's files are no longer those from which the shown graph was made: it must be made again. */
  readonly modelChanged: () => Promise<unknown>;
  readonly post: (message: HostMessage) => boolean;
  /** Opens the panel, or brings it to light. */
  readonly revealPanel: () => void;
  /** Whether the panel is on the screen: what is under way is seen there. */
  readonly panelSeen: () => boolean;
  /** VISIT's own prompts */
  readonly examples: () => Promise<readonly string[]>;
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

/** What the page is switched to. */
type Revealed = Extract<HostMessage, { readonly type: 'reveal' }>['what'];

/** See the head of this file. */
export class InsightController {
  readonly #ports: InsightPorts;
  readonly #cache: InsightCache;
  readonly #surveys: { readonly [Name in ChosenInsight]: ChosenSurvey<Name> };
  /** What the page is to show, once it listens. */
  #revealing: Revealed | null = null;

  constructor(ports: InsightPorts) {
    this.#ports = ports;
    this.#cache = new InsightCache({
      ...ports,
      filePrompts: () => {
        const shown = ports.shown();
        return promptsOfFile(shown?.kind === 'graph' ? shown.prompt : undefined);
      },
      otherPrompts: () => {
        const shown = ports.shown();
        return otherPrompts(shown?.kind === 'graph' ? shown : undefined, ports.examples);
      },
    });
    this.#surveys = {
      activeNeurons: new ChosenSurvey({
        ...ports,
        of: 'activeNeurons',
        store: new KeptNeurons(ports.storage),
        inShort: ({ neurons, prompts }) => `${neurons.length} always-active neurons over ${prompts} prompts`,
      }),
      calibrate: new ChosenSurvey({
        ...ports,
        of: 'calibrate',
        // Known by its weights, wherever they lie: the command line finds it too.
        store: {
          read: () => this.#calibration(),
          write: async (_, found) => {
            await (await import('../../model/calibration/kept-calibrations')).keepCalibration(found);
          },
        },
        inShort: ({ measured, prompts }) => `${measured} effects measured over ${prompts} prompts`,
      }),
    };
  }

  /** Everything that a page without memory needs to know. */
  replay(): HostMessage[] {
    const reveal: HostMessage[] = this.#revealing === null ? [] : [{ type: 'reveal', what: this.#revealing }];
    this.#revealing = null;
    return [...Object.values(this.#surveys).flatMap((survey) => survey.replay()), ...reveal];
  }

  /** A model has been loaded: what is known of it is shown. */
  async modelLoaded(fingerprint: string): Promise<void> {
    const recalled = Object.values(this.#surveys).map((survey) => survey.recall(fingerprint));
    for (const end of await Promise.allSettled(recalled)) {
      if (end.status === 'rejected') this.#ports.log.error(Problem.from(end.reason).message);
    }
  }

  /** Opens the panel on what is known of the model. */
  reveal(what: Revealed): void {
    this.#revealing = what;
    this.#ports.revealPanel();
    if (this.#ports.post({ type: 'reveal', what })) this.#revealing = null;
  }

  /** The lenses of the model have been listed: one of a known name may be another now. */
  lensesListed(): void {
    this.#cache.forget('lensDifference');
  }

  /** Answers the page. */
  async answer(message: InsightMessage): Promise<void> {
    switch (message.type) {
      case 'requestInsight':
        return this.#request(message);
      case 'cancelInsight':
        return this.#cancel(message);
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
  findNeurons(uri?: vscode.Uri): Promise<void> {
    return this.#survey(uri, {
      survey: this.#surveys.activeNeurons,
      title: vscode.l10n.t('VISIT: Find Always-Active Neurons'),
      doing: (prompts, name) => vscode.l10n.t('VISIT: always-active neurons over {0} prompts of {1}', prompts, name),
      most: Infinity,
      reveal: 'neurons',
    });
  }

  /** Measures what estimates of effects are worth in the model, over prompts as `findNeurons` does. */
  calibrateEffects(uri?: vscode.Uri): Promise<void> {
    return this.#survey(uri, {
      survey: this.#surveys.calibrate,
      title: vscode.l10n.t('VISIT: Calibrate Effects'),
      doing: (prompts, name) => vscode.l10n.t('VISIT: effects measured over {0} prompts of {1}', prompts, name),
      most: CALIBRATION_PROMPTS,
      reveal: 'calibration',
    });
  }

  /** What is known of the model in use. What is there and cannot be used goes to the log. */
  async #calibration(): Promise<Calibration | null> {
    const { calibration, refused } = await this.#ports.engine.call('knownCalibration', { model: this.#ports.model() });
    for (const reason of refused) this.#ports.log.info(reason);
    return calibration;
  }

  async #request({ id, request }: Extract<InsightMessage, { readonly type: 'requestInsight' }>): Promise<void> {
    switch (request.of) {
      case 'activeNeurons':
        return this.findNeurons();
      case 'calibrate':
        return this.calibrateEffects();
      default:
        return this.#cache.request(id, request);
    }
  }

  #cancel({ request }: Extract<InsightMessage, { readonly type: 'cancelInsight' }>): void {
    switch (request.of) {
      case 'activeNeurons':
      case 'calibrate':
        return this.#surveys[request.of].cancel();
      default:
        return this.#cache.cancel(request);
    }
  }

  /** Runs a survey over chosen prompts, then shows the page what it has found. */
  async #survey<Name extends ChosenInsight>(
    uri: vscode.Uri | undefined,
    { survey, title, doing, most, reveal }: Survey<Name>,
  ): Promise<void> {
    try {
      const collection = await (uri ? promptsOfUri(uri) : askForPrompts(title, this.#ports.document()));
      if (!collection) return;
      const prompts = spread(collection.prompts, most);
      // Progress is shown once: on its tab, or in a notification where no panel is seen.
      if (this.#ports.panelSeen()) this.reveal(reveal);
      const found = await withSlowProgress(
        doing(prompts.length, collection.name),
        (onProgress) => survey.run(prompts, onProgress),
        () => {
          survey.cancel();
        },
        this.#ports.panelSeen,
      );
      if (!found) return;
      this.reveal(reveal);
    } catch (thrown) {
      this.#ports.notify(Problem.from(thrown));
    }
  }

  /** Saves the neurons as comma-separated values, where the user says. */
  async exportNeurons(): Promise<void> {
    const { found } = this.#surveys.activeNeurons;
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
      this.#ports.notify(
        new Problem(
          'io',
          vscode.l10n.t('The neurons could not be saved: {0}', Problem.from(thrown).message),
          vscode.l10n.t('Try again, or save it in another place.'),
        ),
      );
    }
  }

  /** A prompt has been run by command: the page shows it, not the neurons. */
  promptRun(): void {
    this.#revealing = null;
    this.#ports.post({ type: 'reveal', what: 'graph' });
  }

  /** Another graph is shown, or none: results of the former one are no longer seen. */
  shownChanged(): void {
    this.#cache.shownChanged();
  }

  /** Another prompt than the shown one is run: it comes first. */
  makeWay(): void {
    this.#cache.makeWay();
  }

  /** Nothing is run any more. */
  goOn(): void {
    this.#cache.goOn();
  }

  /** The panel is closed: results are no longer seen. */
  rest(): void {
    this.#cache.cancelAll();
  }
}

/** Prompts that are taken for a calibration, of however many: in each, about a hundred components are switched off one by one. */
const CALIBRATION_PROMPTS = 200;

/** A survey, and what it says of itself. */
interface Survey<Name extends ChosenInsight> {
  readonly survey: ChosenSurvey<Name>;
  /** of the command */
  readonly title: string;
  readonly doing: (prompts: number, name: string) => string;
  /** prompts that are run at most */
  readonly most: number;
  readonly reveal: 'neurons' | 'calibration';
}
