/** What the columns of a data set mean for a task: conversations, prompt and completion, plain text, text and label, … */
import { RankwiseError } from '../base/errors.ts';
import { nearest } from '../base/suggest.ts';
import { place } from './place.ts';

export type LayoutName =
  | 'tokens'
  | 'messages'
  | 'prompt-completion'
  | 'instruction'
  | 'source-target'
  | 'text'
  | 'text-label'
  | 'image-label';

interface LayoutRoles {
  name: LayoutName;
  required: string[];
  optional: string[];
  /** What else the column of a role is called in published data, when `data.columns` does not name it. */
  aliases?: Record<string, string[]>;
}

/** By task, the most telling layout first: it is taken when `data.columns` names no role and all its columns are there. */
const layouts: Record<string, LayoutRoles[]> = {
  'causal-lm': [
    { name: 'tokens', required: ['input_ids'], optional: ['attention_mask', 'labels'] },
    { name: 'messages', required: ['messages'], optional: [], aliases: { messages: ['conversations'] } },
    { name: 'prompt-completion', required: ['prompt', 'completion'], optional: [] },
    {
      name: 'instruction',
      required: ['instruction', 'output'],
      optional: ['input'],
      aliases: { output: ['response'], input: ['context'] },
    },
    { name: 'text', required: ['text'], optional: [] },
  ],
  'sequence-classification': [
    { name: 'tokens', required: ['input_ids', 'labels'], optional: ['attention_mask', 'token_type_ids'] },
    { name: 'text-label', required: ['text', 'label'], optional: ['text_pair'] },
  ],
  seq2seq: [
    { name: 'tokens', required: ['input_ids', 'labels'], optional: ['attention_mask'] },
    { name: 'source-target', required: ['prompt', 'completion'], optional: [] },
  ],
  'image-classification': [
    // `file_name` is what metadata.jsonl of an image folder calls it.
    { name: 'image-label', required: ['image', 'label'], optional: [], aliases: { image: ['file_name'] } },
  ],
  regression: [
    { name: 'tokens', required: ['input_ids', 'labels'], optional: ['attention_mask', 'token_type_ids'] },
    { name: 'text-label', required: ['text', 'label'], optional: ['text_pair'] },
  ],
};

export interface Layout {
  name: LayoutName;
  /** The column of each role; an optional role without a column is absent. */
  columns: Record<string, string>;
}

/**
 * `named` is the recipe's `data.columns` (role -> column), `found` the columns of the data, `file` a data file for messages.
 * Throws `task-later`, `unknown-role`, `missing-column`.
 */
export function layoutOf(task: string, named: Record<string, string>, found: readonly string[], file: string): Layout {
  const candidates = layouts[task];
  if (!candidates)
    throw new RankwiseError('task-later', `Data for the task ${task} cannot be read yet; that comes later.`, {
      field: 'model.task',
    });
  const roles = Object.keys(named);
  const fits = ({ required, optional }: LayoutRoles) =>
    roles.every((r) => required.includes(r) || optional.includes(r));
  const columnOf = ({ aliases }: LayoutRoles, role: string) =>
    named[role] ?? [role, ...(aliases?.[role] ?? [])].find((column) => found.includes(column)) ?? role;
  const there = (layout: LayoutRoles) => layout.required.every((role) => found.includes(columnOf(layout, role)));
  const possible = candidates.filter(fits);
  const chosen = possible.find(there) ?? possible.at(roles.length > 0 ? 0 : -1);
  if (!chosen) throw unknownRole(task, roles, candidates);
  const columns: Record<string, string> = {};
  for (const role of chosen.required) {
    columns[role] = columnOf(chosen, role);
    if (!found.includes(columns[role])) throw missingColumn(role, columns[role], found, file);
  }
  for (const role of chosen.optional) {
    const column = columnOf(chosen, role);
    if (found.includes(column)) columns[role] = column;
    else if (role in named) throw missingColumn(role, column, found, file);
  }
  return { name: chosen.name, columns };
}

/** Whether `layoutOf` would read data with these columns as `name`; false where it would refuse them. */
export function isLayout(
  name: LayoutName,
  task: string,
  named: Record<string, string>,
  found: readonly string[],
): boolean {
  try {
    return found.length > 0 && layoutOf(task, named, found, '').name === name;
  } catch (error) {
    if (error instanceof RankwiseError) return false;
    throw error;
  }
}

/** Columns listed in a message; more would not be read. */
const listed = 20;

/** `missing-column`, with the columns that there are and the one that was probably meant. */
export function missingColumn(
  role: string,
  wanted: string,
  found: readonly string[],
  file: string,
  line?: number,
): RankwiseError {
  const at = line === undefined ? file : place({ file, line });
  const names = found.slice(0, listed).join(', ') + (found.length > listed ? `, … (${found.length})` : '');
  const near = nearest(wanted, found);
  return new RankwiseError('missing-column', `${at}: no column "${wanted}"; there are: ${names || 'none'}.`, {
    file,
    field: wanted,
    hint: found.includes(wanted)
      ? 'Every row needs it: fill it in, or take the row out.'
      : `Say which column it is: data.columns: {${role}: ${near ?? 'COLUMN'}}`,
  });
}

function unknownRole(task: string, roles: string[], candidates: LayoutRoles[]): RankwiseError {
  const known = candidates.map(({ required, optional }) => [...required, ...optional.map((r) => `${r}?`)].join(', '));
  return new RankwiseError('unknown-role', `data.columns: ${roles.join(', ')} do not go together for ${task}.`, {
    field: 'data.columns',
    hint: `Possible are: ${known.join(' | ')}.`,
  });
}
