/** Parquet and Arrow files, against what `datasets` reads from them (test/interop/data_files.py). */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { formatOf, readRows } from '../../../server/datafiles/formats.ts';
import { readHead } from '../../../server/datafiles/head.ts';
import { ByteLimit, type ReadOptions, type Row } from '../../../server/datafiles/types.ts';

const fixtures = path.join(import.meta.dirname, '../../fixtures/data');
const fixture = (name: string): string => path.join(fixtures, name);
const everything: Row['values'][] = JSON.parse(readFileSync(fixture('everything.json'), 'utf8'));
const folder = mkdtempSync(path.join(tmpdir(), 'rankwise-tables-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function rowsOf(file: string, options?: ReadOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of readRows(file, options)) rows.push(row);
  return rows;
}

/** As the JSON beside the files has it: bytes in base 16. */
const asJson = (rows: Row[]) =>
  rows.map(({ values }) =>
    JSON.parse(
      JSON.stringify(values, (_, value) =>
        value instanceof Uint8Array ? { hex: Buffer.from(value).toString('hex') } : value,
      ),
    ),
  );

test.each([
  ...['none', 'snappy', 'gzip', 'brotli', 'zstd', 'lz4', 'pages', 'pages-v2'].map((name) => `parquet/${name}.parquet`),
  ...['stream', 'file', 'lz4', 'zstd'].map((name) => `arrow/${name}.arrow`),
])('%s has the rows that datasets reads', async (name) => {
  const rows = await rowsOf(fixture(name));
  expect(asJson(rows)).toEqual(everything);
  expect(rows.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test('encodings other than plain and dictionary', async () => {
  const some = everything.map(({ text, large, label, weight }) => ({ text, large, label, weight }));
  expect(asJson(await rowsOf(fixture('parquet/encodings.parquet')))).toEqual(some);
});

test('only wanted columns are read, and a number beyond 53 bits is a fault only where it is wanted', async () => {
  const file = fixture('parquet/large-numbers.parquet');
  expect((await rowsOf(file, { columns: ['text'] })).map(({ values }) => values)).toEqual([
    { text: 'a' },
    { text: 'b' },
  ]);
  await expect(rowsOf(file)).rejects.toMatchObject({
    code: 'wrong-type',
    message: `${file}: row 2: "id" is 9007199254740993, beyond the integers that are exact here.`,
  });
  expect((await readHead(file)).rows[1]!.values).toEqual({ id: '9007199254740993', text: 'b' });
  expect(asJson(await rowsOf(fixture('arrow/stream.arrow'), { columns: ['score'] }))).toEqual(
    everything.map(({ score }) => ({ score })),
  );
});

test('a head has columns and names of classes from the file itself', async () => {
  const head = await readHead(fixture('parquet/class-label.parquet'));
  expect(head).toMatchObject({ format: 'parquet', columns: ['text', 'label'], unread: [], problems: [] });
  expect(head.labelNames).toEqual({ label: ['bad', 'good'] });
  expect(head.rows.map(({ values }) => values.label)).toEqual([0, 1, 0]);
  expect((await readHead(fixture('saved'))).labelNames).toEqual({ label: ['bad', 'good'] });
  const empty = await readHead(fixture('parquet/empty.parquet'));
  expect(empty).toMatchObject({ columns: ['text'], problems: [{ code: 'data-empty' }] });
  const [image] = (await readHead(fixture('parquet/image.parquet'))).rows;
  expect(image!.values).toMatchObject({ image: { bytes: expect.any(Uint8Array), path: null }, label: 0 });
});

test('a head leaves out columns whose first page is beyond its budget, and says which', async () => {
  const limit = new ByteLimit(400);
  const rows = await rowsOf(fixture('parquet/none.parquet'), { limit });
  expect(limit.reached).toBe(true);
  expect(rows[0]!.values).toHaveProperty('label');
  expect(rows[0]!.values).not.toHaveProperty('image');
  expect(rows.length).toBeLessThanOrEqual(3);
  const small = new ByteLimit(100);
  expect(await rowsOf(fixture('arrow/stream.arrow'), { limit: small })).toEqual([]);
  expect(small.reached).toBe(true);
});

const bytesOf = (name: string): Buffer => readFileSync(fixture(name));
let files = 0;
/** A copy that `change` has changed, or returns something else for. */
function damaged(name: string, change: (bytes: Buffer) => Uint8Array | number): string {
  const file = path.join(folder, `${files++}${path.extname(name)}`);
  const bytes = bytesOf(name);
  const other = change(bytes);
  writeFileSync(file, typeof other === 'number' ? bytes : other);
  return file;
}
/** From a place on, counted from the end where below zero. */
const fill = (value: number, from: number, to: number) => (b: Buffer) =>
  b.fill(value, from < 0 ? b.length + from : from, to < 0 ? b.length + to : to);
const none = 'parquet/none.parquet';
const stream = 'arrow/stream.arrow';

test.each([
  ['a file cut off', none, (b: Buffer) => b.subarray(0, b.length - 100), 'cut off'],
  ['another file', none, () => Buffer.from('nothing of the kind'), 'no Parquet file'],
  ['an empty file', none, () => Buffer.alloc(0), 'no Parquet file'],
  ['an encrypted footer', none, (b: Buffer) => Buffer.concat([b.subarray(0, -4), Buffer.from('PARE')]), 'encrypted'],
  ['a footer larger than the file', none, (b: Buffer) => b.writeUInt32LE(0xfffffff0, b.length - 8), 'a footer of'],
  ['a footer of nothing', none, fill(0, -9000, -8), 'damaged'],
  ['a footer of endless numbers', none, fill(0xff, -3000, -8), 'damaged'],
  ['a damaged page', none, fill(0xff, 4, 60), 'row group 1, column text'],
  ['an Arrow file cut off', stream, (b: Buffer) => b.subarray(0, b.length - 100), 'record batch 3'],
  ['an Arrow file cut in metadata', stream, (b: Buffer) => b.subarray(0, 300), 'cut off'],
  ['no Arrow file', stream, () => Buffer.from('{"text": "nothing of the kind"}'), 'no Arrow file'],
  ['an empty Arrow file', stream, () => Buffer.alloc(0), 'no Arrow file'],
  ['an Arrow schema of noise', stream, fill(0x7f, 12, 40), 'damaged'],
])('%s is told with its place', async (_, name, change, what) => {
  const file = damaged(name, change);
  const code = name === none ? 'bad-parquet' : 'bad-arrow';
  const expected = { code, file, message: expect.stringContaining(what), hint: expect.any(String) };
  await expect(rowsOf(file)).rejects.toMatchObject(expected);
  expect((await readHead(file)).problems).toMatchObject([{ code }]);
});

test('no damaged byte gets past with another error, and none takes the memory of its promises', async () => {
  for (const name of [none, 'parquet/pages-v2.parquet', stream, 'arrow/lz4.arrow']) {
    const { length } = bytesOf(name);
    for (let i = 0; i < 40; i++) {
      const at = Math.floor((i * length) / 40);
      const file = damaged(name, (bytes) => bytes.writeUInt8(bytes[at]! ^ (1 << (i % 8)), at));
      await rowsOf(file).catch((error) => expect(error).toHaveProperty('code'));
      rmSync(file);
    }
  }
});

test('a codec that is not known has the column and a way out', async () => {
  // The codec of the first column stands behind its path, as a zigzag number: 0 is none, 9 is no codec yet.
  const file = damaged(none, (bytes) => {
    const at = bytes.lastIndexOf('text', bytes.indexOf('unsigned', bytes.length - 5500));
    const codec = bytes.indexOf(Buffer.from([0x18 + 1, 0x18, 4, ...Buffer.from('text'), 0x15, 0]));
    expect(at).toBeGreaterThan(0);
    bytes.writeUInt8(18, codec + 8);
    return bytes;
  });
  await expect(rowsOf(file)).rejects.toMatchObject({
    code: 'unsupported-codec',
    message: expect.stringContaining('row group 1, column text'),
    hint: expect.stringContaining('SNAPPY'),
  });
  expect(formatOf(file)).toBe('parquet');
});
