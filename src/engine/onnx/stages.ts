/**
 * A graph in stages: its nodes in the order in which they stand, cut where the weights that are read for them (see `Weights.streamedRows`) would
 * become too many at once. What one stage makes and a later one reads leaves the first, and is given to the other.
 *
 * Names within a stage are numbers in the order of their appearance: stages of blocks that are alike are the same, and share a session.
 */
import type { StreamedWeight } from '../blocks/weight-stream';
import { fromWeightsAlone, readBy } from './node-order';
import { DataType, type GraphProto, type NodeProto, type TensorProto, type ValueInfoProto } from './proto';

/** Larger numbers are mapped, even where they are F32 already. */
const LARGEST_READ = 1 << 20;

/** One part of a graph. */
export interface Stage {
  readonly node: readonly NodeProto[];
  readonly initializer: readonly TensorProto[];
  /** values from outside the stage, by the names that they have in the whole graph */
  readonly inputs: ReadonlyMap<string, StageInput>;
  /** weights that are read for it, by its names for them */
  readonly weights: ReadonlyMap<string, ReadWeight>;
  /** what later stages read of it, and what are results of the whole graph: its names by those in the whole graph */
  readonly outputs: ReadonlyMap<string, string>;
}

/** A value that comes from outside a stage. */
export interface StageInput {
  readonly name: string;
  /** present where the whole graph declares it; else it is what another stage has made */
  readonly type?: ValueInfoProto['type'];
}

/** A weight that is read for a stage. */
export interface ReadWeight {
  readonly shape: readonly number[];
  readonly weight: StreamedWeight;
}

/** How weights are found; see `Weights`. */
export interface WeightSource {
  /** numbers that are read for one stage; a single node may need more */
  readonly streamedAtOnce: number;
  streamedAs(input: string): ReadWeight | undefined;
  rangeOf(reference: NonNullable<TensorProto['externalData']>): StreamedWeight['bytes'];
}

/** The stages of a graph. */
export function stagesOf(graph: GraphProto, source: WeightSource): Stage[] {
  const constant = fromWeightsAlone(
    graph.node,
    graph.initializer.map(({ name }) => name),
  );
  const parts = divided(
    graph.node.filter((node) => !constant.has(node)),
    source,
  );
  const results = graph.output.map(({ name }) => name);
  const known = new Map<string, ValueInfoProto['type']>([
    ...graph.node.flatMap(({ output }) => output.map((name) => [name, undefined] as const)),
    ...graph.input.map(({ name, type }) => [name, type] as const),
  ]);
  const wanted = new Set(results);
  const ofWeights = results.filter((name) => [...constant].some(({ output }) => output.includes(name)));
  const stages: Stage[] = [];
  for (const part of [...parts].reverse()) {
    // What weights alone come to is made in each stage that reads it, and where it is a result, in the last.
    const made = [...part.flatMap(({ output }) => output), ...(stages.length === 0 ? ofWeights : [])];
    const outputs = made.filter((name) => wanted.has(name));
    const nodes = withConstants(part, constant, outputs);
    stages.unshift(stage(graph, source, nodes, { known, outputs }));
    for (const name of nodes.flatMap(readBy)) wanted.add(name);
  }
  return stages;
}

/** Nodes in runs that read no more than so many numbers of weights each. */
function divided(nodes: readonly NodeProto[], source: WeightSource): NodeProto[][] {
  const parts: NodeProto[][] = [];
  let current: NodeProto[] = [];
  let read = new Map<string, number>();
  for (const node of nodes) {
    const reads = readBy(node).flatMap((name): [string, number][] => {
      const found = source.streamedAs(name);
      return found ? [[name, found.shape.reduce((a, b) => a * b, 1)]] : [];
    });
    const together = new Map([...read, ...reads]);
    if (reads.length > 0 && current.length > 0 && [...together.values()].reduce((a, b) => a + b) > source.streamedAtOnce) {
      parts.push(current);
      current = [];
      read = new Map(reads);
    } else read = together;
    current.push(node);
  }
  return [...parts, current];
}

/** Nodes, after those that make what they read, or what is wanted, of weights alone. */
function withConstants(part: readonly NodeProto[], constant: ReadonlySet<NodeProto>, wanted: readonly string[]): NodeProto[] {
  const read = new Set([...part.flatMap(readBy), ...wanted]);
  const needed: NodeProto[] = [];
  for (const node of [...constant].reverse()) {
    if (!node.output.some((name) => read.has(name))) continue;
    needed.unshift(node);
    for (const name of readBy(node)) read.add(name);
  }
  return [...needed, ...part];
}

function stage(
  graph: GraphProto,
  source: WeightSource,
  nodes: readonly NodeProto[],
  { known, outputs }: { readonly known: ReadonlyMap<string, ValueInfoProto['type']>; readonly outputs: readonly string[] },
): Stage {
  const names = new Names();
  const node = nodes.map((one) => names.node(one));
  const read = new Set(nodes.flatMap(readBy));
  const made = new Set(nodes.flatMap(({ output }) => output));
  const inputs = new Map<string, StageInput>();
  const weights = new Map<string, ReadWeight>();
  for (const name of read) {
    if (!known.has(name) || made.has(name)) continue;
    const streamed = source.streamedAs(name);
    if (streamed) weights.set(names.of(name), streamed);
    else inputs.set(name, { name: names.of(name), type: known.get(name) });
  }
  const initializer: TensorProto[] = [];
  for (const tensor of graph.initializer) {
    if (!read.has(tensor.name)) continue;
    const numbers = numbersInFile(tensor, source);
    if (numbers) weights.set(names.of(tensor.name), numbers);
    else initializer.push({ ...tensor, name: names.of(tensor.name) });
  }
  return { node, initializer, inputs, weights, outputs: new Map(outputs.map((name) => [name, names.of(name)])) };
}

/** Vectors of norms, mostly: mapped, they would make each block's stages its own. */
function numbersInFile(tensor: TensorProto, source: WeightSource): ReadWeight | null {
  if (tensor.dataType !== DataType.FLOAT || !tensor.externalData?.length) return null;
  const bytes = source.rangeOf(tensor.externalData);
  return bytes.byteLength > LARGEST_READ ? null : { shape: tensor.dims, weight: { dtype: 'F32', bytes } };
}

/** The names of a stage. */
class Names {
  private readonly given = new Map<string, string>([['', '']]);

  of(name: string): string {
    const known = this.given.get(name);
    if (known !== undefined) return known;
    const made = `v${this.given.size}`;
    this.given.set(name, made);
    return made;
  }

  node({ opType, input, output, attribute }: NodeProto): NodeProto {
    const inputs = input.map((name) => this.of(name));
    const attributes = attribute.map((one) => (one.g ? { ...one, g: this.graph(one.g) } : one));
    const outputs = output.map((name) => this.of(name));
    return { name: outputs.join(), opType, input: inputs, output: outputs, attribute: attributes };
  }

  private graph({ node, input, output }: GraphProto): GraphProto {
    const renamed = (info: ValueInfoProto) => ({ ...info, name: this.of(info.name) });
    const inputs = input.map(renamed);
    const nodes = node.map((one) => this.node(one));
    return { name: 'nested', initializer: [], input: inputs, node: nodes, output: output.map(renamed) };
  }
}
