import { Message } from './protobuf.ts';

/** Element types as onnx.proto's TensorProto.DataType numbers them. */
export const DATA_TYPES = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  bfloat16: 16,
} as const;
export type DataType = keyof typeof DATA_TYPES;

/** A dimension is a size or, where it may differ from run to run, a name. */
export interface ValueInfo {
  name: string;
  type: DataType;
  shape: readonly (number | string)[];
  /** A sequence of tensors of the type, whatever their shapes. */
  sequence?: true;
}

/** onnx.proto keeps integers and floats apart, which a JavaScript number does not: floats are wrapped. A graph is a loop's body. */
export type Attribute = number | { float: number } | string | readonly number[] | { graph: Graph };

export interface Node {
  op: string;
  /** Empty string: an optional input left out. */
  inputs: readonly string[];
  outputs: readonly string[];
  attributes?: Readonly<Record<string, Attribute>>;
  /** Undefined: the standard operators; `com.microsoft`: onnxruntime's own. */
  domain?: 'com.microsoft' | undefined;
}

/** Bytes of a file that hold a tensor as it is: the runtime maps them into memory. `file` is relative to the session's root folder. */
export interface External {
  file: string;
  offset: number;
  length: number;
}

/** A constant tensor inside the graph, or outside in a file. */
export interface Initializer {
  name: string;
  type: DataType;
  shape: readonly number[];
  data: Float32Array | Int32Array | BigInt64Array | Uint8Array | External;
}

export interface Graph {
  inputs: readonly ValueInfo[];
  outputs: readonly ValueInfo[];
  nodes: readonly Node[];
  initializers?: readonly Initializer[];
}

/** The values that a node reads, those of its loop bodies included. */
export function reads(node: Node): string[] {
  const bodies = Object.values(node.attributes ?? {}).flatMap((a) =>
    typeof a === 'object' && 'graph' in a ? [a.graph] : [],
  );
  return [...node.inputs, ...bodies.flatMap((body) => body.nodes.flatMap(reads))];
}

const IR_VERSION = 10;
/** Version of the standard operators that nodes are written for. */
const OPSET = 21;
/** Operators that came later; a graph that has one is of that version. */
const LATER: Readonly<Record<string, number>> = { BitCast: 26 };
const CONTRIB_OPSET = 1;

/** A ModelProto, ready to be loaded from memory. Field numbers are those of onnx.proto (https://github.com/onnx/onnx). */
export function encodeModel(graph: Graph): Uint8Array {
  return new Message()
    .integer(1, IR_VERSION)
    .bytes(7, graphProto(graph))
    .bytes(8, new Message().bytes(1, '').integer(2, opsetOf(graph)))
    .bytes(8, new Message().bytes(1, 'com.microsoft').integer(2, CONTRIB_OPSET))
    .encode();
}

const opsetOf = ({ nodes }: Graph): number => nodes.reduce((opset, { op }) => Math.max(opset, LATER[op] ?? 0), OPSET);

function graphProto(graph: Graph): Message {
  const body = new Message();
  for (const node of graph.nodes) body.bytes(1, nodeProto(node));
  body.bytes(2, 'rankwise');
  for (const tensor of graph.initializers ?? []) body.bytes(5, tensorProto(tensor));
  for (const input of graph.inputs) body.bytes(11, valueInfoProto(input));
  for (const output of graph.outputs) body.bytes(12, valueInfoProto(output));
  return body;
}

function nodeProto(node: Node): Message {
  const message = new Message();
  for (const input of node.inputs) message.bytes(1, input);
  for (const output of node.outputs) message.bytes(2, output);
  message.bytes(4, node.op);
  for (const [name, value] of Object.entries(node.attributes ?? {})) message.bytes(5, attributeProto(name, value));
  if (node.domain !== undefined) message.bytes(7, node.domain);
  return message;
}

function attributeProto(name: string, value: Attribute): Message {
  const message = new Message().bytes(1, name);
  const type = { float: 1, int: 2, string: 3, graph: 5, ints: 7 };
  if (typeof value === 'number') return message.integer(3, value).integer(20, type.int);
  if (typeof value === 'string') return message.bytes(4, value).integer(20, type.string);
  if ('float' in value) return message.float(2, value.float).integer(20, type.float);
  if ('graph' in value) return message.bytes(6, graphProto(value.graph)).integer(20, type.graph);
  for (const item of value) message.integer(8, item);
  return message.integer(20, type.ints);
}

const EXTERNAL_LOCATION = 1;

function tensorProto({ name, type, shape, data }: Initializer): Message {
  const message = new Message();
  for (const size of shape) message.integer(1, size);
  message.integer(2, DATA_TYPES[type]).bytes(8, name);
  if ('file' in data) {
    const entry = (key: string, value: string | number) => new Message().bytes(1, key).bytes(2, String(value));
    return message
      .bytes(13, entry('location', data.file))
      .bytes(13, entry('offset', data.offset))
      .bytes(13, entry('length', data.length))
      .integer(14, EXTERNAL_LOCATION);
  }
  // raw_data is little-endian, as are typed arrays on every platform that onnxruntime is built for.
  return message.bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function valueInfoProto({ name, type, shape, sequence }: ValueInfo): Message {
  const tensor = new Message().integer(1, DATA_TYPES[type]);
  if (!sequence) {
    const dimensions = new Message();
    for (const d of shape)
      dimensions.bytes(1, typeof d === 'string' ? new Message().bytes(2, d) : new Message().integer(1, d));
    tensor.bytes(2, dimensions);
  }
  const ofTensor = new Message().bytes(1, tensor);
  const typeProto = sequence ? new Message().bytes(4, new Message().bytes(1, ofTensor)) : ofTensor;
  return new Message().bytes(1, name).bytes(2, typeProto);
}
