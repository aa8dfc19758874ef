/** The images of a data set: looked at when the data is encoded, decoded when a batch is made, the last ones kept as the model's bytes. */
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { ImageProcessing } from '../../architectures/image-processing.ts';
import { readAt } from '../../base/files.ts';
import { badImage, checkImage, imageBytes, located, type PlacedImage } from '../../datafiles/images/source.ts';
import type { LazyImage } from '../types.ts';
import { decodeImage, type Pixels, toGrey } from './pixels.ts';
import { fitted, pixelValues, sampleValues } from './process.ts';

export interface ImageOptions {
  processing: ImageProcessing;
  /** What the model takes. */
  shape: { channels: number; height: number; width: number };
  /** An existing folder for images that data files hold themselves, beyond what stays in memory. */
  folder: string;
  /** Bytes of fitted images, and of images from data files, that stay in memory. */
  memory?: number;
}

/** 1,700 images of 224 × 224. */
const usualMemory = 256 * 2 ** 20;

export class ImageStore {
  private readonly options: ImageOptions;
  private readonly values: Float32Array;
  private readonly memory: number;
  /** By use, the least recent first. */
  private readonly kept = new Map<LazyImage, Uint8Array>();
  private keptBytes = 0;
  private readonly spool: Spool;

  constructor(options: ImageOptions) {
    this.options = options;
    this.values = sampleValues(options.processing, options.shape.channels);
    this.memory = options.memory ?? usualMemory;
    this.spool = new Spool(options.folder, this.memory);
  }

  /** Looks at the image's header. `deepGrey`: of its 16 bits a sample the upper 8 are taken. Throws `bad-image`. */
  add(image: PlacedImage): { image: LazyImage; deepGrey: boolean } {
    const { deepGrey, width, height } = checkImage(image);
    const { processing, shape } = this.options;
    if (!processing.resize && !processing.crop && (width !== shape.width || height !== shape.height))
      throw badImage(
        image,
        `has ${width} × ${height} pixels; the model takes ${shape.width} × ${shape.height}, and preprocessor_config.json says do_resize: false`,
        'Resize the images, or set do_resize: true.',
      );
    const source = 'bytes' in image.source ? this.spool.put(image.source.bytes) : undefined;
    // The bytes of a row go with it.
    const held = source ? { ...image, source: { bytes: new Uint8Array(0) } } : image;
    const lazy: LazyImage = {
      shape: [shape.channels, shape.height, shape.width],
      pixels: () => pixelValues(this.sized(this.bytesOf(lazy, held, source)), this.values),
    };
    return { image: lazy, deepGrey };
  }

  private sized = (data: Uint8Array): Pixels => ({ ...this.options.shape, data });

  /** The fitted image's samples. */
  private bytesOf(lazy: LazyImage, image: PlacedImage, spooled: Spooled | undefined): Uint8Array {
    const known = this.kept.get(lazy);
    if (known) {
      this.kept.delete(lazy);
      this.kept.set(lazy, known);
      return known;
    }
    const made = this.make(spooled ? { ...image, source: { bytes: this.spool.get(spooled) } } : image);
    this.kept.set(lazy, made);
    this.keptBytes += made.length;
    for (const [oldest, bytes] of this.kept) {
      if (this.keptBytes <= this.memory || this.kept.size === 1) break;
      this.kept.delete(oldest);
      this.keptBytes -= bytes.length;
    }
    return made;
  }

  /** Throws `bad-image`. */
  private make(image: PlacedImage): Uint8Array {
    const { processing, shape } = this.options;
    const decoded = located(image, () => decodeImage(imageBytes(image)));
    const made = fitted(shape.channels === 1 ? toGrey(decoded) : decoded, processing);
    if (made.width === shape.width && made.height === shape.height) return made.data;
    throw badImage(
      image,
      `becomes ${made.width} × ${made.height} pixels; the model takes ${shape.width} × ${shape.height}`,
      'Write size: {height, width} or do_center_crop: true into preprocessor_config.json.',
    );
  }
}

type Spooled = { bytes: Uint8Array } | { at: number; length: number };

/** Bytes that are kept in memory up to a limit, the rest in a file without a name, which goes with the process. */
class Spool {
  private readonly folder: string;
  private room: number;
  private file: number | undefined;
  private end = 0;

  constructor(folder: string, room: number) {
    this.folder = folder;
    this.room = room;
  }

  put(bytes: Uint8Array): Spooled {
    // A copy: the bytes may be a window on a whole page of the file.
    if (bytes.length <= this.room) {
      this.room -= bytes.length;
      return { bytes: bytes.slice() };
    }
    this.file ??= openNameless(this.folder);
    const at = this.end;
    for (let written = 0; written < bytes.length; )
      written += writeSync(this.file, bytes, written, bytes.length - written, at + written);
    this.end += bytes.length;
    return { at, length: bytes.length };
  }

  get(kept: Spooled): Uint8Array {
    if ('bytes' in kept) return kept.bytes;
    const bytes = new Uint8Array(kept.length);
    if (readAt(this.file!, bytes, kept.at) < bytes.length)
      throw new Error('The file of spooled images has become shorter.');
    return bytes;
  }
}

function openNameless(folder: string): number {
  const name = path.join(folder, `.images-${process.pid}-${Date.now()}`);
  const file = openSync(name, 'wx+');
  try {
    rmSync(name);
  } catch (error) {
    closeSync(file);
    throw error;
  }
  return file;
}
