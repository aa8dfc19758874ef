/** Decoded images against Pillow (test/interop/images.py). */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { decodeImage } from '../../../../server/data/images/pixels.ts';
import { fixture, largestDifference, readTensors } from '../../models/tiny.ts';

const folder = fixture('images');
const expected = readTensors(path.join(folder, 'pixels.safetensors'));
const files = readdirSync(folder).filter((file) => /\.(png|jpg)$/.test(file));

it.each(files)('%s has the pixels that Pillow gives', (file) => {
  const { data, width, height } = decodeImage(readFileSync(path.join(folder, file)));
  const pillow = expected.get(path.parse(file).name)!;
  expect([height, width, 3]).toEqual(pillow.shape);
  expect(largestDifference(data, pillow.data)).toBe(0);
});
