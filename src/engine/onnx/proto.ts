/**
 * The part of the ONNX file format (onnx.proto3, IR version 11) that our graphs use, and its encoder. Field numbers are
 * those of the published schema.
 */
import protobuf from 'protobufjs/light';

/** `TensorProto.DataType` */
export const DataType = {
  FLOAT: 1,
  UINT8: 2,
  INT8: 3,
  INT32: 6,
  INT64: 7,
  BOOL: 9,
  FLOAT16: 10,
  DOUBLE: 11,
  UINT32: 12,
  BFLOAT16: 16,
} as const;
export type DataType = (typeof DataType)[keyof typeof DataType];

/** `AttributeProto.AttributeType` */
export const AttributeType = { FLOAT: 1, INT: 2, STRING: 3, GRAPH: 5, INTS: 7 } as const;

export interface AttributeProto {
  name: string;
  type: number;
  f?: number;
  i?: number;
  s?: Uint8Array;
  /** a graph inside a node, which sees the values of the graphs around it */
  g?: GraphProto;
  ints?: number[];
}

export interface NodeProto {
  name: string;
  opType: string;
  input: string[];
  output: string[];
  attribute: AttributeProto[];
}

export interface TensorProto {
  name: string;
  dims: number[];
  dataType: DataType;
  /** values in little-endian order, for small constants */
  rawData?: Uint8Array;
  /** `location` (a path below the session's folder of external data), `offset`, `length` */
  externalData?: { key: string; value: string }[];
  /** 1: the values are where `externalData` says */
  dataLocation?: number;
}

export interface ValueInfoProto {
  name: string;
  /** may be left out of a graph's outputs: onnxruntime finds it out */
  type?: { tensorType: { elemType: DataType; shape?: { dim: ({ dimValue: number } | { dimParam: string })[] } } };
}

export interface GraphProto {
  name: string;
  node: NodeProto[];
  initializer: TensorProto[];
  input: ValueInfoProto[];
  output: ValueInfoProto[];
}

export interface ModelProto {
  irVersion: number;
  producerName: string;
  opsetImport: { domain: string; version: number }[];
  graph: GraphProto;
}

const field = (id: number, type: string) => ({ id, type });
const repeated = (id: number, type: string) => ({ id, type, rule: 'repeated' });

const root = protobuf.Root.fromJSON({
  nested: {
    onnx: {
      nested: {
        ModelProto: {
          fields: {
            irVersion: field(1, 'int64'),
            producerName: field(2, 'string'),
            graph: field(7, 'GraphProto'),
            opsetImport: repeated(8, 'OperatorSetIdProto'),
          },
        },
        OperatorSetIdProto: { fields: { domain: field(1, 'string'), version: field(2, 'int64') } },
        GraphProto: {
          fields: {
            node: repeated(1, 'NodeProto'),
            name: field(2, 'string'),
            initializer: repeated(5, 'TensorProto'),
            input: repeated(11, 'ValueInfoProto'),
            output: repeated(12, 'ValueInfoProto'),
          },
        },
        NodeProto: {
          fields: {
            input: repeated(1, 'string'),
            output: repeated(2, 'string'),
            name: field(3, 'string'),
            opType: field(4, 'string'),
            attribute: repeated(5, 'AttributeProto'),
          },
        },
        AttributeProto: {
          fields: {
            name: field(1, 'string'),
            f: field(2, 'float'),
            i: field(3, 'int64'),
            s: field(4, 'bytes'),
            g: field(6, 'GraphProto'),
            ints: repeated(8, 'int64'),
            type: field(20, 'int32'),
          },
        },
        TensorProto: {
          fields: {
            dims: repeated(1, 'int64'),
            dataType: field(2, 'int32'),
            name: field(8, 'string'),
            rawData: field(9, 'bytes'),
            externalData: repeated(13, 'StringStringEntryProto'),
            dataLocation: field(14, 'int32'),
          },
        },
        StringStringEntryProto: { fields: { key: field(1, 'string'), value: field(2, 'string') } },
        ValueInfoProto: { fields: { name: field(1, 'string'), type: field(2, 'TypeProto') } },
        TypeProto: {
          fields: { tensorType: field(1, 'Tensor') },
          nested: { Tensor: { fields: { elemType: field(1, 'int32'), shape: field(2, 'TensorShapeProto') } } },
        },
        TensorShapeProto: {
          fields: { dim: repeated(1, 'Dimension') },
          nested: { Dimension: { fields: { dimValue: field(1, 'int64'), dimParam: field(2, 'string') } } },
        },
      },
    },
  },
});

const modelType = root.lookupType('onnx.ModelProto');

/** First opset with `Attention`, and the IR version that goes with it. */
const OPSET = 23;
const IR_VERSION = 11;

/** A graph as the bytes of an `.onnx` file. */
export function encodeGraph(graph: GraphProto): Uint8Array {
  const model: ModelProto = { irVersion: IR_VERSION, producerName: 'visit', opsetImport: [{ domain: '', version: OPSET }], graph };
  return modelType.encode(modelType.fromObject(model)).finish();
}

/** Reads what `encodeGraph` wrote. */
export function decodeModel(bytes: Uint8Array): ModelProto {
  return modelType.toObject(modelType.decode(bytes), { longs: Number, arrays: true }) as ModelProto;
}
