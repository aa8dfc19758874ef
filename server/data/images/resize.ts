/**
 * Pillow's `Image.resize`: each axis is convolved by itself with a filter that widens where the image shrinks, in fixed point with 22 bits,
 * across first. https://github.com/python-pillow/Pillow/blob/main/src/libImaging/Resample.c
 */
import type { Pixels } from './pixels.ts';

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI));

interface Filter {
  support: number;
  at(x: number): number;
}

/** By Pillow's number; 0, the nearest pixel, is no convolution. */
export const filters: Readonly<Record<number, Filter>> = {
  1: { support: 3, at: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
  2: { support: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) },
  3: { support: 2, at: (x) => cubic(Math.abs(x)) },
  4: { support: 0.5, at: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  5: { support: 1, at: hamming },
};

function cubic(x: number): number {
  const a = -0.5;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

function hamming(signed: number): number {
  const x = Math.abs(signed);
  if (x >= 1) return 0;
  return x === 0 ? 1 : sinc(x) * (Math.fround(0.54) + Math.fround(0.46) * Math.cos(x * Math.PI));
}

/** `resample`: Pillow's number of a filter. */
export function resize(image: Pixels, width: number, height: number, resample: number): Pixels {
  if (resample === 0) return nearest(image, width, height);
  const filter = filters[resample]!;
  const across = image.width === width ? image : horizontal(image, width, filter);
  return image.height === height ? across : vertical(across, height, filter);
}

const BITS = 22;
const HALF = 1 << (BITS - 1);

/** For each output pixel its first input pixel, how many there are, and their weights, `most` apart. */
function weights(from: number, to: number, { support, at }: Filter) {
  const scale = from / to;
  const wide = Math.max(1, scale);
  const reach = support * wide;
  const most = Math.ceil(reach) * 2 + 1;
  const starts = new Int32Array(to);
  const counts = new Int32Array(to);
  const all = new Int32Array(to * most);
  for (let i = 0; i < to; i++) {
    const center = (i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - reach + 0.5));
    const count = Math.min(from, Math.trunc(center + reach + 0.5)) - start;
    const own = Array.from({ length: count }, (_, x) => at((x + start - center + 0.5) * (1 / wide)));
    const sum = own.reduce((total, weight) => total + weight, 0);
    for (const [x, weight] of own.entries()) {
      const share = sum === 0 ? weight : weight / sum;
      all[i * most + x] = Math.trunc((share < 0 ? -0.5 : 0.5) + share * 2 ** BITS);
    }
    starts[i] = start;
    counts[i] = count;
  }
  return { starts, counts, all, most };
}

const clip8 = (sum: number): number => Math.max(0, Math.min(255, sum >> BITS));

function horizontal({ width, height, channels, data }: Pixels, to: number, filter: Filter): Pixels {
  const { starts, counts, all, most } = weights(width, to, filter);
  const out = new Uint8Array(to * height * channels);
  for (let y = 0, o = 0; y < height; y++)
    for (let x = 0; x < to; x++) {
      const first = (y * width + starts[x]!) * channels;
      for (let c = 0; c < channels; c++) {
        let sum = HALF;
        for (let k = 0; k < counts[x]!; k++) sum += data[first + k * channels + c]! * all[x * most + k]!;
        out[o++] = clip8(sum);
      }
    }
  return { width: to, height, channels, data: out };
}

function vertical({ width, height, channels, data }: Pixels, to: number, filter: Filter): Pixels {
  const { starts, counts, all, most } = weights(height, to, filter);
  const row = width * channels;
  const out = new Uint8Array(row * to);
  for (let y = 0, o = 0; y < to; y++)
    for (let x = 0; x < row; x++) {
      let sum = HALF;
      for (let k = 0, at = starts[y]! * row + x; k < counts[y]!; k++, at += row) sum += data[at]! * all[y * most + k]!;
      out[o++] = clip8(sum);
    }
  return { width, height: to, channels, data: out };
}

/** Places are summed up, not multiplied out, as in Pillow. */
function nearest({ width, height, channels, data }: Pixels, toWidth: number, toHeight: number): Pixels {
  const places = (from: number, to: number) => {
    const step = from / to;
    let at = step * 0.5;
    return Int32Array.from({ length: to }, () => {
      const here = Math.trunc(at);
      at += step;
      return Math.min(from - 1, here);
    });
  };
  const [columns, rows] = [places(width, toWidth), places(height, toHeight)];
  const out = new Uint8Array(toWidth * toHeight * channels);
  let o = 0;
  for (const y of rows)
    for (const x of columns) for (let c = 0; c < channels; c++) out[o++] = data[(y * width + x) * channels + c]!;
  return { width: toWidth, height: toHeight, channels, data: out };
}
