/** Folders, splits and data sets of the Hugging Face caches as data paths. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readRows } from '../../../server/datafiles/formats.ts';
import { findFiles } from '../../../server/datafiles/globs.ts';
import { resolveData } from '../../../server/datafiles/named.ts';

const fixtures = path.join(import.meta.dirname, '../../fixtures/data');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'rankwise-named-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(...names: string[]): void {
  for (const name of names) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), name.endsWith('refs/main') ? 'abc\n' : '{"text": "a"}\n');
  }
}

/** Paths from the test's folder. */
async function found(spec: string, role: 'train' | 'validation' = 'train'): Promise<string[]> {
  const env = { HF_HOME: path.join(folder, 'cache') };
  const files = await findFiles(await resolveData(spec, { folder, role, env }));
  return files.map((file) => path.relative(folder, file).replaceAll(path.sep, '/'));
}

async function texts(files: string[]): Promise<unknown[]> {
  const rows: unknown[] = [];
  for (const file of files) for await (const { values } of readRows(file)) rows.push(values);
  return rows;
}

test('a saved data set: all its shards; a saved dictionary: the split of the role, or the one that is named', async () => {
  const saved = JSON.parse(readFileSync(path.join(fixtures, 'saved.json'), 'utf8'));
  const read = async (spec: string, role: 'train' | 'validation' = 'train') =>
    texts(await findFiles(await resolveData(spec, { folder: fixtures, role, env: {} })));
  expect(await read('saved')).toEqual(saved.saved);
  expect(await read('saved', 'validation')).toEqual(saved.saved);
  expect(await read('saved-dict')).toEqual(saved.train);
  expect(await read('saved-dict', 'validation')).toEqual(saved.validation);
  expect(await read('saved-dict:test')).toEqual(saved.test);
  expect(await texts(await findFiles(path.join(fixtures, 'saved-dict:test')))).toEqual(saved.test);
  await expect(read('saved-dict:tset')).rejects.toMatchObject({
    code: 'split-missing',
    hint: 'Name one of them: saved-dict:test',
  });
});

test('a folder: its data files and nothing else; by split where names say so', async () => {
  write('plain/b.jsonl', 'plain/a.jsonl', 'plain/README.md', 'plain/.hidden.jsonl', 'plain/dataset_info.json');
  expect(await found('plain')).toEqual(['plain/a.jsonl', 'plain/b.jsonl']);
  expect(await found('plain', 'validation')).toEqual(['plain/a.jsonl', 'plain/b.jsonl']);
  write('split/train-00000-of-00002.parquet', 'split/train-00001-of-00002-0a1b.parquet', 'split/my_dev.parquet');
  write('split/train_sft-00000-of-00001.parquet');
  expect(await found('split')).toHaveLength(2);
  expect(await found('split', 'validation')).toEqual(['split/my_dev.parquet']);
  expect(await found('split:train_sft')).toEqual(['split/train_sft-00000-of-00001.parquet']);
  write('deep/train/x.csv.gz', 'deep/test/x.csv.gz');
  expect(await found('deep')).toEqual(['deep/train/x.csv.gz']);
  await expect(found('deep', 'validation')).rejects.toMatchObject({
    code: 'split-missing',
    message: 'deep: no split "validation"; there are: test, train.',
  });
  write('two/a/train.csv', 'two/b/train.csv');
  await expect(found('two')).rejects.toMatchObject({ code: 'subset-missing', hint: expect.stringContaining('two/a;') });
  mkdirSync(path.join(folder, 'none'));
  await expect(found('none')).rejects.toMatchObject({ code: 'data-missing' });
});

test('a hub id: its snapshot of main, a subset as a folder, and a split', async () => {
  const glue = 'cache/hub/datasets--nyu-mll--glue';
  write(`${glue}/refs/main`, `${glue}/snapshots/old/sst2/train-00000-of-00001.parquet`);
  const now = `${glue}/snapshots/abc`;
  write(`${now}/sst2/train-00000-of-00001.parquet`, `${now}/sst2/validation-00000-of-00001.parquet`);
  write(`${now}/cola/train-00000-of-00001.parquet`, `${now}/README.md`);
  expect(await found('nyu-mll/glue/sst2')).toEqual([`${now}/sst2/train-00000-of-00001.parquet`]);
  expect(await found('nyu-mll/glue/sst2', 'validation')).toEqual([`${now}/sst2/validation-00000-of-00001.parquet`]);
  expect(await found('nyu-mll/glue/sst2:validation')).toEqual([`${now}/sst2/validation-00000-of-00001.parquet`]);
  await expect(found('nyu-mll/glue')).rejects.toMatchObject({
    code: 'subset-missing',
    message: 'nyu-mll/glue: the data of train lies in several folders: cola, sst2.',
  });
  write('cache/hub/datasets--squad/refs/main', 'cache/hub/datasets--squad/snapshots/abc/data/all.jsonl');
  expect(await found('squad')).toEqual(['cache/hub/datasets--squad/snapshots/abc/data/all.jsonl']);
  await expect(found('squad', 'validation')).rejects.toMatchObject({ code: 'split-missing' });
  write('squad/mine.jsonl');
  expect(await found('squad')).toEqual(['squad/mine.jsonl']);
});

test('the cache of datasets: its names, the newest version, no files that map has left', async () => {
  const made = 'cache/datasets/meta-math___meta_math_qa/default/0.0.0/hash';
  write(`${made}/meta_math_qa-train-00000-of-00002.arrow`, `${made}/meta_math_qa-train-00001-of-00002.arrow`);
  write(`${made}/meta_math_qa-test.arrow`, `${made}/cache-0123456789abcdef.arrow`, `${made}/dataset_info.json`);
  expect(await found('meta-math/MetaMathQA')).toEqual([
    `${made}/meta_math_qa-train-00000-of-00002.arrow`,
    `${made}/meta_math_qa-train-00001-of-00002.arrow`,
  ]);
  expect(await found('meta-math/MetaMathQA:test')).toEqual([`${made}/meta_math_qa-test.arrow`]);
});

test('what is nowhere: where was looked, and how to get it', async () => {
  const error = { code: 'data-missing', hint: expect.stringContaining('hf download --repo-type dataset org/name') };
  await expect(found('org/name:train')).rejects.toMatchObject(error);
  await expect(found('train.jsonl')).rejects.toMatchObject({ code: 'data-missing' });
  await expect(found('../../org/x/y')).rejects.toMatchObject({ code: 'data-missing' });
});
