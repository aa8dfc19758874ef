/** Reading and processing a recipe's images with `datasets` and transformers. */
import path from 'node:path';
import type { Recipe } from '../recipe/types.ts';
import { reader } from './python-base.ts';
import { type DataCode, numbered, splitsOf } from './python-data.ts';
import type { Loading } from './python-source.ts';
import { indented, pythonValue } from './python-text.ts';
import { trainerWith } from './python-training.ts';

/** `def load_data(processor)` */
export function loadingImages(recipe: Recipe, { roles, sources, classes }: DataCode): string {
  const [image, label] = [roles.image ?? 'image', roles.label ?? 'label'];
  return [
    'def load_data(processor):',
    '    import datasets',
    '',
    indented(
      [
        ...splitsOf(recipe, sources, (target, loading) => beside(target, loading, pythonValue(image))),
        ...numbered(label, classes),
        '',
        'def encode(rows):',
        `    images = [image.convert("RGB") for image in rows[${pythonValue(image)}]]`,
        `    return {**processor(images, return_tensors="pt"), "labels": rows[${pythonValue(label)}]}`,
        '',
        'return data.with_transform(encode)',
      ].join('\n'),
    ),
  ].join('\n');
}

/** Text files name their images from where they lie; `datasets` reads the others. */
function beside(target: string, { builder, files }: Loading, image: string): string[] {
  if (builder !== 'json' && builder !== 'csv') return [];
  const folder = pythonValue(path.posix.dirname((files[0] ?? '').replaceAll('\\', '/')));
  return [
    `${target} = ${target}.map(lambda row: {${image}: os.path.join(${folder}, row[${image}])}).cast_column(${image}, datasets.Image())`,
  ];
}

/** From the image processor to the saved adapter. */
export function imageTrainer(recipe: Recipe, call: string, afterStep: boolean): string[] {
  // Columns are read by the transform.
  return trainerWith(recipe, call.replace(/\n\)$/, '\n    remove_unused_columns=False,\n)'), afterStep, [
    reader(recipe),
    'data = load_data(processor)',
  ]);
}
