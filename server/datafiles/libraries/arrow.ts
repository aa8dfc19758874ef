/** What is used of flechette: a bundle of its own, loaded with the first Arrow file. */
export { setCompressionCodec, tableFromIPC } from '@uwdata/flechette';
export { decompressZstd } from 'hyparquet-compressors';
