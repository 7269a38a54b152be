import { AttributeType, DataType, encodeModel } from './proto';
import type { AttributeProto, GraphProto, NodeProto, TensorProto, ValueInfoProto } from './proto';
import type { Weights } from './weights';

/** First opset with `Attention`, and the IR version that goes with it. */
const OPSET = 23;
const IR_VERSION = 11;

/** A tensor inside a graph. */
export interface Value {
  readonly name: string;
}

/** An attribute of a node: an integer, a list of integers, a string, or a float (marked, since 1 and 1.0 look alike). */
export type Attribute = number | readonly number[] | string | { readonly float: number };

/** A dimension: a size, or the name of one that is known only when the graph runs. */
export type Dimension = number | string;

const STORAGE_TYPES = { F32: DataType.FLOAT, F16: DataType.FLOAT16, BF16: DataType.BFLOAT16 } as const;

/** Writes one ONNX graph node by node. Weights are not copied: they stay byte ranges of the checkpoint's own files. */
export class GraphBuilder {
  private nodes: NodeProto[] = [];
  private nodeCount = 0;
  private readonly initializers = new Map<string, TensorProto>();
  private readonly inputs: ValueInfoProto[] = [];
  private readonly outputs: ValueInfoProto[] = [];

  constructor(private readonly weights: Weights) {}

  /** Declares an input. */
  input(name: string, type: DataType, shape: readonly Dimension[]): Value {
    this.inputs.push(valueInfo(name, type, shape));
    return { name };
  }

  /** Declares an output under a name of its own. */
  output(name: string, value: Value, type: DataType, shape: readonly Dimension[]): void {
    this.nodes.push({ name, opType: 'Identity', input: [value.name], output: [name], attribute: [] });
    this.outputs.push(valueInfo(name, type, shape));
  }

  /** Adds a node with one output. `null` stands for an optional input that is left out. */
  op(opType: string, inputs: readonly (Value | null)[], attributes: Readonly<Record<string, Attribute>> = {}): Value {
    return { name: this.node(opType, inputs, attributes, () => true, 1)[0] ?? '' };
  }

  /** Adds a node with several outputs, of which those in `wanted` are made. The result has a value for each wanted one. */
  ops(
    opType: string,
    inputs: readonly (Value | null)[],
    attributes: Readonly<Record<string, Attribute>>,
    wanted: readonly number[],
  ): Value[] {
    const names = this.node(opType, inputs, attributes, (index) => wanted.includes(index), Math.max(...wanted) + 1);
    return wanted.map((index) => ({ name: names[index] ?? '' }));
  }

  /** One of two values of the same shape, of which only the one that is asked for is computed. `condition`: a truth value. */
  either(condition: Value, then: () => Value, otherwise: () => Value): Value {
    const branch = (build: () => Value) => this.nested('branch', [], () => [build()]);
    const attributes = [
      { name: 'then_branch', type: AttributeType.GRAPH, g: branch(then) },
      { name: 'else_branch', type: AttributeType.GRAPH, g: branch(otherwise) },
    ];
    return this.nodeWithGraphs('If', [condition.name], attributes, 1)[0];
  }

  /**
   * What `body` makes of 0, 1, … count − 1, one after the other: values of one shape, stacked along a new first axis. Only
   * one of them is computed at a time. `count` and the numbers are 64-bit integers without axes.
   */
  stacked(count: Value, body: (index: Value) => Value): Value {
    return this.accumulated(count, [], (index) => ({ sums: [], stacked: body(index) })).stacked;
  }

  /** As `stacked`, with floats that each step takes over from the one before it, whose shapes stay as they are at the `start`. */
  accumulated(
    count: Value,
    start: readonly Value[],
    body: (index: Value, sums: readonly Value[]) => { readonly sums: readonly Value[]; readonly stacked: Value },
  ): { readonly sums: readonly Value[]; readonly stacked: Value } {
    const index = { name: `index_${this.nodeCount++}` };
    const goOn = `go_on_${index.name}`;
    const carried = start.map((_, i) => ({ name: `carried_${i}_${index.name}` }));
    const inputs = [
      valueInfo(index.name, DataType.INT64, []),
      valueInfo(goOn, DataType.BOOL, []),
      ...carried.map(({ name }) => floatOfAnyShape(name)),
    ];
    const step = () => {
      const { sums, stacked } = body(index, carried);
      return [...sums, stacked];
    };
    const g = this.nested('body', inputs, step, goOn);
    const inputNames = [count.name, '', ...start.map(({ name }) => name)];
    const results = this.nodeWithGraphs('Loop', inputNames, [{ name: 'body', type: AttributeType.GRAPH, g }], start.length + 1);
    return { sums: results.slice(0, -1), stacked: results[start.length] };
  }

  /** A constant of 64-bit integers; a scalar where `values` is a number. */
  ints(values: readonly number[] | number): Value {
    const list = typeof values === 'number' ? [values] : values;
    const data = BigInt64Array.from(list, BigInt);
    return this.constant(DataType.INT64, typeof values === 'number' ? [] : [list.length], data);
  }

  /** A constant of floats. */
  floats(values: readonly number[], shape: readonly number[] = [values.length]): Value {
    return this.constant(DataType.FLOAT, shape, Float32Array.from(values));
  }

  /** A single float without axes, where an operator wants one. */
  scalar(value: number): Value {
    return this.constant(DataType.FLOAT, [], Float32Array.of(value));
  }

  /** A constant of bytes. */
  bytes(values: Uint8Array, shape: readonly number[]): Value {
    return this.constant(DataType.UINT8, shape, values);
  }

  /** A tensor of the checkpoint as it is stored; `widen` makes it F32. */
  stored(tensor: string): Value {
    if (!this.initializers.has(tensor)) {
      const { dtype, shape, offset, byteLength } = this.weights.get(tensor);
      this.initializers.set(tensor, {
        name: tensor,
        dims: [...shape],
        dataType: STORAGE_TYPES[dtype],
        externalData: [
          { key: 'location', value: this.weights.relativeFile(tensor) },
          { key: 'offset', value: String(offset) },
          { key: 'length', value: String(byteLength) },
        ],
        dataLocation: 1,
      });
    }
    return { name: tensor };
  }

  /** Converts what was taken from a stored tensor to F32, where it is not F32 already. */
  widen(value: Value, tensor: string): Value {
    return this.isNarrow(tensor) ? this.op('Cast', [value], { to: DataType.FLOAT }) : value;
  }

  /** Whether a tensor is stored in fewer bits than it is computed with. */
  isNarrow(tensor: string): boolean {
    return this.weights.get(tensor).dtype !== 'F32';
  }

  /** The finished graph as the bytes of an `.onnx` file. */
  finish(name: string): Uint8Array {
    const { node, used } = needed(this.nodes, this.outputs);
    return encodeModel({
      irVersion: IR_VERSION,
      producerName: 'visit',
      opsetImport: [{ domain: '', version: OPSET }],
      graph: {
        name,
        node: weightsFirst(node, this.initializers.keys()),
        initializer: [...this.initializers.values()].filter(({ name: initializer }) => used.has(initializer)),
        input: this.inputs,
        output: this.outputs,
      },
    });
  }

  /** A graph inside this one. Constants and weights stay those of the graph around it, which it sees. */
  private nested(name: string, input: readonly ValueInfoProto[], build: () => readonly Value[], passedOn?: string): GraphProto {
    const outer = this.nodes;
    this.nodes = [];
    const output = [];
    if (passedOn !== undefined) {
      const { name: copy } = this.op('Identity', [{ name: passedOn }]);
      output.push(valueInfo(copy, DataType.BOOL, []));
    }
    for (const value of build()) output.push(floatOfAnyShape(this.op('Identity', [value]).name));
    const graph = { name, node: this.nodes, initializer: [], input: [...input], output };
    this.nodes = outer;
    return graph;
  }

  private nodeWithGraphs(opType: string, input: string[], attribute: AttributeProto[], outputs: number): Value[] {
    const name = `${opType}_${this.nodeCount++}`;
    const output = Array.from({ length: outputs }, (_, index) => `${name}:${index}`);
    this.nodes.push({ name, opType, input, output, attribute });
    return output.map((value) => ({ name: value }));
  }

  private node(
    opType: string,
    inputs: readonly (Value | null)[],
    attributes: Readonly<Record<string, Attribute>>,
    isWanted: (output: number) => boolean,
    outputs: number,
  ): string[] {
    const name = `${opType}_${this.nodeCount++}`;
    const output = Array.from({ length: outputs }, (_, index) => (isWanted(index) ? `${name}:${index}` : ''));
    const attribute = Object.entries(attributes).map(([key, value]) => attributeProto(key, value));
    this.nodes.push({ name, opType, input: inputs.map((value) => value?.name ?? ''), output, attribute });
    return output;
  }

  private constant(dataType: DataType, shape: readonly number[], data: ArrayBufferView): Value {
    const name = `constant_${this.initializers.size}`;
    const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.initializers.set(name, { name, dims: [...shape], dataType, rawData });
    return { name };
  }
}

/** The nodes that some output depends on, and the names of all values that these use. */
function needed(nodes: readonly NodeProto[], outputs: readonly ValueInfoProto[]): { node: NodeProto[]; used: ReadonlySet<string> } {
  const used = new Set(outputs.map(({ name }) => name));
  const node = [...nodes].reverse().filter(({ input, output, attribute }) => {
    if (!output.some((name) => used.has(name))) return false;
    for (const name of [...input, ...attribute.flatMap(({ g }) => (g ? seenFromWithin(g) : []))]) used.add(name);
    return true;
  });
  return { node: node.reverse(), used };
}

/** What the nodes of a nested graph read: its own values, and those of the graphs around it. */
function seenFromWithin({ node }: GraphProto): string[] {
  return node.flatMap(({ input, attribute }) => [...input, ...attribute.flatMap(({ g }) => (g ? seenFromWithin(g) : []))]);
}

/**
 * The nodes with those in front that depend on weights alone, most of which widen a weight. Of the nodes that another one
 * waits for, onnxruntime runs the later ones first: so each weight is widened when its product is due, not all of them
 * before anything else.
 */
function weightsFirst(nodes: readonly NodeProto[], initializers: Iterable<string>): NodeProto[] {
  const known = new Set(['', ...initializers]);
  const early = new Set<NodeProto>();
  for (const node of nodes) {
    const hasGraph = node.attribute.some(({ g }) => g !== undefined);
    if (hasGraph || node.input.length === 0 || !node.input.every((name) => known.has(name))) continue;
    early.add(node);
    for (const name of node.output) known.add(name);
  }
  return [...early, ...nodes.filter((node) => !early.has(node))];
}

function attributeProto(name: string, value: Attribute): AttributeProto {
  if (typeof value === 'number') return { name, type: AttributeType.INT, i: value };
  if (typeof value === 'string') return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  if ('float' in value) return { name, type: AttributeType.FLOAT, f: value.float };
  return { name, type: AttributeType.INTS, ints: [...value] };
}

function floatOfAnyShape(name: string): ValueInfoProto {
  return { name, type: { tensorType: { elemType: DataType.FLOAT } } };
}

function valueInfo(name: string, elemType: DataType, shape: readonly Dimension[]): ValueInfoProto {
  const dim = shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}
