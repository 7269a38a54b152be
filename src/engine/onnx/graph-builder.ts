import { AttributeType, DataType, encodeGraph } from './proto';
import type { AttributeProto, GraphProto, NodeProto, TensorProto, ValueInfoProto } from './proto';
import { needed, weightsFirst } from './node-order';
import { attributeProto, floatOfAnyShape, valueInfo, type Attribute, type Dimension } from './proto-parts';
import type { ByteRange } from '../../model/checkpoint/byte-range';
import type { Weights } from './weights';

/** A tensor inside a graph. */
export interface Value {
  readonly name: string;
}

/** Writes one ONNX graph node by node. Weights are not copied: they stay byte ranges of the checkpoint's own files. */
export class GraphBuilder {
  private nodes: NodeProto[] = [];
  private nodeCount = 0;
  private depth = 0;
  private readonly initializers = new Map<string, TensorProto>();
  private readonly inputs: ValueInfoProto[] = [];
  /** weights that the pool feeds */
  private readonly fedWeights = new Map<string, ValueInfoProto>();
  private readonly outputs: ValueInfoProto[] = [];

  constructor(readonly weights: Weights) {}

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

  /**
   * What `body` makes of x[0], x[1], … of each of `xs`, one after the other: floats of one shape each, stacked along a new first axis. Unlike
   * slices that a loop cuts, these are not copied.
   */
  scanned(xs: readonly Value[], body: (parts: readonly Value[]) => readonly Value[]): Value[] {
    const id = this.nodeCount++;
    const parts = xs.map((_, i) => ({ name: `part_${i}_${id}` }));
    const inputs = parts.map(({ name }) => floatOfAnyShape(name));
    const g = this.nested('body', inputs, () => body(parts));
    const attributes = [
      { name: 'body', type: AttributeType.GRAPH, g },
      { name: 'num_scan_inputs', type: AttributeType.INT, i: xs.length },
    ];
    return this.nodeWithGraphs(
      'Scan',
      xs.map(({ name }) => name),
      attributes,
      g.output.length,
    );
  }

  /** A constant of 64-bit integers; a scalar where `values` is a number. */
  ints(values: readonly number[] | number): Value {
    const list = typeof values === 'number' ? [values] : values;
    const data = BigInt64Array.from(list, BigInt);
    return this.constant(DataType.INT64, typeof values === 'number' ? [] : [list.length], data);
  }

  /** A constant of floats. */
  floats(values: readonly number[] | Float32Array, shape: readonly number[] = [values.length]): Value {
    return this.constant(DataType.FLOAT, shape, Float32Array.from(values));
  }

  /** A single float without axes, where an operator wants one. */
  scalar(value: number): Value {
    return this.constant(DataType.FLOAT, [], Float32Array.of(value));
  }

  /** A constant of bytes, with or without sign. */
  bytes(values: Uint8Array | Int8Array, shape: readonly number[]): Value {
    return this.constant(values instanceof Int8Array ? DataType.INT8 : DataType.UINT8, shape, values);
  }

  /** Bytes of the checkpoint's files as a tensor of this name; onnxruntime maps them. */
  external(name: string, dataType: DataType, shape: readonly number[], bytes: ByteRange): Value {
    if (!this.initializers.has(name)) {
      const externalData = [
        { key: 'location', value: this.weights.relativeFile(bytes) },
        { key: 'offset', value: String(bytes.offset) },
        { key: 'length', value: String(bytes.byteLength) },
      ];
      this.initializers.set(name, { name, dims: [...shape], dataType, externalData, dataLocation: 1 });
    }
    return { name };
  }

  /** A weight that is in memory, or read when it is needed: an input that the pool feeds. See `Weights.isInMemory`, `Weights.streamedRows`. */
  fed(name: string, shape: readonly number[]): Value {
    this.fedWeights.set(name, valueInfo(name, DataType.FLOAT, shape));
    return { name };
  }

  /** Whether a graph inside the graph is being built, which runs many times, or not at all. */
  get isNested(): boolean {
    return this.depth > 0;
  }

  /** The finished graph as the bytes of an `.onnx` file. */
  finish(name: string): Uint8Array {
    const { node, used } = needed(this.nodes, this.outputs);
    return encodeGraph({
      name,
      node: weightsFirst(node, this.initializers.keys()),
      initializer: [...this.initializers.values()].filter(({ name: initializer }) => used.has(initializer)),
      input: [...this.inputs, ...[...this.fedWeights.values()].filter(({ name: weight }) => used.has(weight))],
      output: this.outputs,
    });
  }

  /** A graph inside this one. Constants and weights stay those of the graph around it, which it sees. */
  private nested(name: string, input: readonly ValueInfoProto[], build: () => readonly Value[], passedOn?: string): GraphProto {
    const outer = this.nodes;
    this.nodes = [];
    this.depth++;
    const output = [];
    if (passedOn !== undefined) {
      const { name: copy } = this.op('Identity', [{ name: passedOn }]);
      output.push(valueInfo(copy, DataType.BOOL, []));
    }
    for (const value of build()) output.push(floatOfAnyShape(this.op('Identity', [value]).name));
    const graph = { name, node: this.nodes, initializer: [], input: [...input], output };
    this.nodes = outer;
    this.depth--;
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
