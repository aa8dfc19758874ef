/** The images of a file that `rankwise forward` reads: `pixel_values`, as an image processor hands them over. */
import * as tf from '@tensorflow/tfjs-core';
import type { ImageShape, ModelInputs } from '../models/types.ts';

/** Makes the error for a place in the file ("pixel_values[0][2]") and what is wrong there. */
type Bad = (field: string, problem: string, hint?: string) => Error;

export const imageExample = 'Expected: {"pixel_values": [images][channels][height][width]}, resized and normalised.';

/** float32 [images, channels, height, width], which the caller disposes. */
export function readImages(value: unknown, { channels, height, width }: ImageShape, bad: Bad): ModelInputs {
  if (value === undefined) throw bad('pixel_values', 'is missing');
  if (!Array.isArray(value) || value.length === 0) throw bad('pixel_values', 'must be a list of images, at least one');
  const sizes = [value.length, channels, height, width];
  const data: number[] = [];
  collect(value, 'pixel_values', sizes, data, bad);
  // Models of images read nothing else.
  return { pixel_values: tf.tensor(data, sizes, 'float32') } as ModelInputs;
}

const axes = ['images', 'channels', 'rows', 'numbers'];

function collect(value: unknown, at: string, sizes: readonly number[], data: number[], bad: Bad): void {
  const what = axes.at(-sizes.length)!;
  if (!Array.isArray(value)) throw bad(at, `must be a list of ${sizes[0]} ${what}`);
  if (value.length !== sizes[0]) throw bad(at, `has ${value.length} ${what}; the model takes ${sizes[0]}`);
  for (const [i, item] of value.entries()) {
    if (sizes.length > 1) collect(item, `${at}[${i}]`, sizes.slice(1), data, bad);
    else if (typeof item !== 'number' || !Number.isFinite(Math.fround(item)))
      throw bad(`${at}[${i}]`, `is ${JSON.stringify(item)?.slice(0, 40)}; it must be a number`);
    else data.push(item);
  }
}
