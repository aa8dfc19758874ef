/** A folder of images as data, as `imagefolder` of Hugging Face's `datasets` reads it. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { RankwiseError } from '../../base/errors.ts';
import { isImageName } from './row.ts';

/** More images than anybody trains on from a folder; it is another one. */
const maxFiles = 2_000_000;
const maxDepth = 8;
const metadata = /^metadata\.(jsonl|csv|parquet)$/i;

export const isImageMetadata = (name: string): boolean => metadata.test(name);

/**
 * Absolute paths: the metadata files where there are some, since they name the images beside them (`file_name`); else the images, whose classes
 * are the folders that they lie in. Undefined for a folder without images. Throws `bad-image-folder` where the classes cannot be told.
 */
export async function imageFiles(folder: string): Promise<string[] | undefined> {
  const found = { images: [] as string[], metadata: [] as string[] };
  await walk(folder, 0, found);
  if (found.images.length === 0) return undefined;
  if (found.metadata.length > 0) return found.metadata.sort();
  const loose = found.images.find((file) => path.dirname(file) === folder);
  if (loose === undefined) return found.images.sort();
  throw new RankwiseError(
    'bad-image-folder',
    `${folder}: ${path.basename(loose)} lies in no class's folder, and there is no metadata file.`,
    {
      file: loose,
      hint: 'Put the images of each class into a folder with its name, or write metadata.jsonl: {"file_name": "1.png", "label": "cat"}',
    },
  );
}

async function walk(folder: string, depth: number, found: { images: string[]; metadata: string[] }): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const { name } = entry;
    if (name.startsWith('.') || name.startsWith('__')) continue;
    const inner = path.join(folder, name);
    const kind = entry.isSymbolicLink() ? await stat(inner).catch(() => undefined) : entry;
    if (kind?.isDirectory() && depth < maxDepth) await walk(inner, depth + 1, found);
    else if (kind?.isFile() && metadata.test(name)) found.metadata.push(inner);
    else if (kind?.isFile() && isImageName(name)) found.images.push(inner);
    if (found.images.length > maxFiles)
      throw new RankwiseError('too-many-files', `${folder} holds more than ${maxFiles} images.`, {
        hint: 'Name a deeper folder.',
      });
  }
}
