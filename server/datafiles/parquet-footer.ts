/**
 * The footer of a Parquet file. It lists every column of every row group: megabytes for a large file, of which the head needs the first
 * entry and a reader one after the other. So the footer is walked over once, and a group's entry is decoded when the group is read.
 */
import type { FileMetaData, RowGroup, SchemaTree } from 'hyparquet';
import { RankwiseError } from '../base/errors.ts';
import type { RandomAccess } from './disk.ts';
import { type ParquetLibrary, parquetLibrary } from './parquet-library.ts';
import { ThriftWalk, thrift } from './thrift.ts';

/** A million column chunks take about this. */
const maxFooter = 1 << 28;
const tail = 8;

export class ParquetFooter {
  /** Schema and metadata of the whole file, without row groups. */
  readonly whole: FileMetaData;
  readonly schema: SchemaTree;
  readonly groups: number;
  private readonly library: ParquetLibrary;
  private readonly file: string;
  private readonly bytes: Uint8Array;
  /** Where each row group starts, and where the last one ends. */
  private readonly starts: number[];
  /** Where the list of row groups starts. */
  private readonly list: number;

  private constructor(library: ParquetLibrary, file: string, bytes: Uint8Array) {
    this.library = library;
    this.file = file;
    this.bytes = bytes;
    [this.list, this.starts] = rowGroups(bytes);
    this.groups = this.starts.length - 1;
    this.whole = this.decode([0x0c], bytes.subarray(this.starts.at(-1)));
    this.schema = library.parquetSchema(this.whole);
  }

  /** Throws `bad-parquet` for what is no Parquet file, a part of one, an encrypted one, or one whose footer is damaged. */
  static async read(access: RandomAccess): Promise<ParquetFooter> {
    const { file, size } = access;
    const end = await access.read(Math.max(0, size - tail), tail);
    const start = await access.read(0, 4);
    const magic = size < tail + 4 ? '' : text(end.subarray(4));
    if (magic === 'PARE') throw encrypted(file);
    if (magic !== 'PAR1')
      throw badParquet(
        file,
        text(start) === 'PAR1' ? 'the file is cut off: its footer is missing' : 'this is no Parquet file',
      );
    const length = new DataView(end.buffer).getUint32(0, true);
    if (length > size - tail - 4 || length > maxFooter)
      throw badParquet(file, `a footer of ${length} bytes in a file of ${size}`);
    const bytes = await access.read(size - tail - length, length);
    const library = await parquetLibrary();
    return decoded(file, 'the footer is damaged', () => new ParquetFooter(library, file, bytes));
  }

  /** Entry of the row group, from 0. */
  group(index: number): RowGroup {
    const entry = this.bytes.subarray(this.starts[index], this.starts[index + 1]);
    return decoded(this.file, `row group ${index + 1} is damaged in the footer`, () => {
      const group = this.decode([0x1c], entry, [thrift.stop]).row_groups[0]!;
      return { ...group, num_rows: BigInt(group.num_rows) };
    });
  }

  /** A footer with another list of row groups, by its header and what follows it. */
  private decode(header: number[], rest: Uint8Array, end: number[] = []): FileMetaData {
    const before = this.bytes.subarray(0, this.list);
    const length = before.length + header.length + rest.length + end.length;
    const footer = new Uint8Array(length + tail);
    footer.set(before);
    footer.set(header, before.length);
    footer.set(rest, before.length + header.length);
    footer.set(end, length - end.length);
    new DataView(footer.buffer).setUint32(length, length, true);
    footer.set([0x50, 0x41, 0x52, 0x31], length + 4);
    const { DEFAULT_PARSERS, parquetMetadata } = this.library;
    // Statistics of binary columns are no text.
    const parsers = { ...DEFAULT_PARSERS, stringFromBytes: () => undefined };
    return parquetMetadata(footer, { parsers, geoparquet: false });
  }
}

/** Field of FileMetaData. */
const rowGroupsField = 4;

function rowGroups(bytes: Uint8Array): [list: number, starts: number[]] {
  const walk = new ThriftWalk(bytes);
  let list = 0;
  const starts: number[] = [];
  for (let id = 0; ; ) {
    const field = walk.field(id);
    if (!field) break;
    id = field.id;
    if (id !== rowGroupsField) walk.skip(field.type);
    else {
      list = walk.at;
      const { size, type } = walk.list();
      if (type !== thrift.struct && size > 0) throw new Error('row groups of another kind');
      for (let i = 0; i < size; i++) {
        starts.push(walk.at);
        walk.skip(type);
      }
      starts.push(walk.at);
    }
  }
  if (list === 0) throw new Error('it lists no row groups');
  return [list, starts];
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** What `work` makes of bytes; whatever it throws is a fault of the file. */
export function decoded<T>(file: string, what: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof RankwiseError) throw cause;
    throw badParquet(file, `${what} (${(cause as Error).message})`, cause);
  }
}

export const badParquet = (file: string, what: string, cause?: unknown): RankwiseError =>
  new RankwiseError('bad-parquet', `${file}: ${what}.`, { file, hint: 'Write or download the file again.', cause });

export const encrypted = (file: string): RankwiseError =>
  new RankwiseError('bad-parquet', `${file}: the file is encrypted.`, {
    file,
    hint: 'Decrypt it first: read it with its key, e.g. in pyarrow, and write it again without.',
  });
