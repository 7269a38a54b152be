import { LRUCache } from 'lru-cache';
import { Tensor } from 'onnxruntime-node';
import { Problem } from '../../core/problem';
import { WeightStream } from '../blocks/weight-stream';
import type { GraphSession } from './graph-session';
import { keptOr } from './kept-or';
import { DataType, encodeGraph, type ValueInfoProto } from './proto';
import { valueInfo } from './proto-parts';
import type { Stage } from './stages';

/** Sessions of stages that are kept: a few dozen are all that a model's blocks have between them. */
const KEPT = 64;

/** Makes a session of a graph, given as the bytes of an `.onnx` file. `widens`: whether it maps weights. */
type OpenSession = (description: Uint8Array, widens: boolean) => Promise<GraphSession>;

/** The sessions of all stages of a model, and the memory that weights are read into for them: one stage works at a time. */
export class StageRunner {
  private readonly sessions = new LRUCache<string, Promise<GraphSession>>({
    max: KEPT,
    dispose: (session) => {
      this.releasing.push(session.then((made) => made.release()).catch(() => undefined));
    },
  });
  private readonly stream = new WeightStream();
  private releasing: Promise<void>[] = [];
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly open: OpenSession) {}

  /** What a stage makes of values, by the names that they have in the whole graph. @param wanted which of its outputs */
  run(stage: Stage, values: ReadonlyMap<string, Tensor>, wanted: readonly string[]): Promise<Readonly<Record<string, Tensor>>> {
    const running = this.last.then(() => this.runNow(stage, values, wanted));
    this.last = running.catch(() => undefined);
    return running;
  }

  /** Gives all memory back. */
  async release(): Promise<void> {
    await this.last;
    this.sessions.clear();
    this.stream.release();
    const { releasing } = this;
    this.releasing = [];
    await Promise.all(releasing);
  }

  private async runNow(
    stage: Stage,
    values: ReadonlyMap<string, Tensor>,
    wanted: readonly string[],
  ): Promise<Readonly<Record<string, Tensor>>> {
    const feeds: Record<string, Tensor> = {};
    for (const [value, { name }] of stage.inputs) feeds[name] = valueOf(values, value);
    const widens = stage.initializer.some(({ externalData }) => externalData !== undefined && externalData.length > 0);
    const session = await this.session(described(stage, feeds), widens);
    const weights = [...stage.weights];
    const numbers = this.stream.read(weights.map(([, { weight }]) => weight));
    for (const [i, [name, { shape }]] of weights.entries()) feeds[name] = new Tensor('float32', numbers[i], shape);
    const names = wanted.map((value) => stage.outputs.get(value) ?? value);
    const results = await session.run(feeds, names);
    return Object.fromEntries(wanted.map((value, i) => [value, results[names[i]]]));
  }

  private session(description: Uint8Array, widens: boolean): Promise<GraphSession> {
    return keptOr(this.sessions, Buffer.from(description).toString('latin1'), () => this.open(description, widens));
  }
}

/** A graph that runs in stages, one after the other. */
export class StagedSession implements GraphSession {
  /** what has to be given to run it */
  readonly inputNames: readonly string[];

  /** @param outputs of the whole graph */
  constructor(
    private readonly stages: readonly Stage[],
    private readonly outputs: readonly string[],
    private readonly runner: StageRunner,
  ) {
    const made = new Set(stages.flatMap((stage) => [...stage.outputs.keys()]));
    this.inputNames = [...new Set(stages.flatMap(({ inputs }) => [...inputs.keys()]))].filter((name) => !made.has(name));
  }

  async run(feeds: Readonly<Record<string, Tensor>>, wanted: readonly string[] = this.outputs): Promise<Readonly<Record<string, Tensor>>> {
    const values = new Map(Object.entries(feeds));
    for (const [i, stage] of this.stages.entries()) {
      const later = new Set([...wanted, ...this.stages.slice(i + 1).flatMap(({ inputs }) => [...inputs.keys()])]);
      const made = [...stage.outputs.keys()].filter((name) => later.has(name));
      for (const [name, value] of Object.entries(await this.runner.run(stage, values, made))) values.set(name, value);
      for (const name of values.keys()) if (!later.has(name)) values.delete(name);
    }
    return Object.fromEntries(wanted.map((name) => [name, valueOf(values, name)]));
  }

  /** Its sessions are the runner's. */
  async release(): Promise<void> {}
}

function valueOf(values: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const value = values.get(name);
  if (value === undefined) throw new Problem('internal', `The graph has no value ${name}.`);
  return value;
}

/** A stage as a graph of its own. @param feeds what it is given, which says of which types these are */
function described({ node, initializer, inputs, weights, outputs }: Stage, feeds: Readonly<Record<string, Tensor>>): Uint8Array {
  const given = [...inputs.values()].map(({ name, type }) => (type ? { name, type } : madeBefore(name, feeds[name])));
  const read = [...weights].map(([name, { shape }]) => valueInfo(name, DataType.FLOAT, shape));
  return encodeGraph({
    name: 'stage',
    node: [...node],
    initializer: [...initializer],
    input: [...given, ...read],
    output: [...outputs.values()].map((name) => ({ name })),
  });
}

/** A value that another stage has made. Of lists of integers, most of which are shapes, the length says how many axes something has. */
function madeBefore(name: string, { type, dims }: Tensor): ValueInfoProto {
  const isList = type === 'int64' && dims.length < 2;
  return valueInfo(name, elementType(type), isList ? dims : dims.map((_, axis) => `${name}.${axis}`));
}

const ELEMENT_TYPES: Readonly<Partial<Record<Tensor.Type, DataType>>> = {
  float32: DataType.FLOAT,
  uint8: DataType.UINT8,
  int8: DataType.INT8,
  int32: DataType.INT32,
  int64: DataType.INT64,
  bool: DataType.BOOL,
  float16: DataType.FLOAT16,
  float64: DataType.DOUBLE,
  uint32: DataType.UINT32,
};

function elementType(type: Tensor.Type): DataType {
  const found = ELEMENT_TYPES[type];
  if (found === undefined) throw new Problem('internal', `Values of type ${type} do not go from one stage of a graph to another.`);
  return found;
}
