/** The image of a row: a path, or the bytes that a Parquet or Arrow file holds. */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../../base/errors.ts';
import { place } from '../place.ts';
import type { Row } from '../types.ts';
import { hasEnd, ImageFault, type ImageHeader, imageHeader } from './header.ts';

export type ImageSource = { file: string } | { bytes: Uint8Array };

/** How the image's own file or row is named in messages: `photos/cat/1.png`, or `train.jsonl:3: photos/1.png`. */
export interface PlacedImage {
  source: ImageSource;
  place: string;
  /** What an editor opens. */
  file: string;
}

/** `value` is a path (from the data file's folder), bytes, or Hugging Face's {bytes, path}. Throws `wrong-type`. */
export function imageOf(at: Row, value: unknown, column: string): PlacedImage {
  const from = at.file;
  const row = place(at);
  const { bytes, path: name } =
    typeof value === 'object' && value !== null && !(value instanceof Uint8Array)
      ? (value as { bytes?: unknown; path?: unknown })
      : { bytes: value instanceof Uint8Array ? value : undefined, path: typeof value === 'string' ? value : undefined };
  if (bytes instanceof Uint8Array) return { source: { bytes }, place: row, file: from };
  if (typeof name === 'string' && name !== '') {
    const file = path.resolve(path.dirname(from), name);
    return { source: { file }, place: file === from ? file : `${row}: ${name}`, file };
  }
  const found = (JSON.stringify(value) ?? 'nothing').slice(0, 60);
  throw new RankwiseError(
    'wrong-type',
    `${row}: "${column}" must be the path of an image or its bytes, not ${found}.`,
    {
      file: from,
      field: column,
    },
  );
}

/** Throws `bad-image`. */
export function imageBytes(image: PlacedImage): Uint8Array {
  if ('bytes' in image.source) return image.source.bytes;
  try {
    return readFileSync(image.source.file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const problem =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EISDIR'
          ? 'is a folder'
          : `cannot be read (${code ?? message})`;
    throw badImage(image, problem, 'Paths of images start at the folder of the data file that names them.');
  }
}

/** Looks at the header, and whether the end is there. Throws `bad-image`. */
export function checkImage(image: PlacedImage): ImageHeader {
  const quick = 'file' in image.source ? checkEnds(image.source.file) : undefined;
  return quick ?? located(image, () => imageHeader(imageBytes(image)));
}

const ends = 2 ** 16;

/** Of a large file the start and the end suffice, unless something is odd about them: then undefined. */
function checkEnds(file: string): ImageHeader | undefined {
  let handle: number;
  try {
    handle = openSync(file, 'r');
  } catch {
    return undefined;
  }
  try {
    const { size } = fstatSync(handle);
    if (size < 4 * ends) return undefined;
    const read = (at: number) => {
      const bytes = new Uint8Array(ends);
      return bytes.subarray(0, readSync(handle, bytes, 0, ends, at));
    };
    const header = imageHeader(read(0), false);
    return hasEnd(header.format, read(size - ends)) ? header : undefined;
  } catch (error) {
    if (error instanceof ImageFault || error instanceof RangeError) return undefined;
    throw error;
  } finally {
    closeSync(handle);
  }
}

/** `read`, with the faults of the image named after it. */
export function located<T>(image: PlacedImage, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ImageFault) throw badImage(image, error.message, error.hint);
    throw error;
  }
}

export const badImage = ({ place, file }: PlacedImage, problem: string, hint: string): RankwiseError =>
  new RankwiseError('bad-image', `${place}: ${problem}.`, { file, field: 'image', hint });
