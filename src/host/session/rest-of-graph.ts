/**
 * Has those nodes of the shown graph read that are not seen first, a few at a time: each call that comes meanwhile is served before the
 * next few. What is looked at before its turn is asked for by itself. Where the engine dies meanwhile, reading continues in a new one; where that dies too, it
 * may be for what is read.
 */
import type { FlowNode } from '../../core/format/flow-graph';
import { Problem } from '../../core/problem';
import type { EngineMethods, OpenedModel } from '../../core/protocol/engine';
import { MAKES_WAY, type EngineCalls } from '../../engine-client/engine-calls';
import type { GraphResult, InspectorResult } from './inspector-input';

/** What reading on is connected to. */
export interface RestPorts {
  readonly engine: EngineCalls;
  /** A result has been completed. */
  readonly whole: (result: GraphResult) => void;
  /** The model's files are no longer those that the graph was made from. */
  readonly outdated: () => void;
  /** What is missing cannot be read. */
  readonly failed: (problem: Problem) => void;
}

/** See the head of this file. */
export class RestOfGraph {
  readonly #ports: RestPorts;
  #reading: AbortController | undefined;
  /** the one death of an engine that this graph's reading has gone on after */
  #death: Problem | undefined;

  constructor(ports: RestPorts) {
    this.#ports = ports;
  }

  /** Begins to read what is missing of a result, and of no other any more. */
  begin(result: InspectorResult | undefined): void {
    this.stop();
    this.#death = undefined;
    if (!isPart(result)) return;
    const reading = new AbortController();
    this.#reading = reading;
    void this.#guarded(reading.signal, async () => {
      let { unread: left = 0 } = result.graph;
      while (left > 0) {
        ({ left } = await this.#ask('readNodes', result, result.asked, reading.signal));
        if (reading.signal.aborted) return;
      }
      await this.complete(result, reading.signal);
    });
  }

  /** Reads no more: something else is asked for. */
  stop(): void {
    this.#reading?.abort(MAKES_WAY);
    this.#reading = undefined;
  }

  /** Nodes of a result that are looked at now. @throws Problem what the engine answers */
  async nodes(result: GraphResult, ids: readonly string[]): Promise<readonly FlowNode[]> {
    return (await this.#ask('readNodes', result, { ...result.asked, ids })).nodes;
  }

  /** A result with all of its nodes read. @throws Problem what the engine answers */
  async complete<Result extends InspectorResult>(result: Result, signal?: AbortSignal): Promise<Result> {
    if (!isPart(result)) return result;
    const whole = { ...result, graph: await this.#ask('graph', result, result.asked, signal) };
    this.#ports.whole(whole);
    return whole;
  }

  /** Asks, and asks a new engine where the first has died. @throws Problem as `#askOnce` */
  async #ask<K extends 'graph' | 'readNodes'>(
    method: K,
    result: GraphResult,
    params: EngineMethods[K]['params'],
    signal?: AbortSignal,
  ): Promise<EngineMethods[K]['result']> {
    try {
      return await this.#askOnce(method, result, params, signal);
    } catch (thrown) {
      const problem = Problem.from(thrown);
      // All calls that wait for an engine fail with the same problem.
      if (problem.code !== 'engine-died' || problem !== (this.#death ??= problem)) throw problem;
      return this.#askOnce(method, result, params, signal);
    }
  }

  /** @throws Problem what the engine answers; `cancelled` where another model would answer */
  async #askOnce<K extends 'graph' | 'readNodes'>(
    method: K,
    { fingerprint }: GraphResult,
    params: EngineMethods[K]['params'],
    signal: AbortSignal | undefined,
  ): Promise<EngineMethods[K]['result']> {
    let isOutdated = false;
    const onModel = (opened: OpenedModel): void => {
      isOutdated = opened.fingerprint !== fingerprint;
    };
    const answer = await this.#ports.engine.call(method, params, { onModel, ...(signal && { signal }) });
    if (!isOutdated) return answer;
    this.#ports.outdated();
    throw new Problem('cancelled', 'The model’s files have changed.');
  }

  async #guarded(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      const problem = Problem.from(thrown);
      if (!signal.aborted && problem.code !== 'cancelled') this.#ports.failed(problem);
    }
  }
}

/** Whether a result is a graph of which nodes have not been read. */
function isPart(result: InspectorResult | undefined): result is GraphResult {
  return result?.kind === 'graph' && result.graph.unread !== undefined;
}
