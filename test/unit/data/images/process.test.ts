/** Resizing against Pillow, whole processings against transformers (test/interop/images.py). */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { imageProcessing } from '../../../../server/architectures/image-processing.ts';
import { decodeImage } from '../../../../server/data/images/pixels.ts';
import { fitted, pixelValues, sampleValues } from '../../../../server/data/images/process.ts';
import { resize } from '../../../../server/data/images/resize.ts';
import { fixture, largestDifference, readTensors } from '../../models/tiny.ts';

const folder = fixture('images');
const expected = readTensors(path.join(folder, 'processed.safetensors'));
const image = (file: string) => decodeImage(readFileSync(path.join(folder, file)));

const numbers: Record<string, number> = { nearest: 0, lanczos: 1, bilinear: 2, bicubic: 3, box: 4, hamming: 5 };
const resized = [...expected.keys()].filter((name) => name.startsWith('resize.'));

it.each(resized)('%s gives the bytes of Pillow', (name) => {
  const [, filter, width, height] = /^resize\.(\w+)\.(\d+)x(\d+)$/.exec(name)!;
  const { data } = resize(image('jpeg444.jpg'), Number(width), Number(height), numbers[filter!]!);
  expect(largestDifference(data, expected.get(name)!.data)).toBe(0);
});

const cases: Record<string, { image: string; config: Record<string, unknown> }> = JSON.parse(
  readFileSync(path.join(folder, 'cases.json'), 'utf8'),
);

describe.each(Object.entries(cases))('%s', (name, { image: of, config }) => {
  it('gives the pixel values of transformers', () => {
    const { shape, data } = expected.get(name)!;
    const [channels, height, width] = shape as [number, number, number];
    const processing = imageProcessing(config, { channels, height, width });
    const made = fitted(image(of), processing);
    expect([made.channels, made.height, made.width]).toEqual(shape);
    // The last bit of a division.
    expect(largestDifference(pixelValues(made, sampleValues(processing, channels)), data)).toBeLessThan(5e-7);
  });
});
