/** Parquet files, row group by row group and page by page, so that a file of any size takes the memory of a few pages. */
import type { DecodedArray, RowGroup, SchemaTree } from 'hyparquet';
import { RandomAccess } from './disk.ts';
import { classNamesIn } from './features.ts';
import { badParquet, decoded, ParquetFooter } from './parquet-footer.ts';
import { type ParquetLibrary, parquetLibrary } from './parquet-library.ts';
import { ColumnPages } from './parquet-pages.ts';
import type { ByteLimit, Declared, ReadOptions, Row } from './types.ts';
import { plainValue } from './values.ts';

/** A column as rows have it, and the leaves that hold its values. */
interface Column {
  tree: SchemaTree;
  leaves: ColumnPages[];
}

/** Throws `bad-parquet`, `unsupported-codec`, `bad-encoding`, `wrong-type` (see `plainValue`). */
export async function* readParquet(file: string, { limit, columns }: ReadOptions): AsyncGenerator<Row> {
  const access = await RandomAccess.open(file);
  try {
    const footer = await ParquetFooter.read(access);
    const library = await parquetLibrary();
    const { schema } = footer;
    const wanted = schema.children.filter(({ element }) => columns?.includes(element.name) ?? true);
    let line = 1;
    for (let index = 0; index < footer.groups; index++) {
      const group = footer.group(index);
      const all = wanted.map((tree) => ({ tree, leaves: leavesOf(library, access, schema, tree, index + 1, group) }));
      const read = limit ? await affordable(all, limit) : all;
      for await (const batch of batches(library, file, read, Number(group.num_rows), limit))
        for (const values of batch) {
          for (const name of Object.keys(values))
            values[name] = plainValue(values[name], { file, line }, name, limit === undefined);
          yield { file, line: line++, values };
        }
      if (limit?.reached) return;
    }
  } finally {
    await access.close();
  }
}

export async function declaredByParquet(file: string): Promise<Declared> {
  const access = await RandomAccess.open(file);
  try {
    const { whole, schema } = await ParquetFooter.read(access);
    const metadata = whole.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value;
    return { columns: schema.children.map(({ element }) => element.name), labelNames: classNamesIn(metadata) };
  } finally {
    await access.close();
  }
}

function leavesOf(
  library: ParquetLibrary,
  access: RandomAccess,
  schema: SchemaTree,
  { element }: SchemaTree,
  number: number,
  { columns }: RowGroup,
): ColumnPages[] {
  const own = columns.filter(({ meta_data }) => !meta_data || meta_data.path_in_schema[0] === element.name);
  if (own.length === 0) throw badParquet(access.file, `row group ${number} has no column ${element.name}`);
  return own.map((chunk) =>
    decoded(
      access.file,
      `row group ${number}, column ${element.name} is damaged in the footer`,
      () => new ColumnPages(library, access, schema, number, chunk),
    ),
  );
}

/** The columns whose first pages the limit allows, small ones first: a head without an image is better than none. */
async function affordable(columns: Column[], limit: ByteLimit): Promise<Column[]> {
  const costs = await Promise.all(columns.map(({ leaves }) => costOf(leaves)));
  let left = limit.bytes;
  const chosen = new Set<Column>();
  for (const [i, cost] of [...costs.entries()].sort(([, a], [, b]) => a - b)) {
    if (cost > left) limit.reached = true;
    else chosen.add(columns[i]!);
    left -= cost;
  }
  return columns.filter((column) => chosen.has(column));
}

async function costOf(leaves: ColumnPages[]): Promise<number> {
  let cost = 0;
  for (const leaf of leaves) cost += await leaf.cost();
  return cost;
}

/** Put together at a time: a head wants no more, and objects take more memory than pages. */
const batchRows = 256;

/** Rows of a group, as many at a time as the pages that are in memory have whole. With a limit, those of the first pages. */
async function* batches(
  library: ParquetLibrary,
  file: string,
  columns: Column[],
  rows: number,
  limit: ByteLimit | undefined,
): AsyncGenerator<Record<string, unknown>[]> {
  if (columns.length === 0) return;
  for (let left = rows; left > 0; ) {
    if (limit && left < rows && (await costOf(columns.flatMap(({ leaves }) => leaves))) > 0) {
      limit.reached = true;
      return;
    }
    let count = Math.min(left, batchRows);
    for (const { leaves } of columns) for (const leaf of leaves) count = Math.min(count, await leaf.available());
    if (count === 0) throw badParquet(file, `a row group of ${rows} rows ends after ${rows - left}`);
    left -= count;
    yield decoded(file, 'lists or structs cannot be put together', () => assemble(library, columns, count));
  }
}

function assemble(library: ParquetLibrary, columns: Column[], count: number): Record<string, unknown>[] {
  const batch: Record<string, unknown>[] = Array.from({ length: count }, () => ({}));
  for (const { tree, leaves } of columns) {
    const data = new Map<string, DecodedArray>(leaves.map((leaf) => [leaf.path.join('.'), leaf.take(count)]));
    if (tree.children.length > 0) library.assembleNested(data, tree, library.DEFAULT_PARSERS);
    const values = data.get(tree.element.name)!;
    for (let i = 0; i < count; i++) batch[i]![tree.element.name] = values[i];
  }
  return batch;
}
