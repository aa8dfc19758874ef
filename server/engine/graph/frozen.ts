import { readRange } from '../../base/file-range.ts';
import { fromHalf } from '../../base/halves.ts';
import type { Graph } from '../onnx/model.ts';
import type { Frozen } from './types.ts';

let count = 0;
const identities = new WeakMap<ArrayBufferLike, number>();

/** The same for all values that lie at the same place, in memory or in a file. */
export function placeOf(value: Frozen): string {
  if ('range' in value) return `${value.range.file}@${value.range.offset}+${value.range.length}`;
  const { buffer, byteOffset, byteLength } = value.data;
  const identity = identities.get(buffer) ?? ++count;
  identities.set(buffer, identity);
  return `memory ${identity}@${byteOffset}+${byteLength}`;
}

/** The bytes of a value; those of a file in fresh memory. Throws RankwiseError `weights-changed`. */
export function bytesOf(value: Frozen): Uint8Array {
  if ('data' in value) return new Uint8Array(value.data.buffer, value.data.byteOffset, value.data.byteLength);
  const bytes = new Uint8Array(value.range.length);
  readRange(value.range, 0, bytes);
  return bytes;
}

/** bfloat16 or float16 bit patterns (little-endian) as float32, exactly. */
export function widen(bytes: Uint8Array, type: 'bfloat16' | 'float16'): Float32Array {
  const patterns = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  const result = new Float32Array(patterns.length);
  if (type === 'float16') return result.map((_, i) => fromHalf(patterns[i]!));
  const bits = new Uint32Array(result.buffer);
  for (let i = 0; i < patterns.length; i++) bits[i] = patterns[i]! << 16;
  return result;
}

/**
 * The same graph and weights with the type that is meant: JavaScript has no name for bfloat16, so that arrays of it are uint16 in a
 * graph and are reinterpreted there, which GPU providers cannot.
 */
export function named(graph: Graph, frozen: Record<string, Frozen>): [Graph, Record<string, Frozen>] {
  const meant = <V extends { type: string }>(value: V): V =>
    value.type === 'uint16' ? { ...value, type: 'bfloat16' } : value;
  return [
    {
      ...graph,
      inputs: graph.inputs.map((input) => (input.name in frozen ? meant(input) : input)),
      nodes: graph.nodes.map((node) => (node.op === 'BitCast' ? { ...node, op: 'Identity', attributes: {} } : node)),
    },
    Object.fromEntries(Object.entries(frozen).map(([name, value]) => [name, meant(value)])),
  ];
}
