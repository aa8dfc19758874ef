/** Rows that do not hold what their layout asks for, found in the head of a file; a run would meet them while it encodes. */
import { RankwiseError } from '../base/errors.ts';
import { Fields, hasTurns } from './fields.ts';
import { type Layout, type LayoutName, layoutOf } from './layouts.ts';
import type { DataHead } from './types.ts';

/** Reads what an encoder would read of a row. Conversations are looked at with their template, images by their header, labels with the model's head. */
const reads: Partial<Record<LayoutName, (row: Fields) => void>> = {
  tokens: (row) => {
    row.integers('input_ids');
    for (const role of ['attention_mask', 'token_type_ids']) if (row.has(role)) row.integers(role);
  },
  'prompt-completion': (row) => {
    if (!hasTurns(row)) texts(row, ['prompt', 'completion']);
  },
  instruction: (row) => texts(row, ['instruction', 'output'], 'input'),
  'source-target': (row) => texts(row, ['prompt', 'completion']),
  text: (row) => texts(row, ['text']),
  'text-label': (row) => {
    texts(row, ['text'], 'text_pair');
    row.value('label');
  },
};

function texts(row: Fields, roles: readonly string[], optional?: string): void {
  for (const role of roles) row.text(role);
  if (optional !== undefined && row.has(optional)) row.text(optional);
}

/** The first fault of the rows in `head` (`wrong-type`, `missing-column`); undefined too where the columns do not fit the task, which is said elsewhere. */
export function rowFault(
  head: Pick<DataHead, 'rows' | 'columns' | 'format' | 'files'>,
  { task, columns }: { task: string; columns: Record<string, string> },
): RankwiseError | undefined {
  const layout = fitting(head, task, columns);
  const read = layout && reads[layout.name];
  if (!layout || !read) return undefined;
  // Of these a head may be without columns that the file has: their values are larger than a head reads.
  const partial = head.format === 'parquet' || head.format === 'arrow';
  const isWhole = (values: Record<string, unknown>) =>
    Object.values(layout.columns).every((column) => values[column] !== undefined);
  for (const row of head.rows) {
    if (partial && !isWhole(row.values)) continue;
    try {
      read(new Fields(row, layout.columns));
    } catch (error) {
      if (error instanceof RankwiseError) return error;
      throw error;
    }
  }
  return undefined;
}

function fitting(
  { columns: found, files }: Pick<DataHead, 'columns' | 'files'>,
  task: string,
  columns: Record<string, string>,
): Layout | undefined {
  if (found.length === 0) return undefined;
  try {
    return layoutOf(task, columns, found, files[0] ?? '');
  } catch (error) {
    if (error instanceof RankwiseError) return undefined;
    throw error;
  }
}
