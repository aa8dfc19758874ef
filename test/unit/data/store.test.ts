import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RankwiseError } from '../../../server/base/errors.ts';
import { type EncodeOptions, encodeFiles } from '../../../server/data/encode.ts';
import { type About, type CacheOptions, TokenCache } from '../../../server/data/store/cache.ts';
import { fromWords, toWords } from '../../../server/data/store/record.ts';
import { indexEntry, StoredExamples } from '../../../server/data/store/stored.ts';
import type { Dataset, Example, Examples } from '../../../server/data/types.ts';

const disk = vi.hoisted(() => ({ full: false }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const writeSync = (...given: Parameters<typeof fs.writeSync>) => {
    if (disk.full) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    return fs.writeSync(...given);
  };
  return { ...fs, writeSync };
});

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'rankwise-tokens-'));
});
afterEach(() => {
  disk.full = false;
  rmSync(home, { recursive: true, force: true });
});

const ints = (...values: number[]) => Int32Array.from(values);
const kinds: Record<string, Example> = {
  text: { ids: ints(5, 6, 7), labels: ints(5, 6, 7) },
  completion: { ids: ints(5, 6, 7), labels: ints(-100, -100, 7) },
  turns: { ids: ints(5, 6, 7), labels: ints(-100, 6, -100) },
  masked: { ids: ints(5, 6), mask: ints(0, 1), labels: ints(-100, 6) },
  class: { ids: ints(5, 6), typeIds: ints(0, 1), labels: ints(3) },
  'class of one token': { ids: ints(5), labels: ints(5) },
  number: { ids: ints(5, 6), labels: Float32Array.of(-0.1) },
  target: { ids: ints(5, 6), labels: ints(7, 8, 9) },
  nothing: { ids: ints(5, 6), labels: ints(-100, -100) },
};
const plain = (example: Example | undefined) =>
  JSON.stringify(example, (_, v) => (v instanceof Int32Array ? [...v] : v));
const listed = (examples: Examples) => Array.from({ length: examples.length }, (_, i) => plain(examples.at(i)));

const row = (i: number): Example => {
  const ids = Int32Array.from({ length: 1 + (i % 40) }, (_, k) => i + k);
  return { ids, labels: ids };
};
const about: About = { warnings: [], rows: 3 };
/** Small enough that 300 examples do not stay in memory. */
const onDisk: CacheOptions = { memoryWords: 100 };
const fill =
  (count: number, more = about) =>
  async (add: (example: Example) => void) => {
    for (let i = 0; i < count; i++) add(row(i));
    return more;
  };
const entry = (key: string, file = '') => path.join(home, 'cache', 'tokens', key, file);

describe('a record', () => {
  test.each(Object.entries(kinds))('gives back an example as it was: %s', (_, example) => {
    expect(fromWords(toWords(example))).toEqual(example);
  });

  test('with a changed bit is none', () => {
    const words = toWords(kinds.turns!);
    for (let i = 0; i < words.length; i++)
      expect(fromWords(words.map((w, k) => (k === i ? w ^ 4 : w)))).toBeUndefined();
  });

  test('lies beyond 16 GiB as well', () => {
    const index = ints(...indexEntry(0, 1), ...indexEntry(2 ** 33 + 5, 3), ...indexEntry(2 ** 33 + 7, 3));
    const asked: number[][] = [];
    const read = (from: number, count: number) => {
      asked.push([from, count]);
      return toWords(kinds.text!);
    };
    const whole = { length: index.length, read: (from: number, count: number) => index.subarray(from, from + count) };
    const stored = new StoredExamples(
      whole,
      { length: 2 ** 33 + 12, read },
      undefined,
      () => new RankwiseError('x', 'x'),
    );
    expect([stored.at(1), stored.at(2)].map(plain)).toEqual([plain(kinds.text), plain(kinds.text)]);
    expect(asked).toEqual([
      [2 ** 33 + 5, 2],
      [2 ** 33 + 7, 5],
    ]);
  });
});

describe('kept tokens', () => {
  test.each([
    ['in memory', {}],
    ['on the disk', onDisk],
  ])('%s: are those that were written, in any order, and with all that was known of them', async (_, options) => {
    const known = { warnings: [{ code: 'a', message: 'b' }], rows: 310, labelNames: ['x'] };
    const written = await new TokenCache(home, options).write('k', fill(300, known));
    const again = new TokenCache(home, options).read('k')!;
    for (const kept of [written, again]) {
      expect(kept).toMatchObject({
        ...known,
        tokens: Array.from({ length: 300 }, (_, i) => row(i).ids.length).reduce((a, b) => a + b),
      });
      expect(listed(kept.examples)).toEqual(Array.from({ length: 300 }, (_, i) => plain(row(i))));
      for (const i of [299, 0, 150])
        expect([plain(kept.examples.at(i)), kept.examples.tokensAt(i)]).toEqual([plain(row(i)), row(i).ids.length]);
      expect([kept.examples.at(-1), kept.examples.at(300)]).toEqual([undefined, undefined]);
      kept.close();
    }
    expect(readdirSync(path.join(home, 'cache', 'tokens'))).toEqual(['k']);
  });

  test('give classes their final numbers', async () => {
    const kept = await new TokenCache(home).write('k', async (add) => {
      for (const label of [0, 1, 0]) add({ ids: ints(1, 2), labels: ints(label) });
      return { ...about, labelNames: ['bad', 'good'], classes: [1, 0] };
    });
    expect([0, 1, 2].map((i) => kept.examples.at(i)!.labels[0])).toEqual([1, 0, 1]);
  });

  test('are kept whole or not at all', async () => {
    const broken = new TokenCache(home).write('k', async (add) => {
      add(row(1));
      throw new RankwiseError('bad-json-line', 'no');
    });
    await expect(broken).rejects.toMatchObject({ code: 'bad-json-line' });
    expect(readdirSync(path.join(home, 'cache', 'tokens'))).toEqual([]);
  });

  test.each<[string, (key: string) => void]>([
    ['a shorter file of records', () => truncateSync(entry('k', 'records.bin'), 400)],
    ['a changed index', () => overwrite(entry('k', 'index.bin'), 7)],
    ['a missing description', () => rmSync(entry('k', 'about.json'))],
    ['half a description', () => truncateSync(entry('k', 'about.json'), 20)],
    [
      'the name of another',
      () =>
        writeFileSync(entry('k', 'about.json'), readFileSync(entry('k', 'about.json'), 'utf8').replace('"k"', '"l"')),
    ],
    ['a changed record of small data', () => overwrite(entry('k', 'records.bin'), 60)],
  ])('%s: is found out, told and taken away', async (_, damage) => {
    (await new TokenCache(home).write('k', fill(30))).close();
    damage('k');
    const warnings: string[] = [];
    const cache = new TokenCache(home, { onWarning: ({ code }) => warnings.push(code) });
    expect(cache.read('k')).toBeUndefined();
    expect(warnings).toEqual(['tokens-damaged']);
    expect(listed((await cache.write('k', fill(3))).examples)).toHaveLength(3);
  });

  test('a changed record of large data stops whoever reads it, and is made again next time', async () => {
    const kept = await new TokenCache(home, onDisk).write('k', fill(300));
    overwrite(entry('k', 'records.bin'), 4 * 20);
    expect(() => listed(kept.examples)).toThrow(expect.objectContaining({ code: 'tokens-damaged', kind: 'runtime' }));
    kept.close();
    expect(new TokenCache(home, onDisk).read('k')).toBeUndefined();
  });

  test('two at once write the same and both go on', async () => {
    const both = await Promise.all([1, 2].map(() => new TokenCache(home, onDisk).write('k', fill(300))));
    for (const kept of both) expect(listed(kept.examples)).toHaveLength(300);
    for (const kept of both) kept.close();
    expect(readdirSync(path.join(home, 'cache', 'tokens'))).toEqual(['k']);
  });

  test('what was not used for longest goes beyond the limit; what is read stays readable', async () => {
    const size = (await kilobytes('a')) * 1024;
    const old = new TokenCache(home, onDisk).read('a')!;
    utimesSync(entry('a', 'about.json'), 1000, 1000);
    await kilobytes('b', { limitBytes: 2.5 * size });
    await kilobytes('c', { limitBytes: 2.5 * size });
    expect(readdirSync(path.join(home, 'cache', 'tokens'))).toEqual(['b', 'c']);
    if (process.platform !== 'win32') expect(listed(old.examples)).toHaveLength(300);
    old.close();
    // The data of a run is kept even where it is too large alone.
    await kilobytes('d', { limitBytes: 1 });
    expect(readdirSync(path.join(home, 'cache', 'tokens'))).toEqual(['d']);
  });
});

describe('a folder that cannot be written', () => {
  test('keeps few examples from nothing but the next run, with a warning that names it', async () => {
    writeFileSync(path.join(home, 'cache'), 'in the way');
    const warnings: string[] = [];
    const kept = await new TokenCache(home, {
      onWarning: ({ code, message }) => warnings.push(`${code} ${message}`),
    }).write('k', fill(30));
    expect(listed(kept.examples)).toHaveLength(30);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('tokens-not-kept');
    expect(warnings[0]).toContain(path.join(home, 'cache', 'tokens'));
  });

  test('refuses many', async () => {
    writeFileSync(path.join(home, 'cache'), 'in the way');
    const much = new TokenCache(home, onDisk).write('k', fill(300));
    await expect(much).rejects.toMatchObject({ code: 'cache-not-writable', file: path.join(home, 'cache', 'tokens') });
  });

  test('because its disk is full: many are refused, few stay in memory, nothing is left', async () => {
    disk.full = true;
    const folder = path.join(home, 'cache', 'tokens');
    const error = await new TokenCache(home, onDisk).write('k', fill(300)).catch((thrown) => thrown);
    expect([error.code, error.message]).toEqual(['disk-full', expect.stringContaining(folder)]);
    const warnings: string[] = [];
    const few = await new TokenCache(home, { onWarning: ({ code }) => warnings.push(code) }).write('k', fill(300));
    expect(listed(few.examples)).toEqual(Array.from({ length: 300 }, (_, i) => plain(row(i))));
    expect(warnings).toEqual(['tokens-not-kept']);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('encodeFiles', () => {
  const file = () => path.join(home, 'data.jsonl');
  const rows = (labels: string[]) =>
    writeFileSync(file(), labels.map((labels, i) => JSON.stringify({ input_ids: [i + 1, 2, 3], labels })).join('\n'));
  const options = (more: Partial<EncodeOptions> = {}): EncodeOptions => ({
    task: 'sequence-classification',
    columns: {},
    maxLength: 8,
    vocabSize: 100,
    numLabels: 2,
    tokenizer: () => expect.unreachable(),
    cache: { home, version: '1' },
    ...more,
  });
  const summary = ({ examples, labelNames, cached, rows }: Dataset) => [listed(examples), labelNames, cached, rows];

  test('the second time takes what was kept, the same; other data, settings, tokenizer or program are encoded anew', async () => {
    rows(['good', 'bad', 'good']);
    const folder = path.join(home, 'model');
    const first = await encodeFiles(file(), options({ tokenizerFolder: folder }));
    const again = await encodeFiles(file(), options({ tokenizerFolder: folder }));
    expect(summary(again)).toEqual(summary({ ...first, cached: true }));
    expect([first.cached, again.examples.at(0)!.labels[0], again.labelNames]).toEqual([false, 1, ['bad', 'good']]);
    const cached = async (more: Partial<EncodeOptions>) =>
      (await encodeFiles(file(), options({ tokenizerFolder: folder, ...more }))).cached;
    expect(await cached({ maxLength: 2 })).toBe(false);
    expect(await cached({ labelNames: ['good', 'bad'] })).toBe(false);
    expect(await cached({ cache: { home, version: '2' } })).toBe(false);
    expect(await cached({})).toBe(true);
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'tokenizer.json'), '{}');
    expect(await cached({})).toBe(false);
    rows(['good', 'bad', 'bad']);
    expect(await cached({})).toBe(false);
  });

  test('stops when asked to, and nothing is left', async () => {
    writeFileSync(file(), '{"input_ids":[1,2],"labels":0}\n'.repeat(100));
    const stop = new AbortController();
    stop.abort();
    await expect(encodeFiles(file(), options({ signal: stop.signal }))).rejects.toMatchObject({ code: 'aborted' });
    expect(readdirSync(path.join(home, 'cache', 'tokens'))).toEqual([]);
  });
});

const kilobytes = async (key: string, options: CacheOptions = {}) => {
  (await new TokenCache(home, { ...onDisk, ...options }).write(key, fill(300))).close();
  return (
    ['records.bin', 'index.bin', 'about.json'].reduce((sum, file) => sum + statSync(entry(key, file)).size, 0) / 1024
  );
};

function overwrite(file: string, at: number): void {
  const fd = openSync(file, 'r+');
  writeSync(fd, Buffer.of(0x5a), 0, 1, at);
  closeSync(fd);
}
