/** Bytes of files, in pieces and at places; what goes wrong has the file's name. */
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { RankwiseError } from '../base/errors.ts';
import type { ByteLimit } from './types.ts';

const chunkBytes = 1 << 16;

/**
 * The content piece by piece, that of `.gz` files decompressed, up to the limit; `onBytes` hears of what was read of the
 * file itself. Throws `data-missing`, `data-unreadable`.
 */
export async function* readBytes(
  file: string,
  limit?: ByteLimit,
  onBytes?: (count: number) => void,
): AsyncGenerator<Buffer> {
  const source = createReadStream(file, { highWaterMark: chunkBytes });
  const gunzip = /\.gz$/i.test(file) ? createGunzip() : undefined;
  if (gunzip) {
    source.on('error', (error) => gunzip.destroy(error));
    source.pipe(gunzip);
  }
  let told = 0;
  let left = limit?.bytes ?? Number.POSITIVE_INFINITY;
  try {
    for await (const piece of (gunzip ?? source) as AsyncIterable<Buffer>) {
      if (limit && piece.length > left) {
        limit.reached = true;
        if (left > 0) yield piece.subarray(0, left);
        return;
      }
      left -= piece.length;
      onBytes?.(source.bytesRead - told);
      told = source.bytesRead;
      yield piece;
    }
  } catch (error) {
    throw notReadable(file, error);
  } finally {
    source.destroy();
    gunzip?.destroy();
  }
}

/** A file that is read at places. */
export class RandomAccess {
  readonly file: string;
  readonly size: number;
  private readonly handle: FileHandle;

  private constructor(file: string, size: number, handle: FileHandle) {
    this.file = file;
    this.size = size;
    this.handle = handle;
  }

  /** Throws `data-missing`, `data-unreadable`. */
  static async open(file: string): Promise<RandomAccess> {
    try {
      const handle = await open(file, 'r');
      return new RandomAccess(file, (await handle.stat()).size, handle);
    } catch (error) {
      throw notReadable(file, error);
    }
  }

  /** Fewer bytes than `length` where the file ends; they start their own ArrayBuffer. */
  async read(position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - position)));
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await this.handle
        .read(bytes, filled, bytes.length - filled, position + filled)
        .catch((error) => {
          throw notReadable(this.file, error);
        });
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return filled === bytes.length ? bytes : bytes.slice(0, filled);
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

function notReadable(file: string, error: unknown): unknown {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (error instanceof RankwiseError) return error;
  if (code === 'ENOENT') return new RankwiseError('data-missing', `${file}: there is no such file.`, { file });
  if (code === 'EISDIR')
    return new RankwiseError('data-missing', `${file}: a folder, not a file.`, {
      file,
      hint: 'Name files: folder/*.jsonl',
    });
  if (code.startsWith('Z_'))
    return new RankwiseError('data-unreadable', `${file}: cannot be decompressed (${message}).`, {
      file,
      hint: 'The file is damaged or not gzip: write or download it again.',
    });
  return new RankwiseError('data-unreadable', `${file}: cannot be read (${code || message}).`, { file });
}
