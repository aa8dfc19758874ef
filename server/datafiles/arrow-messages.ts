/**
 * Messages of an Arrow file in order: schema, dictionaries, record batches. The file format is the streaming format with a magic word
 * before and a footer behind it, so one way reads both: arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc
 */
import { RankwiseError } from '../base/errors.ts';
import type { RandomAccess } from './disk.ts';

export type MessageKind = 'schema' | 'dictionary' | 'batch';

export interface Message {
  kind: MessageKind;
  /** Its place in the file, for messages: "record batch 3". */
  name: string;
  /** Of all of it: prefix, metadata, body. */
  size: number;
  /** Rows of a batch. */
  rows: number;
  /** The whole message; starts an ArrayBuffer, so that views into its body are aligned. */
  read(): Promise<Uint8Array<ArrayBuffer>>;
}

/** Writers make batches of a thousand rows, or of some megabytes. */
const maxMessage = 2 ** 30;
/** Metadata grows with the number of columns. */
const maxMetadata = 2 ** 26;

const magic = 'ARROW1';
const kinds: Record<number, MessageKind> = { 1: 'schema', 2: 'dictionary', 3: 'batch' };

/** Throws `bad-arrow`. */
export async function* arrowMessages(access: RandomAccess): AsyncGenerator<Message> {
  const { file, size } = access;
  const start = Buffer.from(await access.read(0, 8)).toString('latin1');
  let position = start.startsWith(magic) ? 8 : 0;
  let batches = 0;
  for (let first = true; ; first = false) {
    const prefix = await access.read(position, 8);
    // The stream may end without its mark, at the end of the file.
    if (prefix.length === 0 && !first) return;
    const word = new DataView(prefix.buffer, 0, prefix.length);
    if (prefix.length < 8) throw badArrow(file, first ? 'this is no Arrow file' : 'the file is cut off');
    const modern = word.getInt32(0, true) === -1;
    const length = word.getInt32(modern ? 4 : 0, true);
    if (length === 0 && !first) return;
    const head = modern ? 8 : 4;
    if (length <= 0 || length > maxMetadata)
      throw badArrow(file, first ? 'this is no Arrow file' : `a message of ${length} bytes`);
    const metadata = await access.read(position + head, length);
    if (metadata.length < length) throw badArrow(file, 'the file is cut off');
    const { kind, body, rows } = parse(file, metadata);
    const name = kind === 'batch' ? `record batch ${++batches}` : kind;
    const total = head + length + body;
    if (position + total > size) throw badArrow(file, `${name}: the file is cut off`);
    if (total > maxMessage)
      throw new RankwiseError(
        'bad-arrow',
        `${file}: ${name} has ${total} bytes; a gibibyte is the most that is read at once.`,
        {
          file,
          hint: 'Write it in smaller batches, e.g. max_chunksize=1000 of pyarrow.ipc.RecordBatchStreamWriter.write_table.',
        },
      );
    const at = position;
    yield { kind, name, size: total, rows, read: () => access.read(at, total) };
    position += total;
  }
}

/** Kind, size of the body and rows, from the flatbuffer `Message`. */
function parse(file: string, metadata: Uint8Array<ArrayBuffer>): { kind: MessageKind; body: number; rows: number } {
  try {
    const view = new DataView(metadata.buffer);
    const message = table(view, view.getUint32(0, true));
    const type = message(6);
    const kind = kinds[type === undefined ? 0 : view.getUint8(type)];
    const header = message(8);
    const body = message(10);
    if (!kind || header === undefined) throw new RangeError('a message of an unknown kind');
    const bytes = body === undefined ? 0 : Number(view.getBigInt64(body, true));
    const rows = kind === 'batch' ? table(view, header + view.getUint32(header, true))(4) : undefined;
    const count = rows === undefined ? 0 : Number(view.getBigInt64(rows, true));
    if (!(bytes >= 0) || !(count >= 0)) throw new RangeError('a size below zero');
    checkVectors(view, header + view.getUint32(header, true), type === undefined ? 0 : view.getUint8(type), 0);
    return { kind, body: bytes, rows: count };
  } catch (cause) {
    throw badArrow(file, `a message is damaged (${(cause as Error).message})`, cause);
  }
}

/** Fields of the flatbuffer tables that hold vectors, and the size of an element where it is no table. */
const vectors: Record<number, { field: number; stride?: number }[]> = {
  // Schema: fields, metadata.
  1: [{ field: 6 }, { field: 8, stride: 4 }],
  // RecordBatch: nodes, buffers, counts of buffers.
  3: [
    { field: 6, stride: 16 },
    { field: 8, stride: 16 },
    { field: 12, stride: 8 },
  ],
};
/** Field: children, metadata. */
const ofField = [{ field: 14 }, { field: 16, stride: 4 }];
const maxDepth = 64;

/** Throws RangeErrors for vectors that are longer than the message: they would be made before they are read. */
function checkVectors(view: DataView, at: number, type: number, depth: number): void {
  const fields = depth > 0 ? ofField : vectors[type === 2 ? 3 : type];
  const found = table(view, type === 2 ? tableIn(view, at, 6) : at);
  if (depth > maxDepth) throw new RangeError('fields are nested too deeply');
  for (const { field, stride } of fields ?? []) {
    const place = found(field);
    if (place === undefined) continue;
    const start = place + view.getUint32(place, true);
    const count = view.getUint32(start, true);
    if (count * (stride ?? 4) > view.byteLength - start - 4) throw new RangeError(`a vector of ${count} elements`);
    for (let i = 0; i < count && stride === undefined; i++) {
      const element = start + 4 + i * 4;
      checkVectors(view, element + view.getUint32(element, true), type, depth + 1);
    }
  }
}

/** The table that a field of another one refers to: a dictionary batch holds a record batch. */
function tableIn(view: DataView, at: number, field: number): number {
  const place = table(view, at)(field);
  if (place === undefined) throw new RangeError('a dictionary without values');
  return place + view.getUint32(place, true);
}

/** Places of the fields of a flatbuffer table, by their offsets in its vtable; throws RangeErrors. */
function table(view: DataView, at: number): (field: number) => number | undefined {
  const vtable = at - view.getInt32(at, true);
  const size = view.getUint16(vtable, true);
  return (field) => {
    const offset = field < size ? view.getUint16(vtable + field, true) : 0;
    return offset === 0 ? undefined : at + offset;
  };
}

export const badArrow = (file: string, what: string, cause?: unknown): RankwiseError =>
  new RankwiseError('bad-arrow', `${file}: ${what}.`, { file, hint: 'Write or download the file again.', cause });
