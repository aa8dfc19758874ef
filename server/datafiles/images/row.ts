import path from 'node:path';
import type { Row } from '../types.ts';

/** Endings of images: those that are read, and those that get an error that says so. */
export const imageEndings: readonly string[] = [
  ...['.png', '.jpg', '.jpeg', '.jpe', '.jfif'],
  ...['.webp', '.gif', '.bmp', '.tif', '.tiff', '.heic', '.avif', '.jp2'],
];

export const isImageName = (name: string): boolean => imageEndings.includes(path.extname(name).toLowerCase());

/** An image is one row of its own: its class is the name of the folder that it lies in. */
export async function* readImageFile(file: string): AsyncGenerator<Row> {
  yield { file, line: 1, values: { image: file, label: path.basename(path.dirname(file)) } };
}
