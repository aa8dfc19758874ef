/** A recipe as the daemon takes it: nothing left to default, to `auto` or to the folder that it lies in. */
import path from 'node:path';
import { stringify } from 'yaml';
import type { SubmitParams } from '../protocol/daemon.ts';
import type { AdapterEntry, DataSection, Quantity, Recipe } from './types.ts';

/**
 * `recipe` is the analysed one (no `auto`), `file` the absolute path of its `.peft` file, `modelDir` where its model was found.
 * The text parses to the same recipe with absolute paths.
 */
export function submission(recipe: Recipe, file: string, modelDir: string): SubmitParams {
  const folder = path.dirname(file);
  const output = path.resolve(folder, recipe.output);
  const { sweep, budget, data, ...rest } = recipe;
  const resolved = {
    ...rest,
    model: { ...recipe.model, path: modelDir },
    adapters: recipe.adapters.map((entry) => entryFields(entry, folder)),
    ...(data && { data: dataFields(data, folder) }),
    budget: Object.fromEntries(Object.entries(budget).map(([name, limit]) => [name, quantityText(limit)])),
    output,
  };
  return {
    recipeText: stringify(resolved, { lineWidth: 0 }),
    recipePath: file,
    name: recipe.name,
    output,
    method: recipe.adapters.map(({ method }) => method).join('+'),
    model: path.basename(path.resolve(folder, recipe.model.path)),
  };
}

function entryFields(
  { options, rank_pattern, alpha_pattern, path: saved, ...entry }: AdapterEntry,
  folder: string,
): object {
  if (saved !== undefined) return { name: entry.name, path: path.resolve(folder, saved) };
  return {
    ...entry,
    // Methods without a rank or alpha have no such field; an empty pattern says nothing.
    ...(Object.keys(rank_pattern).length > 0 && { rank_pattern }),
    ...(Object.keys(alpha_pattern).length > 0 && { alpha_pattern }),
    ...options,
  };
}

function dataFields(data: DataSection, folder: string): object {
  const absolute = (files: string | string[]) =>
    Array.isArray(files) ? files.map((file) => path.resolve(folder, file)) : path.resolve(folder, files);
  const { train, validation } = data;
  return {
    ...data,
    train: absolute(train),
    ...(validation !== undefined && {
      validation: typeof validation === 'number' ? validation : absolute(validation),
    }),
  };
}

const quantityText = (quantity: Quantity): number | string =>
  'absolute' in quantity ? quantity.absolute : `${plain.format(quantity.percent)}%`;

/** Without an exponent, which quantities do not have. */
const plain = new Intl.NumberFormat('en-US', { useGrouping: false, maximumFractionDigits: 20 });
