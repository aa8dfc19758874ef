/** PNG (https://www.w3.org/TR/png-3/), with every kind of colour, depth and interlacing. Gamma, profiles and transparency are passed over, as in Pillow. */
import { inflateSync } from 'node:zlib';
import { cutOff, ImageFault } from '../../datafiles/images/header.ts';
import type { Pixels } from './pixels.ts';

interface Png {
  width: number;
  height: number;
  depth: number;
  colour: number;
  interlaced: boolean;
  palette: Uint8Array;
  packed: Uint8Array[];
}

/** Samples of a pixel by kind of colour: grey, RGB, palette, grey and alpha, RGB and alpha. */
const samples: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const depths: Readonly<Record<number, number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

/** Where each pass of an interlaced image starts and how far its pixels stand apart, x and y. */
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

export function decodePng(bytes: Uint8Array): Pixels {
  const png = readChunks(bytes);
  const { width, height, depth, colour } = png;
  const bits = samples[colour]! * depth;
  const rowBytes = (columns: number) => Math.ceil((columns * bits) / 8);
  const passes = (png.interlaced ? adam7 : [[0, 0, 1, 1] as const]).map(([x, y, across, down]) => ({
    ...{ x, y, across, down },
    columns: Math.ceil((width - x) / across),
    rows: Math.ceil((height - y) / down),
  }));
  const held = passes.filter(({ columns, rows }) => columns > 0 && rows > 0);
  const size = held.reduce((sum, { columns, rows }) => sum + rows * (1 + rowBytes(columns)), 0);
  const raw = inflated(png, size);
  const data = new Uint8Array(width * height * 3);
  let at = 0;
  for (const { x, y, across, down, columns, rows } of held) {
    const length = rowBytes(columns);
    let before: Uint8Array = new Uint8Array(length);
    for (let row = 0; row < rows; row++, at += 1 + length) {
      const line = raw.subarray(at + 1, at + 1 + length);
      unfilter(raw[at]!, line, before, Math.max(1, bits >> 3));
      paint(png, line, columns, data, ((y + row * down) * width + x) * 3, across * 3);
      before = line;
    }
  }
  return { width, height, channels: 3, data };
}

function readChunks(bytes: Uint8Array): Png {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [depth, colour, interlacing] = [bytes[24]!, bytes[25]!, bytes[28]!];
  if (!depths[colour]?.includes(depth)) throw damaged(`no PNG has ${depth} bits of colour type ${colour}`);
  const png: Png = {
    width: view.getUint32(16),
    height: view.getUint32(20),
    depth,
    colour,
    interlaced: interlacing === 1,
    palette: new Uint8Array(0),
    packed: [],
  };
  for (let at = 8; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at);
    const kind = view.getUint32(at + 4);
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (kind === chunk.end) break;
    if (kind === chunk.palette) png.palette = body;
    else if (kind === chunk.data) png.packed.push(body);
    at += 12 + length;
  }
  if (colour === 3 && png.palette.length === 0) throw damaged('its palette is missing');
  return png;
}

const chunk = { palette: 0x504c5445, data: 0x49444154, end: 0x49454e44 };

/** Bytes beyond what the size asks for are left; a stream that holds far more is no image, and must not fill the memory. */
function inflated({ packed }: Png, size: number): Uint8Array {
  let raw: Uint8Array;
  try {
    raw = inflateSync(Buffer.concat(packed), { maxOutputLength: size + slack });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'Z_BUF_ERROR') throw cutOff();
    throw damaged(
      code === 'ERR_BUFFER_TOO_LARGE' ? 'it holds more than its size says' : 'its pixels do not decompress',
    );
  }
  if (raw.length < size) throw cutOff();
  return raw;
}

const slack = 2 ** 16;

/** Takes the prediction from the pixel to the left (`distance` bytes back) and the line `before` back, in place. */
function unfilter(kind: number, line: Uint8Array, before: Uint8Array, distance: number): void {
  const left = (i: number) => (i < distance ? 0 : line[i - distance]!);
  if (kind === 1) for (let i = distance; i < line.length; i++) line[i]! += line[i - distance]!;
  else if (kind === 2) for (let i = 0; i < line.length; i++) line[i]! += before[i]!;
  else if (kind === 3) for (let i = 0; i < line.length; i++) line[i]! += (left(i) + before[i]!) >> 1;
  else if (kind === 4)
    for (let i = 0; i < line.length; i++)
      line[i]! += paeth(left(i), before[i]!, i < distance ? 0 : before[i - distance]!);
  else if (kind !== 0) throw damaged(`it has an unknown filter (${kind})`);
}

function paeth(left: number, above: number, corner: number): number {
  const [toLeft, toAbove] = [Math.abs(above - corner), Math.abs(left - corner)];
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

/** Puts one line's pixels at `at`, `step` bytes apart. Of 16 bits the upper 8 are taken. */
function paint(png: Png, line: Uint8Array, columns: number, out: Uint8Array, at: number, step: number): void {
  const { depth, colour, palette } = png;
  const coloured = colour === 2 || colour === 6;
  const [width, wide] = [samples[colour]!, depth === 16 ? 2 : 1];
  const scale = colour === 3 ? 1 : 255 / (2 ** Math.min(depth, 8) - 1);
  for (let i = 0; i < columns; i++, at += step) {
    if (coloured) {
      for (let c = 0; c < 3; c++) out[at + c] = line[(i * width + c) * wide]!;
      continue;
    }
    const value =
      depth >= 8
        ? line[i * width * wide]!
        : (line[(i * depth) >> 3]! >> (8 - depth - ((i * depth) & 7))) & (2 ** depth - 1);
    for (let c = 0; c < 3; c++) out[at + c] = colour === 3 ? (palette[value * 3 + c] ?? 0) : value * scale;
  }
}

const damaged = (what: string) => new ImageFault(`is a damaged PNG: ${what}`);
