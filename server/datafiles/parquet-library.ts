import type { Compressors } from 'hyparquet';

export type ParquetLibrary = typeof import('./libraries/parquet.ts');

/** hyparquet, from a file of its own: a process that sees no Parquet file does not load it. */
export const parquetLibrary = (): Promise<ParquetLibrary> => import('./libraries/parquet.ts');

/** The codecs; pages of nulls are empty, which is no stream of any of them. */
export const codecsOf = ({ compressors }: ParquetLibrary): Compressors =>
  Object.fromEntries(
    Object.entries(compressors).map(([name, decode]) => [
      name,
      (input: Uint8Array, length: number) => (length === 0 ? new Uint8Array() : decode(input, length)),
    ]),
  );
