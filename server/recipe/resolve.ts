import path from 'node:path';
import { isChatTemplateName } from './chat-templates.ts';
import type { Recipe } from './types.ts';

/**
 * The recipe with every path absolute, relative ones taken from the folder of `recipeFile`. `modelPath` is the model's folder
 * where it is known already (a hub id found in the local cache). Looks at no file.
 */
export function resolvePaths(recipe: Recipe, recipeFile: string, modelPath?: string): Recipe {
  const folder = path.dirname(path.resolve(recipeFile));
  const absolute = (file: string): string => path.resolve(folder, file);
  const files = (value: string | string[]): string | string[] =>
    typeof value === 'string' ? absolute(value) : value.map(absolute);
  const { data } = recipe;
  const template = data?.chat_template;
  return {
    ...recipe,
    model: { ...recipe.model, path: modelPath ?? absolute(recipe.model.path) },
    adapters: recipe.adapters.map((entry) =>
      entry.path === undefined ? entry : { ...entry, path: absolute(entry.path) },
    ),
    ...(data && {
      data: {
        ...data,
        train: files(data.train),
        ...(template !== undefined && {
          chat_template: isChatTemplateName(template) ? template : absolute(template),
        }),
        ...(data.validation !== undefined && {
          validation: typeof data.validation === 'number' ? data.validation : files(data.validation),
        }),
      },
    }),
    output: absolute(recipe.output),
  };
}
