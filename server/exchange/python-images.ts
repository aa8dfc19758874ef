/** Reading and processing a recipe's images with `datasets` and transformers. */
import path from 'node:path';
import type { Recipe } from '../recipe/types.ts';
import { heldBack } from './python-data.ts';
import { indented, pythonValue } from './python-text.ts';
import { trainerWith } from './python-training.ts';

const builders: Readonly<Record<string, string>> = {
  '.jsonl': 'json',
  '.ndjson': 'json',
  '.csv': 'csv',
  '.parquet': 'parquet',
};

/** `def load_data(processor)` */
export function loadingImages(recipe: Recipe, roles: Record<string, string>): string {
  const [image, label] = [pythonValue(roles.image ?? 'image'), pythonValue(roles.label ?? 'label')];
  const { train, validation } = recipe.data!;
  const parts = {
    train: loading(train, image),
    ...(typeof validation !== 'number' && validation !== undefined && { validation: loading(validation, image) }),
  };
  return [
    'def load_data(processor):',
    '    import datasets',
    '',
    '    data = datasets.DatasetDict()',
    ...Object.entries(parts).flatMap(([name, lines]) => lines(`data["${name}"]`).map((line) => `    ${line}`)),
    ...heldBack(recipe).map((line) => `    ${line}`),
    indented(
      [
        `if data["train"].features[${label}].dtype == "string":`,
        `    data = data.class_encode_column(${label})`,
        '',
        'def encode(rows):',
        `    images = [image.convert("RGB") for image in rows[${image}]]`,
        `    return {**processor(images, return_tensors="pt"), "labels": rows[${label}]}`,
        '',
        'return data.with_transform(encode)',
      ].join('\n'),
    ),
  ].join('\n');
}

/** Statements that load a split: a folder of classes, or rows that name images from where the file lies. */
function loading(patterns: string | string[], image: string): (target: string) => string[] {
  const files = [patterns].flat();
  const builder = builders[path.extname(files[0] ?? '').toLowerCase()];
  if (builder === undefined)
    return (target) => [
      `${target} = datasets.load_dataset("imagefolder", data_dir=${pythonValue(files[0])}, split="train")`,
    ];
  const folder = pythonValue(path.posix.dirname((files[0] ?? '').replaceAll('\\', '/')));
  return (target) => [
    `${target} = datasets.load_dataset(${pythonValue(builder)}, data_files=${pythonValue(files)}, split="train")`,
    ...(builder === 'parquet'
      ? []
      : [
          `${target} = ${target}.map(lambda row: {${image}: os.path.join(${folder}, row[${image}])}).cast_column(${image}, datasets.Image())`,
        ]),
  ];
}

/** From the image processor to the saved adapter. */
export function imageTrainer(recipe: Recipe, call: string, afterStep: boolean): string[] {
  const processor = [
    `processor = transformers.AutoImageProcessor.from_pretrained(${JSON.stringify(recipe.model.path)})`,
    'data = load_data(processor)',
  ];
  // Columns are read by the transform.
  return trainerWith(recipe, call.replace(/\n\)$/, '\n    remove_unused_columns=False,\n)'), afterStep, processor);
}
