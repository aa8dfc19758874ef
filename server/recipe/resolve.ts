import path from 'node:path';
import { isChatTemplateName } from './chat-templates.ts';
import type { Recipe } from './types.ts';

/** Where things were found that a recipe does not name by a path: hub ids, splits of data sets. Absolute. */
export interface FoundPaths {
  model?: string;
  train?: string | string[];
  validation?: string | string[];
}

/**
 * The recipe with every path absolute, relative ones taken from the folder of `recipeFile`, or as they were found already. Looks at no
 * file.
 */
export function resolvePaths(recipe: Recipe, recipeFile: string, found: FoundPaths = {}): Recipe {
  const folder = path.dirname(path.resolve(recipeFile));
  const absolute = (file: string): string => path.resolve(folder, file);
  const files = (value: string | string[]): string | string[] =>
    typeof value === 'string' ? absolute(value) : value.map(absolute);
  const { data } = recipe;
  const template = data?.chat_template;
  return {
    ...recipe,
    model: { ...recipe.model, path: found.model ?? absolute(recipe.model.path) },
    adapters: recipe.adapters.map((entry) =>
      entry.path === undefined ? entry : { ...entry, path: absolute(entry.path) },
    ),
    ...(data && {
      data: {
        ...data,
        train: found.train ?? files(data.train),
        ...(template !== undefined && {
          chat_template: isChatTemplateName(template) ? template : absolute(template),
        }),
        ...(data.validation !== undefined && {
          validation:
            typeof data.validation === 'number' ? data.validation : (found.validation ?? files(data.validation)),
        }),
      },
    }),
    output: absolute(recipe.output),
  };
}
