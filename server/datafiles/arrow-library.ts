import { RankwiseError } from '../base/errors.ts';
import { decodeLz4Frame } from './lz4-frame.ts';

export type ArrowLibrary = typeof import('./libraries/arrow.ts');

let loaded: Promise<ArrowLibrary> | undefined;

/** flechette, from a file of its own: a process that sees no Arrow file does not load it. Knows the codecs that Arrow has. */
export function arrowLibrary(): Promise<ArrowLibrary> {
  loaded ??= load();
  return loaded;
}

const lz4 = 0;
const zstd = 1;

async function load(): Promise<ArrowLibrary> {
  const library = await import('./libraries/arrow.ts');
  const encode = () => {
    throw new RankwiseError('internal', 'Arrow files are read here, not written.', { kind: 'runtime' });
  };
  library.setCompressionCodec(lz4, { decode: decodeLz4Frame, encode });
  // A buffer of its own: views of wider numbers must be aligned.
  library.setCompressionCodec(zstd, { decode: (bytes) => library.decompressZstd(bytes).slice(), encode });
  return library;
}
