import path from 'node:path';
import type { FileRange } from '../../base/file-range.ts';

/** The folder that files in a graph are named from: they must lie below it, and a drive of Windows has no parent. */
export const MAP_ROOT = path.parse(process.cwd()).root;

/** Windows maps from multiples of this many bytes, onnxruntime from the beginning of the page; elsewhere a page is the unit. */
const GRANULARITY = 65_536;
const PAGE = 4096;

/**
 * Whether onnxruntime can use the bytes where they are. On Linux and macOS any place will do, odd ones included: kernels read unaligned
 * values. On Windows it must begin in the first page of 64 KiB, below 4 GiB, on the drive of the working folder.
 */
export function canMap({ file, offset, length }: FileRange, platform = process.platform): boolean {
  if (length === 0) return false;
  if (platform !== 'win32') return true;
  return path.parse(file).root === MAP_ROOT && offset % GRANULARITY < PAGE && offset < 2 ** 32;
}

/** A file as a graph names it. */
export const locationOf = ({ file }: FileRange): string => path.relative(MAP_ROOT, file);
