/** Parts of the ONNX file format from plain values. */
import { AttributeType, DataType, type AttributeProto, type ValueInfoProto } from './proto';

/** An attribute of a node: an integer, a list of integers, a string, or a float (marked, since 1 and 1.0 look alike). */
export type Attribute = number | readonly number[] | string | { readonly float: number };

/** A dimension: a size, or the name of one that is known only when the graph runs. */
export type Dimension = number | string;

/** An attribute under its name. */
export function attributeProto(name: string, value: Attribute): AttributeProto {
  if (typeof value === 'number') return { name, type: AttributeType.INT, i: value };
  if (typeof value === 'string') return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  if ('float' in value) return { name, type: AttributeType.FLOAT, f: value.float };
  return { name, type: AttributeType.INTS, ints: [...value] };
}

/** A tensor's type and shape under its name. */
export function valueInfo(name: string, elemType: DataType, shape: readonly Dimension[]): ValueInfoProto {
  const dim = shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}

/** A float whose shape onnxruntime finds out. */
export function floatOfAnyShape(name: string): ValueInfoProto {
  return { name, type: { tensorType: { elemType: DataType.FLOAT } } };
}
