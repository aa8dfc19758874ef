/** What an image's first bytes say: its format, whatever its name, and its size before anything is decoded. */

/** Pixels of one image at most: what is larger is a mistake, or a small file made to fill the memory. */
const maxPixels = 100_000_000;

export interface ImageHeader {
  format: 'png' | 'jpeg';
  width: number;
  height: number;
  /** Grey with 16 bits a sample. */
  deepGrey: boolean;
}

/** An image that cannot be read, before anybody has said which one it is. `problem`: "is …". */
export class ImageFault extends Error {
  readonly hint: string;

  constructor(problem: string, hint = 'Open it in a viewer and save it again, or take the row out.') {
    super(problem);
    this.hint = hint;
  }
}

const convert =
  'PNG and JPEG are read. Convert it, in Python: PIL.Image.open(FILE).convert("RGB").save("FILE.png"); or with ImageMagick: magick FILE FILE.png';

const startsWith = (bytes: Uint8Array, start: readonly (number | undefined)[]): boolean =>
  start.every((byte, i) => byte === undefined || bytes[i] === byte);

const ascii = (text: string): (number | undefined)[] => [...text].map((c) => (c === '?' ? undefined : c.charCodeAt(0)));

/** Formats that are known and not read. */
const others: readonly [name: string, start: (number | undefined)[]][] = [
  ['a WebP image', ascii('RIFF????WEBP')],
  ['a GIF image', ascii('GIF8')],
  ['a BMP image', ascii('BM')],
  ['a TIFF image', [0x49, 0x49, 0x2a, 0]],
  ['a TIFF image', [0x4d, 0x4d, 0, 0x2a]],
  ['a HEIC or AVIF image', ascii('????ftyp')],
  ['a JPEG 2000 image', [0, 0, 0, 12, ...ascii('jP  ')]],
  ['an SVG image', ascii('<svg')],
  ['text', ascii('<?xml')],
  ['a Git LFS pointer; the image itself has not been downloaded (git lfs pull)', ascii('version https://git-lfs')],
];

export const pngStart = [0x89, ...ascii('PNG\r\n'), 0x1a, 0x0a];
const jpegStart = [0xff, 0xd8, 0xff];

/**
 * `bytes`: the whole image, or its start, of which `whole: false` asks for no end. Throws an `ImageFault` for another format, for no image, and
 * for one that is cut off or too large.
 */
export function imageHeader(bytes: Uint8Array, whole = true): ImageHeader {
  if (bytes.length === 0) throw new ImageFault('is empty');
  const read = startsWith(bytes, pngStart) ? pngHeader : startsWith(bytes, jpegStart) ? jpegHeader : none;
  const header = read(bytes, whole);
  const { width, height } = header;
  if (width < 1 || height < 1) throw new ImageFault(`has no pixels (${width} × ${height})`);
  if (width * height > maxPixels)
    throw new ImageFault(
      `has ${width} × ${height} pixels, more than the ${maxPixels / 1e6} million that are read`,
      'Make it smaller: the model sees a few hundred pixels a side.',
    );
  return header;
}

function none(bytes: Uint8Array): never {
  const known = others.find(([, start]) => startsWith(bytes, start));
  throw new ImageFault(known ? `is ${known[0]}` : 'is no image', convert);
}

export const cutOff = () => new ImageFault('is cut off: its end is missing', 'Download or copy the file again.');

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function pngHeader(bytes: Uint8Array, whole: boolean): ImageHeader {
  if (bytes.length < 33) throw cutOff();
  const view = viewOf(bytes);
  if (view.getUint32(12) !== 0x49484452) throw new ImageFault('is a damaged PNG: its header is missing');
  // The end is missing where its mark is and a chunk is longer than what there is.
  let hasPixels = false;
  for (let at = 8; whole && at + 8 <= bytes.length; ) {
    const end = at + 12 + view.getUint32(at);
    const type = view.getUint32(at + 4);
    if (type === 0x49454e44) break;
    if (end > bytes.length) throw cutOff();
    hasPixels ||= type === 0x49444154;
    at = end;
  }
  if (whole && !hasPixels) throw cutOff();
  return {
    format: 'png',
    width: view.getUint32(16),
    height: view.getUint32(20),
    deepGrey: bytes[24] === 16 && bytes[25] === 0,
  };
}

/** Frames that hold pixels: SOF0 to SOF15 less tables and reserved ones. */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

function jpegHeader(bytes: Uint8Array, whole: boolean): ImageHeader {
  const view = viewOf(bytes);
  let at = 2;
  while (true) {
    while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at++;
    if (at + 9 > bytes.length) throw cutOff();
    if (bytes[at] !== 0xff) throw new ImageFault('is a damaged JPEG: its markers are out of place');
    const marker = bytes[at + 1]!;
    if (marker === 0xda || marker === 0xd9) throw new ImageFault('is a damaged JPEG: it has no frame');
    if (isFrame(marker)) break;
    at += marker >= 0xd0 && marker <= 0xd7 ? 2 : 2 + view.getUint16(at + 2);
  }
  if (whole && !hasEnd('jpeg', bytes)) throw cutOff();
  return { format: 'jpeg', height: view.getUint16(at + 5), width: view.getUint16(at + 7), deepGrey: false };
}

/** Whether the mark of an image's end stands in these bytes; files may go on behind it. */
export function hasEnd(format: ImageHeader['format'], bytes: Uint8Array): boolean {
  const mark = format === 'png' ? 'IEND' : '\xff\xd9';
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).lastIndexOf(mark, undefined, 'latin1') >= 0;
}
