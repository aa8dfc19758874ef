/** A decoded image to what the model takes, as transformers' image processors do it with Pillow and numpy: resize, crop, rescale, normalize. */
import type { ImageProcessing } from '../../architectures/image-processing.ts';
import type { Pixels } from './pixels.ts';
import { resize } from './resize.ts';

/** Resized and cropped, still 8 bits a sample. */
export function fitted(image: Pixels, { resize: to, crop }: ImageProcessing): Pixels {
  const resized = to ? resize(image, ...sizeOf(image, to.size), to.resample) : image;
  return crop ? cropped(resized, crop) : resized;
}

function sizeOf(
  { width, height }: Pixels,
  size: NonNullable<ImageProcessing['resize']>['size'],
): [width: number, height: number] {
  if ('height' in size) return [size.width, size.height];
  const { shortestEdge: edge } = size;
  return width <= height ? [edge, Math.trunc((edge * height) / width)] : [Math.trunc((edge * width) / height), edge];
}

function cropped(image: Pixels, { width, height }: { width: number; height: number }): Pixels {
  const { channels, data } = image;
  const out = new Uint8Array(width * height * channels);
  // Where it is too small the image stands in a black one first, its odd pixel above and to the left.
  const inset = (here: number, wanted: number) => {
    const whole = Math.max(here, wanted);
    return Math.floor((whole - wanted) / 2) - Math.ceil((whole - here) / 2);
  };
  const fits = image.width >= width && image.height >= height;
  const left = fits ? Math.floor((image.width - width) / 2) : inset(image.width, width);
  const top = fits ? Math.floor((image.height - height) / 2) : inset(image.height, height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [fromX, fromY] = [x + left, y + top];
      if (fromX < 0 || fromY < 0 || fromX >= image.width || fromY >= image.height) continue;
      for (let c = 0; c < channels; c++)
        out[(y * width + x) * channels + c] = data[(fromY * image.width + fromX) * channels + c]!;
    }
  return { width, height, channels, data: out };
}

/** What a sample of each channel becomes: [channels, 256], in numpy's float32. */
export function sampleValues({ factor, normalize }: ImageProcessing, channels: number): Float32Array {
  const values = new Float32Array(channels * 256);
  for (let c = 0; c < channels; c++)
    for (let sample = 0; sample < 256; sample++) {
      const scaled = Math.fround(sample * factor);
      const mean = Math.fround(normalize?.mean[c] ?? 0);
      values[c * 256 + sample] = Math.fround(scaled - mean) / Math.fround(normalize?.std[c] ?? 1);
    }
  return values;
}

/** [height, width, channels] samples to [channels, height, width] numbers. */
export function pixelValues({ width, height, channels, data }: Pixels, values: Float32Array): Float32Array {
  const out = new Float32Array(data.length);
  const size = width * height;
  for (let i = 0; i < size; i++)
    for (let c = 0; c < channels; c++) out[c * size + i] = values[c * 256 + data[i * channels + c]!]!;
  return out;
}
