import { LRUCache } from 'lru-cache';
import { Tensor } from 'onnxruntime-node';
import { Problem } from '../../core/problem';
import { CPU, type ExecutionProvider } from './execution-providers';
import { asProblem, openSession, type GraphSession } from './graph-session';
import { decodeModel } from './proto';
import { StagedSession, StageRunner } from './staged-session';
import { stagesOf } from './stages';
import type { Weights } from './weights';

/** An input: its values and its shape. */
export interface Feed {
  readonly data: Float32Array | BigInt64Array;
  readonly shape: readonly number[];
}

/**
 * Runs one graph. Blocks the thread while it does: nothing else happens in this process.
 *
 * @param wanted outputs that are copied out of it; absent: all
 */
export type RunGraph = (feeds: Readonly<Record<string, Feed>>, wanted?: readonly string[]) => Promise<Results>;

/** Float inputs. */
export function floats(data: Float32Array, shape: readonly number[]): Feed {
  return { data, shape };
}

/** A list of indices. */
export function indices(values: readonly number[]): Feed {
  return { data: BigInt64Array.from(values, BigInt), shape: [values.length] };
}

/** The outputs of one run by name. */
export class Results {
  readonly names: readonly string[];

  constructor(private readonly outputs: Readonly<Record<string, Tensor>>) {
    this.names = Object.keys(outputs);
  }

  /** A float output. @throws Problem `internal` when the graph has none of this name */
  floats(name: string): Float32Array {
    const data = this.outputs[name]?.data;
    if (data instanceof Float32Array) return data;
    throw new Problem('internal', `The graph has no float output ${name}.`);
  }

  /** An output of doubles. @throws Problem `internal` when the graph has none of this name */
  doubles(name: string): Float64Array {
    const data = this.outputs[name]?.data;
    if (data instanceof Float64Array) return data;
    throw new Problem('internal', `The graph has no output of doubles ${name}.`);
  }

  /** An output of 32-bit integers. @throws Problem `internal` when the graph has none of this name */
  ints(name: string): Int32Array {
    const data = this.outputs[name]?.data;
    if (data instanceof Int32Array) return data;
    throw new Problem('internal', `The graph has no integer output ${name}.`);
  }
}

/** What a pool does with its sessions. */
export interface PoolPolicy {
  /** whether sessions of `hot` and `warm` graphs may hold a private copy of their weights; others hold none, and cost little to keep */
  readonly keep: boolean;
  /** whether `warm` graphs wait to be repacked; else it happens when they are made, which takes no time for small weights */
  readonly patient?: boolean;
  /** threads of a graph that works on many rows; every session has threads of its own */
  readonly threads: number;
}

/**
 * What a graph does with its weights: multiplies many rows with them again and again (`hot`: they may be
 * repacked for speed, at the price of a private copy), does so as long as the model is looked at (`warm`: repacked when there is time, or when
 * it has been used often, since repacking takes longer than a few uses save), many rows now and then (`heavy`), or few rows (`light`).
 */
export type GraphLoad = 'hot' | 'warm' | 'heavy' | 'light';

/**
 * Threads of a `light` graph at most: its products wait for memory, which a few threads can use up. There are two such graphs for each block, whose
 * threads are their own.
 */
const THREADS_OF_LIGHT = 4;

/** Uses of a `warm` graph after which it is repacked whether there is time or not: about as many as make up for it. */
const OFTEN = 10;

/** A graph that a pool can run. */
export interface PooledGraph {
  /** names the graph in its pool */
  readonly key: string;
  /** makes the graph's bytes when there is no session for it yet */
  readonly build: () => Uint8Array;
  readonly load: GraphLoad;
  /** whether a device with a memory of its own may run it: what it answers is small beside its work, so that it is worth being brought back */
  readonly mayLeave?: boolean;
  /** one of many graphs alike, as blocks are: were each to hold on to what it worked with, memory would grow with their number */
  readonly frugal?: boolean;
}

/**
 * Graphs whose sessions are kept, by what describes them, in bytes: every weight, or slice of one, is mapped by itself, and a process
 * may have some ten thousands of mappings.
 */
const KEPT_DESCRIPTIONS = 4e6;

/** The sessions of one model. */
export class SessionPool {
  private readonly kept = new LRUCache<string, KeptSession>({
    maxSize: KEPT_DESCRIPTIONS,
    dispose: ({ session }) => {
      this.releasing.push(session.then((made) => made.release()).catch(() => undefined));
    },
  });
  /** sessions that nobody will use again */
  private releasing: Promise<void>[] = [];
  private readonly stages = new StageRunner((description, widens) => {
    const { threads } = this.policy;
    const provider = this.provider.copiesWeights ? CPU : this.provider;
    return openSession(provider, { description, packs: false, widens, threads }, { root: this.weights.root, holds: false });
  });

  /**
   * @param provider runs the graphs that are worth it; see `ExecutionProvider.copiesWeights`
   * @param onFailure is told when the provider has failed, and the processor takes over; absent: a failure is the answer
   */
  constructor(
    private readonly weights: Weights,
    private readonly policy: PoolPolicy,
    private provider: ExecutionProvider = CPU,
    private readonly onFailure?: (failure: Problem) => void,
  ) {}

  /**
   * Lends a graph's session to `work`.
   *
   * @throws Problem `out-of-memory`
   */
  async use<T>(graph: PooledGraph, work: (run: RunGraph) => Promise<T>): Promise<T> {
    const kept = this.keep(graph);
    kept.uses++;
    kept.atWork++;
    try {
      await this.settle();
      return await work(await this.runner(kept));
    } finally {
      kept.atWork--;
    }
  }

  /**
   * Repacks the weights of one `warm` graph that has been used and is not at work: to be called while nobody waits. Says whether there was one.
   *
   * @throws Problem `out-of-memory`
   */
  async packNext(): Promise<boolean> {
    if (!this.mayPack) return false;
    const waits = ({ graph, packed, atWork }: KeptSession) => graph.load === 'warm' && !packed && atWork === 0;
    const next = [...this.kept.rvalues()].find((kept) => kept !== undefined && waits(kept));
    if (next === undefined) return false;
    await this.running(this.make(next.graph, true), (session) => Promise.resolve(session));
    await this.settle();
    return true;
  }

  /** Whether the weights of a graph have been repacked, by its key. */
  isPacked(key: string): boolean {
    return this.kept.peek(key)?.packed === true;
  }

  /** Whether there is a session of a graph, by its key. */
  has(key: string): boolean {
    return this.kept.has(key);
  }

  /** Gives back the memory of some graphs, by their keys. */
  async drop(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.kept.delete(key);
    await this.settle();
  }

  /** Gives all memory back. */
  async release(): Promise<void> {
    this.kept.clear();
    await this.settle();
    await this.stages.release();
  }

  /** Whether weights may be repacked at all: of quantised ones, which are dequantised at every use, there is nothing to repack. */
  private get mayPack(): boolean {
    return this.policy.keep && !this.weights.areQuantised;
  }

  /** Whether the model is so small that a copy of its weights, widened and folded into a graph, does not matter, and that a run takes hardly longer than to begin it. */
  get isSmall(): boolean {
    return this.policy.patient !== true;
  }

  /** Copying weights to a device takes less time than one use of them without it saves. */
  private isPatient({ mayLeave }: PooledGraph): boolean {
    return this.policy.patient === true && !(this.provider.copiesWeights && mayLeave === true);
  }

  private async settle(): Promise<void> {
    const { releasing } = this;
    this.releasing = [];
    await Promise.all(releasing);
  }

  private keep(graph: PooledGraph): KeptSession {
    const known = this.kept.get(graph.key);
    if (known === undefined) return this.make(graph, graph.load === 'hot' || (graph.load === 'warm' && !this.isPatient(graph)));
    const isDue = graph.load === 'warm' && !known.packed && known.uses >= OFTEN && known.atWork === 0;
    return isDue && this.mayPack ? this.make(graph, true) : known;
  }

  /** @param packs whether its weights are to be repacked, or copied to the provider, if that is allowed at all */
  private make(graph: PooledGraph, packs: boolean): KeptSession {
    const packed = packs && this.mayPack;
    const provider = !this.provider.copiesWeights || (packed && graph.mayLeave === true) ? this.provider : CPU;
    const description = provider.copiesWeights || (packed && this.isSmall) ? this.weights.copiedWhole(graph.build) : graph.build();
    const made: KeptSession = { graph, packed, provider, session: this.create(graph, provider, description, packed), uses: 0, atWork: 0 };
    this.kept.set(graph.key, made, { size: Math.min(description.length, KEPT_DESCRIPTIONS) });
    // A failure is not kept, so that the next call tries again.
    made.session.catch(() => this.kept.delete(graph.key));
    return made;
  }

  private async create(
    { load, frugal }: PooledGraph,
    provider: ExecutionProvider,
    description: Uint8Array,
    packs: boolean,
  ): Promise<GraphSession> {
    const { mapsNarrow } = this.weights;
    // Widening weights is work for all cores, however few rows are multiplied with them.
    const threads = load === 'light' && !mapsNarrow ? Math.min(THREADS_OF_LIGHT, this.policy.threads) : this.policy.threads;
    const demand = { description, packs, widens: mapsNarrow, threads };
    return this.inStages(description) ?? openSession(provider, demand, { root: this.weights.root, holds: frugal !== true });
  }

  /** What runs a graph that is fed rows which are read when they are needed; null for others. */
  private inStages(description: Uint8Array): GraphSession | null {
    if (!this.weights.streamsAny) return null;
    const { graph } = decodeModel(description);
    if (!graph.input.some(({ name }) => this.weights.streamedAs(name) !== undefined)) return null;
    const outputs = graph.output.map(({ name }) => name);
    return new StagedSession(stagesOf(graph, this.weights), outputs, this.stages);
  }

  private async runner(kept: KeptSession): Promise<RunGraph> {
    // A session that cannot be made is the failure of the use, whether or not it runs anything.
    await this.running(kept, (session) => Promise.resolve(session));
    return (feeds, wanted) => this.running(kept, (session) => this.run(session, feeds, wanted));
  }

  /** What `work` does with a session; where its provider fails and another may take over, what it does with that one's. */
  private async running<T>(kept: KeptSession, work: (session: GraphSession) => Promise<T>): Promise<T> {
    const lent = kept.provider === CPU || kept.provider === this.provider ? kept : this.keep(kept.graph);
    try {
      return await work(await lent.session);
    } catch (error) {
      if (lent.provider === CPU || this.onFailure === undefined) throw error;
      this.provider = CPU;
      this.onFailure(Problem.from(error));
      await this.release();
      return work(await this.keep(kept.graph).session);
    }
  }

  private async run(session: GraphSession, feeds: Readonly<Record<string, Feed>>, wanted?: readonly string[]): Promise<Results> {
    const tensors: Record<string, Tensor> = {};
    for (const [name, { data, shape }] of Object.entries(feeds)) {
      tensors[name] = data instanceof Float32Array ? new Tensor('float32', data, shape) : new Tensor('int64', data, shape);
    }
    try {
      for (const name of session.inputNames) {
        if (name in feeds || !this.weights.isInMemory(name)) continue;
        tensors[name] = new Tensor('float32', await this.weights.values(name), this.weights.get(name).shape);
      }
      return new Results(await session.run(tensors, wanted));
    } catch (error) {
      throw asProblem(error);
    }
  }
}

/** A session that is kept, or is being made. */
interface KeptSession {
  readonly graph: PooledGraph;
  /** whether its weights have been repacked, or copied to its provider */
  readonly packed: boolean;
  readonly provider: ExecutionProvider;
  readonly session: Promise<GraphSession>;
  /** how often it has been used */
  uses: number;
  /** how many use it now */
  atWork: number;
}
