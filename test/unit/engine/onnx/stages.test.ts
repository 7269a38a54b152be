import assert from 'node:assert/strict';
import { DataType, type GraphProto, type NodeProto, type TensorProto } from '../../../../src/engine/onnx/proto';
import { valueInfo } from '../../../../src/engine/onnx/proto-parts';
import { stagesOf, type Stage, type WeightSource } from '../../../../src/engine/onnx/stages';

const file = { file: 'weights', offset: 0, byteLength: 16 };
/** Inputs whose name begins with `rows` stand for four numbers that are read. */
const reading = (streamedAtOnce: number): WeightSource => ({
  streamedAtOnce,
  streamedAs: (input) => (input.startsWith('rows') ? { shape: [2, 2], weight: { dtype: 'F32', bytes: file } } : undefined),
  rangeOf: () => file,
});

const node = (opType: string, input: string[], output: string[]): NodeProto => ({ name: output[0], opType, input, output, attribute: [] });
const constant = (name: string): TensorProto => ({ name, dims: [1], dataType: DataType.INT64, rawData: new Uint8Array(8) });
const graph = (nodes: NodeProto[], results: string[], initializer: TensorProto[] = []): GraphProto => ({
  name: 'graph',
  node: nodes,
  initializer,
  input: ['x', 'rows 1', 'rows 2'].map((name) => valueInfo(name, DataType.FLOAT, ['N', 2])),
  output: results.map((name) => ({ name })),
});
const made = ({ outputs }: Stage): string[] => [...outputs.keys()];
const given = ({ inputs }: Stage): string[] => [...inputs.keys()];

describe('The stages of a graph', () => {
  const products = [node('Gemm', ['x', 'rows 1'], ['first']), node('Gemm', ['first', 'rows 2'], ['second'])];

  it('are one where all that is read may be read at once', () => {
    const [only, ...others] = stagesOf(graph(products, ['second']), reading(8));
    assert.deepEqual(others, []);
    assert.deepEqual([given(only), made(only), only.weights.size], [['x'], ['second'], 2]);
  });

  it('give each other what later ones read, and the results of the whole', () => {
    const [one, other] = stagesOf(graph(products, ['first', 'second']), reading(4));
    assert.deepEqual([given(one), made(one)], [['x'], ['first']]);
    assert.deepEqual([given(other), made(other)], [['first'], ['second']]);
  });

  it('are the same for graphs whose names alone differ', () => {
    const renamed = graph([node('Gemm', ['x', 'rows 2'], ['other'])], ['other']);
    const [[one], [other]] = [graph([node('Gemm', ['x', 'rows 1'], ['first'])], ['first']), renamed].map((each) =>
      stagesOf(each, reading(8)),
    );
    assert.deepEqual(other.node, one.node);
  });

  it('give each other no values without a name, which stand for what is left out', () => {
    const nodes = [
      node('Split', ['x'], ['', 'half']),
      node('Gemm', ['half', 'rows 1'], ['first']),
      node('Clip', ['first', '', 'half'], ['clipped']),
      node('Gemm', ['clipped', 'rows 2', ''], ['second']),
      node('Split', ['second'], ['', 'last']),
    ];
    const stages = stagesOf(graph(nodes, ['last']), reading(4));
    assert.equal(stages.length, 2);
    for (const stage of stages) assert.ok(![...given(stage), ...made(stage)].includes(''));
  });

  it('each make for themselves what follows from constants, and the last those that are results', () => {
    const nodes = [
      node('Neg', ['c'], ['negative']),
      node('Gemm', ['x', 'rows 1', 'negative'], ['first']),
      node('Gemm', ['first', 'rows 2', 'negative'], ['second']),
    ];
    const [one, other] = stagesOf(graph(nodes, ['second', 'negative'], [constant('c')]), reading(4));
    assert.deepEqual([given(one), made(one)], [['x'], ['first']]);
    assert.deepEqual([given(other), made(other)], [['first'], ['second', 'negative']]);
    assert.deepEqual(
      [one, other].map(({ initializer }) => initializer.length),
      [1, 1],
    );
  });

  it('read small F32 weights, so that those of other blocks are the same, and map large ones', () => {
    const mapped = { ...constant('norm'), dataType: DataType.FLOAT, dataLocation: 1, externalData: [{ key: 'offset', value: '0' }] };
    const nodes = [node('Mul', ['x', 'norm'], ['normed']), node('Gemm', ['normed', 'rows 1'], ['first'])];
    const [read] = stagesOf(graph(nodes, ['first'], [mapped]), reading(8));
    assert.deepEqual([read.initializer.length, read.weights.size], [0, 2]);
    const large: WeightSource = { ...reading(8), rangeOf: () => ({ ...file, byteLength: 1 << 30 }) };
    const [left] = stagesOf(graph(nodes, ['first'], [mapped]), large);
    assert.deepEqual([left.initializer.length, left.weights.size], [1, 1]);
  });
});
