/** One column of one row group, page by page: at most a page and a dictionary are in memory. */
import type { ColumnChunk, Compressors, DecodedArray, PageHeader, SchemaTree } from 'hyparquet';
import { RankwiseError } from '../base/errors.ts';
import type { RandomAccess } from './disk.ts';
import { badParquet, decoded, encrypted } from './parquet-footer.ts';
import { codecsOf, type ParquetLibrary } from './parquet-library.ts';
import { checkRuns, type Levels, unpackPage } from './parquet-runs.ts';
import { ThriftWalk, thrift, Unfinished } from './thrift.ts';

/** Writers make pages of a megabyte, or of what one batch of values takes. */
const maxPage = 1 << 30;
/** Values of a page: even of one that repeats a single value. */
const maxValues = 1 << 26;
/** Read for a page's header, which the page often follows. */
const window = 1 << 16;
/** A header holds the smallest and the largest value. */
const maxHeader = 1 << 24;

const codecs = ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'BROTLI', 'ZSTD', 'LZ4', 'LZ4_RAW'];

interface NextPage {
  header: PageHeader;
  /** Where its bytes start. */
  start: number;
}

export class ColumnPages {
  readonly path: string[];
  private readonly library: ParquetLibrary;
  private readonly access: RandomAccess;
  /** "row group 3, column text", for messages. */
  private readonly name: string;
  private readonly decoder: Parameters<ParquetLibrary['readPage']>[2];
  private readonly codec: string;
  private readonly codecs: Compressors;
  private readonly levels: Levels;
  private readonly flat: boolean;
  private readonly end: number;
  private position: number;
  private left: number;
  private buffered = { start: 0, bytes: new Uint8Array() };
  private dictionary: DecodedArray | undefined;
  /** Rows that are decoded; of a column with lists, the last one may go on in the next page. */
  private rows: DecodedArray = [];
  private taken = 0;

  /** `group` counts from 1. Throws `bad-parquet`, `unsupported-codec`. */
  constructor(library: ParquetLibrary, access: RandomAccess, schema: SchemaTree, group: number, chunk: ColumnChunk) {
    const { file, size } = access;
    const meta = chunk.meta_data;
    if (chunk.crypto_metadata || chunk.encrypted_column_metadata || !meta) throw encrypted(file);
    this.library = library;
    this.access = access;
    this.path = meta.path_in_schema;
    this.name = `row group ${group}, column ${this.path.filter((part) => part !== 'list' && part !== 'element').join('.')}`;
    if (chunk.file_path) throw badParquet(file, `${this.name}: its values are in another file (${chunk.file_path})`);
    if (!codecs.includes(meta.codec)) throw unknownCodec(file, this.name, meta.codec);
    const schemaPath = library.getTreePath(schema, this.path);
    this.flat = library.isFlatColumn(schemaPath);
    this.position = Number(meta.dictionary_page_offset || meta.data_page_offset);
    this.end = this.position + Number(meta.total_compressed_size);
    this.left = Number(meta.num_values);
    if (this.position < 4 || !(this.end >= this.position) || this.end > size)
      throw badParquet(file, `${this.name} lies outside the file, which is cut off or damaged`);
    this.codec = meta.codec;
    this.codecs = codecsOf(library);
    this.levels = {
      maxRepetition: library.getMaxRepetitionLevel(schemaPath),
      maxDefinition: library.getMaxDefinitionLevel(schemaPath),
    };
    this.decoder = {
      pathInSchema: this.path,
      element: schemaPath.at(-1)!.element,
      schemaPath,
      type: meta.type,
      codec: 'UNCOMPRESSED',
      parsers: { ...library.DEFAULT_PARSERS, stringFromBytes: (bytes: Uint8Array) => bytes && this.decodeText(bytes) },
      // Bytes are text only where the file says so: others are images.
      utf8: false,
    };
  }

  /** Rows that are there to be taken; reads on where there are none. 0 at the end of the column. */
  async available(): Promise<number> {
    while (this.whole() === 0 && this.left > 0) await this.readPage();
    return this.whole();
  }

  /** The next rows, at most those `available`. */
  take(count: number): unknown[] {
    const from = this.taken;
    this.taken += count;
    return Array.from(this.rows.slice(from, this.taken));
  }

  /** Bytes in memory that the next rows take, without reading them; 0 where rows are left of the page before. */
  async cost(): Promise<number> {
    if (this.whole() > 0 || this.left <= 0) return 0;
    const { position } = this;
    let cost = 0;
    for (;;) {
      const { header, start } = await this.nextPage();
      cost += Math.max(header.uncompressed_page_size, header.compressed_page_size);
      if (header.type !== 'DICTIONARY_PAGE') break;
      this.position = start + header.compressed_page_size;
    }
    this.position = position;
    return cost;
  }

  private whole(): number {
    const open = this.flat || this.left <= 0 ? 0 : 1;
    return Math.max(0, this.rows.length - this.taken - open);
  }

  private async readPage(): Promise<void> {
    const { header, start } = await this.nextPage();
    const bytes = await this.bytes(start, header.compressed_page_size);
    if (bytes.length < header.compressed_page_size) throw this.damaged('a page is cut off');
    this.position = start + header.compressed_page_size;
    const open = this.flat ? [] : Array.from(this.rows.slice(this.taken));
    try {
      const plain = unpackPage(bytes, header, this.codec, this.codecs);
      checkRuns(plain.bytes, header, this.levels);
      const { buffer, byteOffset, byteLength } = plain.bytes;
      const { data } = this.library.readPage(
        { view: new DataView(buffer, byteOffset, byteLength), offset: 0 },
        plain.header,
        this.decoder,
        this.dictionary,
        this.flat ? undefined : open,
        0,
      );
      if (header.type === 'DICTIONARY_PAGE') {
        this.dictionary = data && this.library.convert(data, this.decoder);
        return;
      }
      this.left -= (header.data_page_header ?? header.data_page_header_v2)!.num_values;
      // A page without values leaves the row that is open as it is.
      this.rows = data && (this.flat || data.length > 0) ? data : open;
      this.taken = 0;
    } catch (cause) {
      if (cause instanceof RankwiseError) throw cause;
      throw this.damaged(`a page cannot be decoded (${(cause as Error).message})`, cause);
    }
  }

  private async nextPage(): Promise<NextPage> {
    for (let size = window; ; size *= 16) {
      const bytes = await this.bytes(this.position, size);
      const walk = new ThriftWalk(bytes);
      try {
        walk.skip(thrift.struct);
      } catch (cause) {
        if (cause instanceof Unfinished && size < maxHeader && bytes.length >= size) continue;
        throw this.damaged(`a page's header cannot be read (${(cause as Error).message})`, cause);
      }
      const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
      const header = decoded(this.access.file, `${this.name}: a page's header is damaged`, () =>
        this.library.parquetHeader(reader),
      );
      const start = this.position + walk.at;
      this.check(header, start);
      return { header, start };
    }
  }

  private check(header: PageHeader, start: number): void {
    const { compressed_page_size: packed, uncompressed_page_size: unpacked, type } = header;
    if (!(packed >= 0) || start + packed > this.end) throw this.damaged('a page reaches beyond its column');
    if (!(unpacked >= 0)) throw this.damaged('a page has no size');
    if (unpacked > maxPage)
      throw new RankwiseError('bad-parquet', `${this.access.file}: ${this.name}: a page of ${unpacked} bytes.`, {
        file: this.access.file,
        hint: 'Write the file with smaller pages or row groups, e.g. row_group_size=1000 of pyarrow.parquet.write_table.',
      });
    const values = header.data_page_header ?? header.data_page_header_v2 ?? header.dictionary_page_header;
    if (!values) throw this.damaged(`a page of the unknown type ${type}`);
    const most = header.dictionary_page_header ? maxValues : Math.min(maxValues, this.left);
    if (!(values.num_values >= 0 && values.num_values <= most))
      throw this.damaged(`a page of ${values.num_values} values`);
  }

  /** Bytes of the column, fewer where it ends. */
  private async bytes(start: number, length: number): Promise<Uint8Array> {
    const end = Math.min(start + length, this.end);
    const { buffered } = this;
    if (start < buffered.start || end > buffered.start + buffered.bytes.length)
      this.buffered = { start, bytes: await this.access.read(start, end - start) };
    return this.buffered.bytes.subarray(start - this.buffered.start, end - this.buffered.start);
  }

  private decodeText(bytes: Uint8Array): string {
    try {
      return strict.decode(bytes);
    } catch {
      throw new RankwiseError('bad-encoding', `${this.access.file}: ${this.name}: a text is not valid UTF-8.`, {
        file: this.access.file,
        hint: 'Write the column again as UTF-8, or as binary if it is no text.',
      });
    }
  }

  private damaged(what: string, cause?: unknown): RankwiseError {
    return badParquet(this.access.file, `${this.name}: ${what}`, cause);
  }
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const unknownCodec = (file: string, name: string, codec: string | undefined) =>
  new RankwiseError(
    'unsupported-codec',
    `${file}: ${name}: compressed in a way that is not known${codec === undefined ? '' : ` (${codec})`}.`,
    {
      file,
      hint: `Known are ${codecs.join(', ')}. In Python: pyarrow.parquet.write_table(pyarrow.parquet.read_table(FILE), FILE, compression="zstd")`,
    },
  );
