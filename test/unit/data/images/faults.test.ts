/** Images that cannot be read, and how they are named. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it, test } from 'vitest';
import { png } from '../../../../scripts/examples/png.ts';
import { usualProcessing } from '../../../../server/architectures/image-processing.ts';
import { encodeFiles } from '../../../../server/data/encode.ts';
import { decodeImage } from '../../../../server/data/images/pixels.ts';
import { ImageStore } from '../../../../server/data/images/store.ts';
import { imageOf } from '../../../../server/datafiles/images/source.ts';
import { resolveData } from '../../../../server/datafiles/named.ts';
import { fixture } from '../../models/tiny.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'rankwise-images-'));
afterAll(() => rmSync(folder, { recursive: true }));
const shape = { channels: 3, height: 4, width: 4 };
const write = (name: string, content: string | Uint8Array): string => {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
};
const encode = (patterns: string, columns: Record<string, string> = {}) =>
  encodeFiles(patterns, {
    task: 'image-classification',
    ...{ columns, maxLength: 5, vocabSize: 0, numLabels: 2 },
    tokenizer: () => expect.fail('images need no tokenizer'),
    images: () => ({ processing: usualProcessing(shape), shape, folder }),
  });
const sample = (name: string) => readFileSync(fixture('images', name));
const colour = (red: number) =>
  png(
    2,
    2,
    new Uint8Array(12).map((_, i) => (i % 3 === 0 ? red : 0)),
  );

const bomb = colour(1);
bomb.writeUInt32BE(200_000, 16);
bomb.writeUInt32BE(200_000, 20);
const jpeg = sample('jpeg420.jpg');
const cut = (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 40);
const webp = Buffer.from('RIFF\x10\0\0\0WEBPVP8 ', 'latin1');

test.each([
  ['missing.png', undefined, 'there is no such file'],
  ['empty.png', '', 'is empty'],
  ['text.png', 'hello', 'is no image'],
  ['a.webp', webp, 'is a WebP image'],
  ['a.gif', 'GIF89a…', 'is a GIF image'],
  ['pointer.png', 'version https://git-lfs.github.com/spec/v1', 'is a Git LFS pointer'],
  ['bomb.png', bomb, 'has 200000 × 200000 pixels'],
  ['cut.jpg', cut(jpeg), 'is cut off'],
  ['cut.png', cut(sample('palette8.png')), 'is cut off'],
  ['folder', undefined, 'is a folder'],
])('%s is refused before training, with its row', async (name, content, problem) => {
  if (content !== undefined) write(name, content);
  if (name === 'folder') mkdirSync(path.join(folder, name));
  const rows = [
    { image: path.join(fixture('images'), 'rgb8.png'), label: 0 },
    { image: name, label: 1 },
  ];
  const data = write(`${name}.jsonl`, rows.map((row) => JSON.stringify(row)).join('\n'));
  await expect(encode(data)).rejects.toMatchObject({
    code: 'bad-image',
    message: expect.stringContaining(`${data}:2: ${name}: ${problem}`),
    file: path.join(folder, name),
    hint: expect.any(String),
  });
});

describe('bytes that are damaged within', () => {
  const at = (bytes: Buffer, place: number, value: number) => {
    const copy = Buffer.from(bytes);
    copy[place] = value;
    return copy;
  };
  it.each([
    ['a PNG with other data', at(colour(1), 45, 0x99), 'is a damaged PNG'],
    ['a PNG of an impossible kind', at(colour(1), 25, 7), 'no PNG has'],
    ['a PNG that is larger than its data', at(colour(1), 23, 200), 'is cut off'],
    ['a JPEG without a table', Buffer.concat([jpeg.subarray(0, 20), jpeg.subarray(89 + 69)]), 'table'],
    ['a lossless JPEG', at(jpeg, jpeg.indexOf(Buffer.from([0xff, 0xc0])) + 1, 0xc3), 'rare kind'],
    ['a JPEG of 12 bits', at(jpeg, jpeg.indexOf(Buffer.from([0xff, 0xc0])) + 4, 12), '12 bits'],
  ])('%s is a fault, and no crash', (_, bytes, problem) => {
    expect(() => decodeImage(bytes)).toThrow(problem);
  });

  it('whatever byte of a JPEG is wrong', () => {
    for (const name of ['jpeg420.jpg', 'progressive420.jpg', 'palette4.png', 'interlaced-small.png']) {
      const bytes = sample(name);
      for (let place = 2; place < bytes.length; place += 3)
        try {
          expect(decodeImage(at(bytes, place, bytes[place]! ^ 0x55)).channels).toBe(3);
        } catch (error) {
          expect(error, `${name} at ${place}`).toHaveProperty('hint');
        }
    }
  });
});

test('a folder with a folder for each class: sorted names are the classes, and the name of a file does not matter', async () => {
  write('photos/dog/1.jpg', colour(10));
  write('photos/cat/b.png', colour(20));
  write('photos/cat/a.png', sample('grey.jpg'));
  write('photos/cat/notes.txt', 'no image');
  const { examples, labelNames } = await encode(path.join(folder, 'photos'));
  expect(labelNames).toEqual(['cat', 'dog']);
  expect([0, 1, 2].map((i) => [...examples.at(i)!.labels])).toEqual([[0], [0], [1]]);
  const pixels = examples.at(2)!.image!.pixels();
  expect([pixels.length, pixels[0], pixels[16]]).toEqual([48, Math.fround(10 / 127.5 - 1), -1]);
  write('photos/loose.png', colour(1));
  await expect(encode(path.join(folder, 'photos'))).rejects.toMatchObject({ code: 'bad-image-folder' });
});

test('a folder with folders of splits stands for its own split, one by name for that one; beside tables images are no data', async () => {
  for (const split of ['train', 'validation']) write(`splits/${split}/cat/1.png`, colour(1));
  const named = (spec: string, role: 'train' | 'validation' = 'train') => resolveData(spec, { folder, role });
  const [train, validation] = ['train', 'validation'].map((split) => path.join(folder, 'splits', split));
  expect(await named('splits')).toEqual([train]);
  expect(await named('splits', 'validation')).toEqual([validation]);
  expect(await named('splits:validation')).toEqual([validation]);
  await expect(named('splits:test')).rejects.toMatchObject({ code: 'split-missing' });
  write('table/images/1.png', colour(1));
  const rows = write('table/train.jsonl', '{"image": "images/1.png", "label": 0}');
  expect(await named('table')).toEqual([rows]);
  expect((await encode(path.join(folder, 'table'))).examples.length).toBe(1);
});

test('Parquet files hold images as bytes and paths', async () => {
  const { labelNames, examples } = await encode(fixture('data', 'images.parquet'));
  expect(labelNames).toEqual(['cat', 'dog']);
  expect(examples.at(0)!.image!.pixels()[0]).toBe(Math.fround(10 / 127.5 - 1));
  expect([...examples.at(1)!.labels]).toEqual([1]);
});

test('metadata.jsonl names images beside it and their classes', async () => {
  write('listed/1.png', colour(1));
  write('listed/metadata.jsonl', '{"file_name": "1.png", "kind": "x"}\n');
  const { examples, labelNames } = await encode(path.join(folder, 'listed'), { label: 'kind' });
  expect([examples.length, labelNames]).toEqual([1, ['x']]);
});

test('grey images of 16 bits are counted', async () => {
  const deep = Buffer.from(sample('gray-alpha16.png'));
  deep[25] = 0;
  const data = write('deep.jsonl', JSON.stringify({ image: path.basename(write('deep.png', deep)), label: 0 }));
  expect((await encode(data)).warnings).toMatchObject([{ code: 'grey-16-bit' }]);
});

test('an image of a row is a path from the data file, bytes, or both as Hugging Face has them', () => {
  const row = { file: '/data/train.jsonl', line: 3, values: {} };
  const bytes = new Uint8Array([1]);
  expect(imageOf(row, 'a/b.png', 'image')).toEqual({
    ...{ source: { file: '/data/a/b.png' }, place: '/data/train.jsonl:3: a/b.png', file: '/data/a/b.png' },
  });
  for (const value of [bytes, { bytes, path: 'b.png' }])
    expect(imageOf(row, value, 'image')).toMatchObject({ source: { bytes }, place: '/data/train.jsonl:3' });
  expect(imageOf(row, { bytes: null, path: '/x.png' }, 'image').source).toEqual({ file: '/x.png' });
  expect(() => imageOf(row, 5, 'picture')).toThrow('"picture" must be the path of an image or its bytes, not 5');
});

test('images of data files beyond the memory go to disk, and give the same pixels', () => {
  const options = { processing: usualProcessing(shape), shape, folder };
  const images = [10, 20, 30].map(colour);
  const placed = images.map((bytes, i) => ({ source: { bytes }, place: `a.parquet:${i + 1}`, file: 'a.parquet' }));
  const roomy = new ImageStore(options);
  const tight = new ImageStore({ ...options, memory: images[0]!.length + 1 });
  const [some, same] = [roomy, tight].map((store) => placed.map((image) => store.add(image).image));
  for (const _ of [1, 2]) for (const [i, image] of same!.entries()) expect(image.pixels()).toEqual(some![i]!.pixels());
  expect(some![1]!.pixels()[0]).toBe(Math.fround(20 / 127.5 - 1));
});
