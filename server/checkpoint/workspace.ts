/**
 * What a recipe's analysis uses besides its text, read from disk: the model, the heads of the data files, saved adapters.
 * The results have the shapes that `World` in budget/types.ts names; faults come back as data, nothing is thrown.
 */
import path from 'node:path';
import { type ErrorData, errorData } from '../base/errors.ts';
import { readHead } from '../datafiles/head.ts';
import { imageFault } from '../datafiles/images/looked-at.ts';
import { resolveData } from '../datafiles/named.ts';
import { rowFault } from '../datafiles/row-faults.ts';
import type { SplitName } from '../datafiles/splits.ts';
import type { DataHead, SplitFacts } from '../datafiles/types.ts';
import type { Recipe } from '../recipe/types.ts';
import { loadModelFacts, type ModelFacts } from './model-facts.ts';

/** A value, and the files and folders (absent ones too) whose change makes it stale. */
export interface Loaded<V> {
  value: V;
  files: string[];
}

export type ModelResult = { model: ModelFacts } | { modelError: ErrorData };

/** The model that `path` names from the recipe's folder, built for a task. Reads config.json and headers, no weights. */
export async function loadModel(
  folder: string,
  { path: spec, task, num_labels }: Pick<Recipe['model'], 'path' | 'task' | 'num_labels'>,
): Promise<Loaded<ModelResult>> {
  const options = { cwd: folder, task, ...(num_labels !== undefined && { numLabels: num_labels }) };
  try {
    const model = await loadModelFacts(spec, options);
    return { value: { model }, files: modelFiles(model.dir) };
  } catch (error) {
    return {
      value: { modelError: errorData(error) },
      files: spec.includes('\0') ? [] : modelFiles(path.resolve(folder, spec)),
    };
  }
}

const modelFiles = (dir: string): string[] => [
  dir,
  ...[
    'config.json',
    'model.safetensors',
    'model.safetensors.index.json',
    'tokenizer.json',
    'preprocessor_config.json',
    'tokenizer_config.json',
    'chat_template.jinja',
  ].map((name) => path.join(dir, name)),
];

/** Rows looked at per split. */
const sampledRows = 200;

/** What a recipe says of a split's rows. */
export interface SplitOptions {
  role: SplitName;
  task: string;
  /** Role -> column, as in `data.columns`. */
  columns: Record<string, string>;
}

/**
 * Columns, format and labels of the data that `specs` name from the recipe's folder for a split, and the first fault of its first rows and, where
 * the data is images, of those. Never reads whole files.
 */
export async function loadSplit(
  folder: string,
  specs: string | readonly string[],
  { role, task, columns }: SplitOptions,
): Promise<Loaded<SplitFacts>> {
  const labelColumn = columns.label ?? 'label';
  const around = [specs]
    .flat()
    .flatMap((spec) => [path.resolve(folder, spec), path.resolve(folder, path.dirname(spec))]);
  let patterns: string[];
  let head: DataHead;
  try {
    patterns = await resolveData(specs, { folder, role });
    head = await readHead(patterns, { rows: sampledRows });
  } catch (error) {
    // readHead has words for faults of the data; this is one of the disk.
    return { value: { error: errorData(error), files: [], columns: [], sampled: 0 }, files: around };
  }
  const isImages = task === 'image-classification';
  const found = async () =>
    isImages ? await imageFault(head, columns.image ?? 'image') : rowFault(head, { task, columns });
  const problem = head.problems[0] ?? (await found());
  const labels = new Map<unknown, { value: unknown; row: number; file: string }>();
  for (const { values, line, file } of head.rows) {
    const value = values[labelColumn];
    if (value !== undefined && !labels.has(value)) labels.set(value, { value, row: line, file });
  }
  const value: SplitFacts = {
    ...(problem && { error: problem.toJSON() }),
    files: head.files,
    patterns: patterns.length === 1 ? patterns[0]! : patterns,
    ...(head.format && { format: head.format }),
    columns: head.columns,
    sampled: head.rows.length,
    ...(labels.size > 0 && { labels: [...labels.values()] }),
    ...(head.labelNames[labelColumn] && { labelNames: head.labelNames[labelColumn] }),
  };
  // Of many images the folders tell of a change.
  const read = head.format === 'images' ? new Set(head.files.map((file) => path.dirname(file))) : head.files;
  return { value, files: [...read, ...around] };
}
