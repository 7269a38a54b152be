/**
 * The lenses of the model in use: which one is asked for, fitting another, deleting one. The choice is kept for each model of a
 * workspace; what is not chosen is the engine's to decide.
 */
import * as vscode from 'vscode';
import type { Progress } from '../../core/call-context';
import type { LensListing } from '../../core/insight/lens-listing';
import type { LensReport } from '../../core/insight/lens-report';
import { lensTitle } from '../../core/present/lens-words';
import { Problem } from '../../core/problem';
import type { ModelRef } from '../../core/protocol/engine-inputs';
import type { HostMessage } from '../../core/protocol/inspector';
import { whateverLens } from '../../core/protocol/model-fingerprint';
import type { EngineCalls } from '../../engine-client/engine-calls';
import { withSlowProgress } from '../ui/slow-progress';
import { askForName, askForTexts, textsOfUri } from './lens-texts';

/** By the model's folder. */
const CHOSEN_KEY = 'visit.lenses';

/** Tokens that a lens is fitted on, and a part more to judge it. */
const TOKENS = 20_000;

/** What the lenses are connected to. */
export interface LensPorts {
  readonly engine: EngineCalls;
  /** The model in use, without a lens. Throws a `Problem` where none can run. */
  readonly model: () => ModelRef;
  /** where choices are kept */
  readonly store: vscode.Memento;
  readonly post: (message: HostMessage) => boolean;
  /** Runs what is shown again, through the lens that is chosen now. */
  readonly rerun: () => Promise<void>;
  /** The model is read through the lens that is chosen now: what is kept for it is shown. @param fingerprint of the model and the lens */
  readonly chosen: (fingerprint: string) => Promise<void>;
  /** Lenses have been fitted or deleted, or those of another model are listed. */
  readonly listed: () => void;
  /** Opens the panel on the lenses. */
  readonly reveal: () => void;
  readonly document: () => vscode.TextDocument | undefined;
  /** Shows a problem outside the page. */
  readonly notify: (problem: Problem) => void;
  readonly log: { info(line: string): void; error(line: string): void };
}

/** See the head of this file. */
export class LensChoice {
  readonly #ports: LensPorts;
  #listing: LensListing | undefined;
  /** of the model that the listing is of */
  #fingerprint = '';
  #fitting: AbortController | undefined;

  constructor(ports: LensPorts) {
    this.#ports = ports;
  }

  /** The lenses of the model in use, as far as they have been listed. */
  get listing(): LensListing | undefined {
    return this.#listing;
  }

  /** The model with the lens that is chosen for it. */
  through(model: ModelRef): ModelRef {
    const lens = this.#chosen[model.folder];
    return lens === undefined ? model : { ...model, lens };
  }

  /** Everything that a page without memory needs to know. */
  replay(): HostMessage[] {
    if (this.#listing === undefined) return [];
    const chosen = this.#chosen[this.#ports.model().folder] ?? this.#listing.unchosen;
    return [{ type: 'lenses', listing: this.#listing, chosen }];
  }

  /** A model has been loaded: where it is another than before, its lenses are listed. */
  async modelLoaded(fingerprint: string): Promise<void> {
    if (this.#listing !== undefined && whateverLens(fingerprint) === this.#fingerprint) return;
    this.#fingerprint = whateverLens(fingerprint);
    await this.refresh();
  }

  /** Lists the lenses again, and tells the page. Never rejects. */
  async refresh(): Promise<void> {
    try {
      this.#listing = await this.#ports.engine.call('lenses', { model: this.#ports.model() }, {});
      this.#ports.listed();
      for (const reason of this.#listing.refused) this.#ports.log.info(reason);
      for (const message of this.replay()) this.#ports.post(message);
    } catch (thrown) {
      this.#ports.log.error(`Lenses: ${Problem.from(thrown).message}`);
    }
  }

  /** Reads everything through another lens from now on. @param lens its name, or `logit` */
  async choose(lens: string): Promise<void> {
    await this.#keep(lens);
    for (const message of this.replay()) this.#ports.post(message);
    await this.#readAnew();
  }

  /** Deletes a lens that the user keeps. Asks first. */
  async delete(lens: string): Promise<void> {
    const entry = this.#listing?.lenses.find(({ name, source }) => name === lens && source === 'kept');
    if (this.#listing === undefined || entry === undefined) return;
    const yes = vscode.l10n.t('Delete');
    const answer = await vscode.window.showWarningMessage(
      vscode.l10n.t('Delete the lens “{0}” of this model?', lensTitle(lens)),
      { modal: true, detail: vscode.l10n.t('Its file is deleted; it can be fitted again.') },
      yes,
    );
    if (answer !== yes) return;
    try {
      await this.#ports.engine.call('deleteLens', { model: this.#ports.model(), name: lens });
      const wasUsed = (this.#chosen[this.#ports.model().folder] ?? this.#listing.unchosen) === lens;
      if (wasUsed) await this.#keep(undefined);
      await this.refresh();
      if (wasUsed) await this.#readAnew();
    } catch (thrown) {
      this.#ports.notify(Problem.from(thrown));
      await this.refresh();
    }
  }

  /** Fits a lens to texts of a file, a folder or the workspace, keeps it, and shows what it is worth. Never rejects. */
  async fit(uri?: vscode.Uri): Promise<LensReport | undefined> {
    try {
      const texts = await (uri ? textsOfUri(uri) : askForTexts(this.#ports.document()));
      if (texts === undefined) return undefined;
      const name = await askForName(this.#listing?.lenses.filter(({ source }) => source === 'kept').map((lens) => lens.name) ?? []);
      if (name === undefined) return undefined;
      this.#fitting?.abort();
      const fitting = new AbortController();
      this.#fitting = fitting;
      const params = { model: this.#ports.model(), texts: texts.texts, options: { tokens: TOKENS, name } };
      const fit = (onProgress: (progress: Progress) => void): Promise<LensReport> =>
        this.#ports.engine.call('fitLens', params, { signal: fitting.signal, onProgress });
      const report = await withSlowProgress(vscode.l10n.t('VISIT: fitting a lens to {0}', texts.name), fit, () => fitting.abort());
      this.#ports.log.info(`Lens ${name}: fitted on ${report.tokens.fitted} tokens of ${texts.name}`);
      await this.refresh();
      if (this.#listing?.weights !== report.weights) {
        void vscode.window.showInformationMessage(
          vscode.l10n.t('VISIT: the lens “{0}” was fitted to {1}, which is no longer in use, and is kept for it.', lensTitle(name), report.model.name),
        );
        return report;
      }
      this.#ports.reveal();
      const [skipped] = report.skipped;
      if (skipped)
        void vscode.window.showWarningMessage(
          vscode.l10n.t('VISIT: {0} parts of the texts could not be run: {1}: {2}', report.skipped.length, skipped.name, skipped.reason),
        );
      return report;
    } catch (thrown) {
      const problem = Problem.from(thrown);
      if (problem.code !== 'cancelled') this.#ports.notify(problem);
      return undefined;
    }
  }

  /** Shows everything through the lens that is chosen now: what a graph is shown of, and what is kept for the model alone. */
  async #readAnew(): Promise<void> {
    await this.#ports.rerun();
    try {
      const model = this.through(this.#ports.model());
      let fingerprint: string | undefined;
      await this.#ports.engine.call('load', { model }, { onModel: (opened) => (fingerprint = opened.fingerprint) });
      if (fingerprint !== undefined) await this.#ports.chosen(fingerprint);
    } catch (thrown) {
      this.#ports.log.error(`Lenses: ${Problem.from(thrown).message}`);
    }
  }

  get #chosen(): Readonly<Record<string, string>> {
    const kept = this.#ports.store.get<unknown>(CHOSEN_KEY);
    if (typeof kept !== 'object' || kept === null) return {};
    return Object.fromEntries(Object.entries(kept).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  }

  /** @param lens undefined: none is chosen any more */
  async #keep(lens: string | undefined): Promise<void> {
    const { [this.#ports.model().folder]: _before, ...others } = this.#chosen;
    const chosen = lens === undefined ? others : { ...others, [this.#ports.model().folder]: lens };
    await this.#ports.store.update(CHOSEN_KEY, chosen);
  }
}
