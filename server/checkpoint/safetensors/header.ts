/**
 * The header of a safetensors file, checked against everything that the format demands
 * (https://huggingface.co/docs/safetensors, "Format"): 8 bytes of little-endian length, that many bytes of JSON, then the data
 * without gaps. Pure: bytes in, header or `bad-safetensors` out, in time and memory linear in the header.
 */

import { RankwiseError } from '../../base/errors.ts';
import { isRecord } from '../../base/record.ts';
import { dtypeBytes, isDtype, type StoredDtype } from './dtypes.ts';

/** The format's own cap on the JSON. */
export const maxHeaderBytes = 100_000_000;
/** Far above any model; keeps the parsed header small beside its text. */
const maxTensors = 1_000_000;

export interface TensorInfo {
  dtype: StoredDtype;
  shape: number[];
  /** Where the tensor's bytes are in the file: [start, end). */
  start: number;
  end: number;
}

export interface SafetensorsHeader {
  /** In the order of their data. */
  tensors: Map<string, TensorInfo>;
  metadata: Record<string, string>;
}

/** Length of the JSON, from the file's first bytes (8 suffice). */
export function headerLength(first: Uint8Array, fileSize: number, file: string): number {
  if (fileSize < 8 || first.length < 8)
    throw bad(file, `is ${fileSize} bytes long, too short for a safetensors file`, truncated);
  const length = new DataView(first.buffer, first.byteOffset).getBigUint64(0, true);
  if (length > BigInt(maxHeaderBytes))
    throw bad(file, `announces a header of ${length} bytes; the format allows ${maxHeaderBytes}`, foreign);
  if (8 + Number(length) > fileSize)
    throw bad(file, `is truncated: it is ${fileSize} bytes long, its header needs ${8 + Number(length)}`, truncated);
  return Number(length);
}

/** `json`: the bytes after the length. Throws `bad-safetensors` naming the file and the tensor. */
export function parseHeader(json: Uint8Array, fileSize: number, file: string): SafetensorsHeader {
  const keys = checkStructure(json, file);
  const entries = Object.entries(parseJson(json, file));
  let metadata: Record<string, string> = {};
  const tensors: [string, TensorInfo][] = [];
  let seen = entries.length;
  for (const [name, value] of entries) {
    if (!isRecord(value)) throw bad(file, 'must be described by an object', foreign, name);
    seen += Object.keys(value).length;
    if (name === '__metadata__') metadata = checkMetadata(value, file);
    else tensors.push([name, checkTensor(value, 8 + json.length, name, file)]);
  }
  // JSON.parse keeps the last of two equal keys; the text had them all.
  if (seen !== keys) {
    const twice = repeatedKey(json);
    if (twice === undefined) throw bad(file, 'has a header with objects where the format has none', foreign);
    throw bad(file, 'names a tensor or a field twice in its header', foreign, twice);
  }
  tensors.sort(([, a], [, b]) => a.start - b.start || a.end - b.end);
  checkLayout(tensors, 8 + json.length, fileSize, file);
  return { tensors: new Map(tensors), metadata };
}

/** A pass over the bytes before JSON.parse: bounds nesting and the number of keys, which it returns. */
function checkStructure(json: Uint8Array, file: string): number {
  if (json[0] !== 0x7b) throw bad(file, 'does not begin with a JSON object', foreign);
  let depth = 0;
  let keys = 0;
  for (let i = 0; i < json.length; i++) {
    const c = json[i]!;
    if (c === quote) i = stringEnd(json, i);
    else if (c === 0x7b || c === 0x5b) depth++;
    else if (c === 0x7d || c === 0x5d) depth--;
    else if (c === 0x3a) keys++;
    // Header object, tensor object, list of sizes.
    if (depth > 3) throw bad(file, 'has a header nested deeper than the format', foreign);
    if (keys > 4 * maxTensors) throw bad(file, `names more than ${maxTensors} tensors`, foreign);
  }
  return keys;
}

function parseJson(json: Uint8Array, file: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(json));
    if (isRecord(value)) return value;
  } catch (cause) {
    throw bad(file, 'has a header that is not valid JSON', foreign, undefined, cause);
  }
  throw bad(file, 'has a header that is not a JSON object', foreign);
}

function checkMetadata(value: Record<string, unknown>, file: string): Record<string, string> {
  for (const [key, text] of Object.entries(value))
    if (typeof text !== 'string')
      throw bad(file, `has metadata ${name(key)} that is not a string`, foreign, '__metadata__');
  return value as Record<string, string>;
}

function checkTensor(value: Record<string, unknown>, dataStart: number, tensor: string, file: string): TensorInfo {
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isDtype(dtype)) throw bad(file, `has the unknown dtype ${name(dtype)}`, foreign, tensor);
  if (!isSizes(shape)) throw bad(file, 'has a shape that is not a list of sizes', foreign, tensor);
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!)
    throw bad(file, 'has data_offsets that are not [begin, end]', foreign, tensor);
  const needed = shape.reduce((product, d) => product * d, dtypeBytes[dtype]);
  if (!Number.isSafeInteger(needed)) throw bad(file, 'has a shape too large for any file', foreign, tensor);
  const [begin, end] = offsets as [number, number];
  if (end - begin !== needed)
    throw bad(file, `takes ${end - begin} bytes; ${dtype} [${brief(shape)}] needs ${needed}`, foreign, tensor);
  return { dtype, shape, start: dataStart + begin, end: dataStart + end };
}

/** Every byte after the header belongs to exactly one tensor. */
function checkLayout(tensors: [string, TensorInfo][], dataStart: number, fileSize: number, file: string): void {
  let at = dataStart;
  let before = '';
  for (const [tensor, info] of tensors) {
    if (info.end > fileSize)
      throw bad(
        file,
        `is cut off: the file is ${fileSize} bytes long, the tensor ends at ${info.end}`,
        truncated,
        tensor,
      );
    if (info.start < at) throw bad(file, `overlaps tensor ${name(before)}`, foreign, tensor);
    if (info.start > at) throw bad(file, `leaves a gap of ${info.start - at} bytes before it`, foreign, tensor);
    at = info.end;
    before = tensor;
  }
  if (at !== fileSize) throw bad(file, `has ${fileSize - at} bytes after its last tensor`, foreign);
}

/** The first key that an object of the header has twice. */
function repeatedKey(json: Uint8Array): string | undefined {
  const scopes: Set<string>[] = [];
  let text = '';
  for (let i = 0; i < json.length; i++) {
    const c = json[i]!;
    if (c === 0x7b) scopes.push(new Set());
    else if (c === 0x7d) scopes.pop();
    else if (c === quote) {
      const end = stringEnd(json, i);
      text = JSON.parse(Buffer.from(json.subarray(i, end + 1)).toString());
      i = end;
    } else if (c === 0x3a) {
      // A colon makes the string before it a key.
      if (scopes.at(-1)?.has(text)) return text;
      scopes.at(-1)?.add(text);
    }
  }
  return undefined;
}

const quote = 0x22;

/** Index of the quote that ends the string opened at `open`, or the length where none does. */
function stringEnd(json: Uint8Array, open: number): number {
  for (let i = open + 1; i < json.length; i++) {
    if (json[i] === 0x5c) i++;
    else if (json[i] === quote) return i;
  }
  return json.length;
}

const truncated = 'The file is incomplete: download or copy it again.';
const foreign = 'The file is damaged or not a safetensors file: download it again, or save the model again.';

function bad(file: string, problem: string, hint: string, tensor?: string, cause?: unknown): RankwiseError {
  const subject = tensor === undefined ? file : `${file}: tensor ${name(tensor)}`;
  return new RankwiseError('bad-safetensors', `${subject} ${problem}`, {
    hint,
    file,
    ...(tensor !== undefined && { field: brief(tensor) }),
    ...(cause !== undefined && { cause }),
  });
}

const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((d) => Number.isSafeInteger(d) && d >= 0 && !Object.is(d, -0));

/** Names come from the file: quoted, with control characters escaped, and never long. */
const name = (value: unknown): string => (typeof value === 'string' ? JSON.stringify(brief(value)) : typeof value);
const brief = (value: string | number[]): string => {
  const text = typeof value === 'string' ? value : value.slice(0, 40).join(', ');
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
};
