import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { formatOf, readRows } from '../../../server/datafiles/formats.ts';
import { findFiles, matches } from '../../../server/datafiles/globs.ts';
import { readHead } from '../../../server/datafiles/head.ts';
import type { Row } from '../../../server/datafiles/types.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'rankwise-datafiles-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Uint8Array): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

async function all(file: string): Promise<[number, Row['values']][]> {
  const rows: [number, Row['values']][] = [];
  for await (const { line, values } of readRows(file)) rows.push([line, values]);
  return rows;
}

test('jsonl: byte order mark, CRLF, blank lines and a last line without an end', async () => {
  const file = write('a.jsonl', '\uFEFF{"text":"é"}\r\n\r\n{"text":"b","label":1}');
  expect(await all(file)).toEqual([
    [1, { text: 'é' }],
    [3, { text: 'b', label: 1 }],
  ]);
});

test('csv: quotes, line breaks within quotes, line numbers of the starts', async () => {
  const file = write('a.csv', '\uFEFFtext,label\r\n"one, ""two""",0\r\n"three\nfour",1\r\n\r\nfive,2');
  expect(await all(file)).toEqual([
    [2, { text: 'one, "two"', label: '0' }],
    [3, { text: 'three\nfour', label: '1' }],
    [6, { text: 'five', label: '2' }],
  ]);
});

test('tsv knows no quotes', async () => {
  const file = write('a.tsv', 'text\tlabel\n"stray\t0\n');
  expect(await all(file)).toEqual([[2, { text: '"stray', label: '0' }]]);
});

test('txt: one row per line that is not blank', async () => {
  expect(await all(write('a.txt', 'one\n\ntwo\n'))).toEqual([
    [1, { text: 'one' }],
    [3, { text: 'two' }],
  ]);
});

test('gzip: the text within, its lines, and what is none', async () => {
  const file = write('a.jsonl.gz', gzipSync('{"text":"é"}\n\n{"text":"b"}\n'));
  expect(formatOf(file)).toBe('jsonl');
  expect(await all(file)).toEqual([
    [1, { text: 'é' }],
    [3, { text: 'b' }],
  ]);
  await expect(all(write('b.csv.gz', 'text\na\n'))).rejects.toMatchObject({ code: 'data-unreadable' });
  const bomb = write('large.txt.gz', gzipSync('x\n'.repeat(5_000_000)));
  expect((await readHead(bomb, { rows: 3 })).rows).toHaveLength(3);
});

test.each([
  ['an array', '[{"a": "]}\\"["}, {"a": [1, {"b": 2}]}\n]\n'],
  [
    'an object with data',
    '{"version": "1", "about": {"data": [{}]}, "data": [{"a": "]}\\"["}, {"a": [1, {"b": 2}]}], "end": 1}',
  ],
  ['objects one after the other', '{"a": "]}\\"["}\n{"a": [1, {"b": 2}]}\n'],
])('json: %s, rows by their number', async (name, text) => {
  const rows = [
    [1, { a: ']}"[' }],
    [2, { a: [1, { b: 2 }] }],
  ];
  expect(await all(write(`${name}.json`, text))).toEqual(rows);
});

test('json in pieces: a text of any length, and a head that ends within a row', async () => {
  const rows = Array.from({ length: 3000 }, (_, i) => ({ text: `"ä\\ ${i} `.repeat(20), data: [{ i }] }));
  const file = write('long.json', JSON.stringify(rows));
  expect((await all(file)).map(([, values]) => values)).toEqual(rows);
  expect((await readHead(file, { rows: 2000 })).problems).toEqual([]);
  expect(await all(write('data-list.json', '{"data": [1, 2]}\n{"data": [3]}'))).toHaveLength(2);
});

test.each([
  ['[{"a": 1}, 2]', 2],
  ['[{"a": 1}, {"a": ]', 2],
  ['[{"a": 1}, {"a": x}]', 2],
  ['[{"a": 1}', 2],
  ['"text"', 1],
])('json: %s fails with its row', async (text, row) => {
  const file = write('bad.json', text);
  await expect(all(file)).rejects.toMatchObject({
    code: 'bad-json-line',
    message: expect.stringContaining(`bad.json: row ${row}:`),
  });
});

test('text beyond one read stays whole, with its line numbers', async () => {
  const lines = Array.from({ length: 30_000 }, (_, i) => JSON.stringify({ text: `ä${i}` }));
  const rows = await all(write('long.jsonl', lines.join('\n')));
  expect(rows).toHaveLength(30_000);
  expect(rows[29_999]).toEqual([30_000, { text: 'ä29999' }]);
});

test.each([
  ['broken.jsonl', '{"a":1}\n{"a":\n', 'bad-json-line', 2],
  ['list.jsonl', '{"a":1}\n\n[1]\n', 'bad-json-line', 3],
  ['nul.jsonl', '{"a":1}\n{"a":"\0"}\n', 'nul-byte', 2],
  ['latin.txt', Buffer.from('eins\nzw\xe4i\n', 'latin1'), 'bad-encoding', 2],
  ['fields.csv', 'a,b\n1,2\n1,2,3\n', 'bad-csv-row', 3],
  ['quote.csv', 'a,b\n1,2\n"1,2\n', 'bad-csv-row', 3],
  ['twice.csv', 'a,a\n1,2\n', 'bad-csv-header', 1],
] as const)('%s fails with its line', async (name, content, code, line) => {
  const file = write(name, content);
  await expect(all(file)).rejects.toMatchObject({ code, file, message: expect.stringContaining(`${file}:${line}:`) });
});

test('a file that is not there, an unknown extension, what is compressed in another way', async () => {
  await expect(all(path.join(folder, 'absent.jsonl'))).rejects.toMatchObject({ code: 'data-missing' });
  expect(() => formatOf('x.jsonl.zst')).toThrowError(expect.objectContaining({ hint: expect.stringContaining('.gz') }));
  expect(() => formatOf('x.docx')).toThrowError(expect.objectContaining({ code: 'unknown-format' }));
});

test('globs: stars within a folder, double stars across folders, each file once, sorted', async () => {
  const [b, a, deep] = [write('g/b.jsonl', ''), write('g/a.jsonl', ''), write('g/x/y/c.jsonl', '')];
  write('g/.hidden.jsonl', '');
  write('g/a.csv', '');
  const g = path.join(folder, 'g');
  expect(await findFiles(`${g}/*.jsonl`)).toEqual([a, b]);
  expect(await findFiles([`${g}/**/*.jsonl`, a])).toEqual([a, b, deep]);
  expect(await findFiles(`${g}/?.csv`)).toEqual([path.join(g, 'a.csv')]);
  const star = write('g/odd*.jsonl', '');
  expect(await findFiles(star)).toEqual([star]);
  await expect(findFiles(`${g}/*.txt`)).rejects.toMatchObject({ code: 'data-missing' });
});

test('star matching takes no exponential time', () => {
  expect(matches('a'.repeat(5000), `${'*a'.repeat(2000)}b`)).toBe(false);
  expect(matches('part-01.csv', 'part-*.c?v')).toBe(true);
});

test('a head reads rows and columns, and reports faults beside them', async () => {
  const good = write('h/1.jsonl', '{"a":1}\n{"b":2}\n{"a":3}\n');
  const head = await readHead(good, { rows: 2 });
  expect(head).toMatchObject({ files: [good], format: 'jsonl', columns: ['a', 'b'], problems: [] });
  expect(head.rows.map((row) => row.line)).toEqual([1, 2]);
  const bad = await readHead([good, write('h/2.jsonl', '{"a":1}\nnonsense\n')]);
  expect(bad.rows).toHaveLength(4);
  expect(bad.problems).toMatchObject([{ code: 'bad-json-line' }]);
  expect((await readHead(write('h/0.csv', 'text,label\n'))).problems).toMatchObject([{ code: 'data-empty' }]);
  expect((await readHead(path.join(folder, 'nowhere'))).problems).toMatchObject([{ code: 'data-missing' }]);
  expect((await readHead([good, write('h/3.txt', 'x')])).problems).toMatchObject([{ code: 'mixed-formats' }]);
});

test.each(['.jsonl', '.csv'])('the head of a large %s file is read within its budget', async (extension) => {
  const row = extension === '.csv' ? `"${'x'.repeat(50_000)}\n"\n` : `{"a":"${'x'.repeat(50_000)}"}\n`;
  const head = await readHead(write(`large${extension}`, (extension === '.csv' ? 'a\n' : '') + row.repeat(100)), {
    rows: 99,
  });
  expect(head.problems).toEqual([]);
  expect(head.rows).toHaveLength(5);
});
