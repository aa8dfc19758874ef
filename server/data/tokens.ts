import type { Fields } from '../datafiles/fields.ts';
import type { RowEncoder } from './row.ts';
import { labelKind, labelsTokens } from './tasks.ts';
import { type Example, ignored } from './types.ts';

/** Tokens made elsewhere: `input_ids`, and `attention_mask`, `token_type_ids`, `labels` of the same length (or one class; of a target text that of its own). */
export const encodeTokens: RowEncoder = (row, { task, maxLength, labels, count }) => {
  const all = row.integers('input_ids');
  if (all.length > maxLength) count('rows-truncated');
  const ids = all.slice(0, maxLength);
  const mask = optional(row, 'attention_mask', all.length)?.slice(0, maxLength);
  const typeIds = optional(row, 'token_type_ids', all.length)?.slice(0, maxLength);
  const example: Example = { ids, labels: ids };
  if (mask?.includes(0)) example.mask = mask;
  if (typeIds?.some((id) => id !== 0)) example.typeIds = typeIds;
  if (!labelsTokens(task)) example.labels = labels.of(row, 'labels');
  else if (labelKind(task) === 'target-token') example.labels = row.integers('labels').slice(0, maxLength);
  else if (row.has('labels')) example.labels = sameLength(row, 'labels', all.length).slice(0, maxLength);
  else example.labels = ids.map((id, i) => (mask?.[i] === 0 ? ignored : id));
  return example;
};

const optional = (row: Fields, role: string, length: number): Int32Array | undefined =>
  row.has(role) ? sameLength(row, role, length) : undefined;

function sameLength(row: Fields, role: string, length: number): Int32Array {
  const values = row.integers(role);
  if (values.length !== length)
    throw row.wrong(role, `a list of ${length} integers, as many as input_ids`, [...values]);
  return values;
}
