/**
 * Insights into what is shown, asked for by the page one by one. Every result is kept, so that changing views, or coming
 * back to a position, runs nothing again.
 */
import * as l10n from '@vscode/l10n';
import { LRUCache } from 'lru-cache';
import type { Progress } from '../../core/call-context';
import { Problem, assertNever } from '../../core/problem';
import type { ModelRef } from '../../core/protocol/engine-inputs';
import {
  INSIGHTS,
  insightKey,
  insightParams,
  isAbout,
  resultKey,
  type InsightName,
  type InsightRequest,
  type InsightResult,
} from '../../core/protocol/insight';
import type { InsightPrompts } from '../../core/protocol/insight-descriptor';
import type { InsightPlace } from '../../core/protocol/insight-scope';
import type { InsightSubject } from '../../core/protocol/shown-pass';
import type { HostMessage } from '../../core/protocol/inspector';
import { MAKES_WAY, type CallOptions, type EngineCalls } from '../../engine-client/engine-calls';
import type { ComparisonResult, GraphResult } from '../session/inspector-input';

/** Results that are kept. One of a few figures takes a tenth of the room: there are dozens of them at one position. */
const KEPT = 24;
const ROOM = 10;
const SMALL: ReadonlySet<InsightName> = new Set(['checkCause', 'checkDifference', 'measureEffects']);

/** The prompts of a file. */
export interface FilePrompts {
  /** the file's name, for display */
  readonly file: string;
  readonly prompts: readonly string[];
}

/** What insights are into. */
export type Shown = GraphResult | ComparisonResult;

/** What the cache needs. */
export interface InsightCachePorts {
  readonly engine: EngineCalls;
  /** Throws a `Problem` where no model can run. */
  readonly model: () => ModelRef;
  /** The graph or the comparison that is shown, if it is one. */
  readonly shown: () => Shown | undefined;
  /** All prompts of the file that the shown one comes from. Rejects with a `Problem` where it has none. */
  readonly filePrompts: () => Promise<FilePrompts>;
  /** Prompts beside the shown one, over which means are taken. */
  readonly otherPrompts: () => Promise<FilePrompts>;
  /** The model's files are no longer those from which the shown graph was made: it must be made again. */
  readonly modelChanged: () => Promise<unknown>;
  readonly post: (message: HostMessage) => unknown;
  readonly log: { error(line: string): void };
}

/** A request under way. */
interface Run {
  readonly request: InsightRequest;
  /** names the result */
  readonly key: string;
  /** what would name it if another graph were shown */
  readonly keyFor: (shown: Shown) => string;
  readonly abort: AbortController;
  /** the page's latest request for it */
  id: number;
}

/** See the head of this file. */
export class InsightCache {
  readonly #ports: InsightCachePorts;
  readonly #kept = new LRUCache<string, InsightResult>({
    maxSize: KEPT * ROOM,
    sizeCalculation: ({ request }) => (SMALL.has(request.of) ? 1 : ROOM),
  });
  /** by `insightKey`: at most one of a kind is under way */
  readonly #runs = new Map<string, Run>();
  /** those that have made way, likewise */
  readonly #waiting = new Map<string, Run>();

  constructor(ports: InsightCachePorts) {
    this.#ports = ports;
  }

  /** Answers a request, or says why there is no answer. Never rejects. @param id under which the page wants the answer */
  async request(id: number, request: InsightRequest): Promise<void> {
    const { post, log } = this.#ports;
    const shown = this.#ports.shown();
    if (!shown || !isAbout(request, shown)) return;
    const of = insightKey(request);
    const abort = new AbortController();
    let run: Run | undefined;
    try {
      const { prompts } = INSIGHTS[request.of];
      const others = this.#promptsFor(prompts);
      const file = others && (await others);
      const keyFor = (made: Shown): string => keyOf(request, made, file);
      const key = keyFor(shown);
      const kept = this.#kept.get(key);
      if (kept) return void post({ type: 'insightResult', id, ...kept });
      this.#waiting.delete(of);
      const running = this.#runs.get(of);
      if (running?.key === key) {
        running.id = id;
        return;
      }
      running?.abort.abort();
      run = { request, key, keyFor, abort, id };
      this.#runs.set(of, run);

      const waiting = run;
      const onProgress = (progress: Progress): void => {
        if (!abort.signal.aborted) post({ type: 'insightProgress', id: waiting.id, request, progress });
      };
      const onPart = (part: InsightResult): void => {
        // Of other files than the shown graph: the page is given neither part nor result.
        if (!abort.signal.aborted && part.fingerprint === shown.fingerprint) post({ type: 'insightPart', id: waiting.id, ...part });
      };
      const result = await this.#ask(request, shown, file, { signal: abort.signal, onProgress, onPart });
      if (abort.signal.aborted) return;
      this.#kept.set(keyFor({ ...shown, fingerprint: result.fingerprint }), result);
      if (result.fingerprint === shown.fingerprint) return void post({ type: 'insightResult', id: run.id, ...result });
      // The page asks again once it has the new graph, and finds the result here.
      await this.#ports.modelChanged();
      post({ type: 'insightFailed', id: run.id, request, problem: null });
    } catch (thrown) {
      if (abort.signal.aborted) return;
      const problem = Problem.from(thrown);
      log.error(`${request.of}: ${problem.code}: ${problem.message}`);
      post({ type: 'insightFailed', id: run?.id ?? id, request, problem: problem.toData() });
    } finally {
      if (run && this.#runs.get(of) === run) this.#runs.delete(of);
    }
  }

  /**
   * What is kept of the shown graph, or what the engine now says of it; the page is not told. Undefined where no graph is shown.
   * Of prompts that are shown only. Rejects with what the engine throws.
   */
  async obtain(request: InsightRequest): Promise<InsightResult | undefined> {
    const shown = this.#ports.shown();
    if (!shown || !isAbout(request, shown)) return undefined;
    const key = keyOf(request, shown);
    const kept = this.#kept.get(key);
    if (kept) return kept;
    const result = await this.#ask(request, shown, undefined);
    if (result.fingerprint !== shown.fingerprint) return undefined;
    this.#kept.set(key, result);
    return result;
  }

  /** All that is kept of the shown graph, but for what is of a whole file. */
  known(): readonly InsightResult[] {
    const shown = this.#ports.shown();
    if (!shown) return [];
    return Array.from(this.#kept.entries()).flatMap(([key, result]) =>
      isAbout(result.request, shown) && key === keyOf(result.request, shown) ? [result] : [],
    );
  }

  /** Forgets every result of an insight: what it was made with may have changed. */
  forget(of: InsightName): void {
    for (const [key, { request }] of [...this.#kept.entries()]) if (request.of === of) this.#kept.delete(key);
  }

  /** Ends a request. */
  cancel(request: InsightRequest): void {
    const of = insightKey(request);
    const run = this.#runs.get(of) ?? this.#waiting.get(of);
    if (!run) return;
    this.#runs.delete(of);
    this.#waiting.delete(of);
    run.abort.abort();
    this.#ports.post({ type: 'insightFailed', id: run.id, request, problem: null });
  }

  /** Something else is shown: ends the requests whose results would not be of it, so that nobody waits for them. The page knows. */
  shownChanged(): void {
    const shown = this.#ports.shown();
    for (const [of, run] of this.#runs) {
      if (shown && run.keyFor(shown) === run.key) continue;
      run.abort.abort();
      this.#runs.delete(of);
    }
  }

  /** Another prompt is run: it need not wait for what is asked about the one that is shown, and whose bar says that it waits. */
  makeWay(): void {
    for (const [of, run] of this.#runs) {
      run.abort.abort(MAKES_WAY);
      this.#waiting.set(of, run);
      const progress = { message: l10n.t('Waits for the forward pass'), done: 0, total: 1 };
      this.#ports.post({ type: 'insightProgress', id: run.id, request: run.request, progress });
    }
    this.#runs.clear();
  }

  /** Nothing is run any more: what has made way is asked again, where it is of what is shown now. */
  goOn(): void {
    const shown = this.#ports.shown();
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { id, request, key, keyFor } of waiting) if (shown && keyFor(shown) === key) void this.request(id, request);
  }

  /** Ends all requests: nobody sees their results. */
  cancelAll(): void {
    for (const { abort } of this.#runs.values()) abort.abort();
    this.#runs.clear();
    this.#waiting.clear();
  }

  /** Undefined: no others than those that are shown. */
  #promptsFor(prompts: InsightPrompts): Promise<FilePrompts> | undefined {
    switch (prompts) {
      case 'file':
        return this.#ports.filePrompts();
      case 'others':
        return this.#ports.otherPrompts();
      case 'shown':
      case 'compared':
      case 'chosen':
        return undefined;
      default:
        return assertNever(prompts);
    }
  }

  async #ask(
    request: InsightRequest,
    shown: Shown,
    file: FilePrompts | undefined,
    { onPart, ...options }: Pick<CallOptions, 'signal' | 'onProgress'> & { readonly onPart?: (part: InsightResult) => void } = {},
  ): Promise<InsightResult> {
    let { fingerprint } = shown;
    // TypeScript cannot see that request and value belong together.
    const resultOf = (value: unknown) => ({ request, value, fingerprint, ...(file && { file: file.file }) }) as InsightResult;
    const call: CallOptions = {
      ...options,
      ...(onPart && { onPart: (known) => onPart(resultOf(known)) }),
      onModel: (model) => {
        fingerprint = model.fingerprint;
      },
    };
    const asked = { model: this.#ports.model(), ...insightParams(request, { ...subjectOf(shown), prompts: file?.prompts ?? [] }) };
    return resultOf(await this.#ports.engine.call<InsightName>(request.of, asked, call));
  }
}

/** What is shown, as insights are asked for into it. */
function subjectOf(shown: Shown): InsightSubject {
  if (shown.kind === 'graph') return { graph: shown.graph, baseline: shown.choice.baseline };
  return { comparison: shown.comparison, interventions: shown.choice.interventions ?? [] };
}

/** What names the result of a request into what is shown. */
function keyOf(request: InsightRequest, shown: Shown, file?: FilePrompts): string {
  const { fingerprint } = shown;
  const place: InsightPlace =
    shown.kind === 'graph'
      ? { fingerprint, graph: shown.graph, file: file && JSON.stringify(file), baseline: shown.choice.baseline }
      : { fingerprint, comparison: shown.comparison };
  return `${insightKey(request)} ${resultKey(request.of, place)}`;
}
