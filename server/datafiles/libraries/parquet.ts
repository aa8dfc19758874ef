/** What is used of hyparquet: a bundle of its own, loaded with the first Parquet file. */
export { assembleNested } from 'hyparquet/src/assemble.js';
export { parquetHeader, readPage } from 'hyparquet/src/column.js';
export { convert, DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
export { parquetMetadata, parquetSchema } from 'hyparquet/src/metadata.js';
export { getMaxDefinitionLevel, getMaxRepetitionLevel, getTreePath, isFlatColumn } from 'hyparquet/src/schema.js';
export { compressors } from 'hyparquet-compressors';
