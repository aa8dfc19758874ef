import { taskHead } from '../architectures/modules.ts';
import { RankwiseError } from '../base/errors.ts';
import { previewFiles } from '../data/preview.ts';
import { previewLines } from '../data/preview-text.ts';
import { loadTokenizer, type Tokenizer } from '../data/tokenizer.ts';
import type { Recipe } from '../recipe/types.ts';
import { recipeFacts } from './recipe-facts.ts';
import { configLabels, encodeOptions, parseResolved } from './run-directory.ts';
import type { Job } from './types.ts';

/** The first samples of a resolved recipe's data as the model will see them; needs the tokenizer, no weights and no engine. */
export const run: Job<'preview'> = async ({ recipeText, split, rows, ids, columns, cwd }) => {
  const recipe = parseResolved(recipeText);
  const facts = await recipeFacts(recipeText);
  if (!facts)
    throw new RankwiseError('model-not-known', 'The model of the recipe cannot be read.', {
      field: 'model.path',
      hint: '`rankwise validate RECIPE` says why.',
    });
  const { table } = facts;
  const head = taskHead(table);
  const model = {
    task: recipe.model.task,
    maxLength: table.shape.maxPositions,
    vocabSize: table.shape.vocab,
    ...(head && { numLabels: head.m }),
    ...(table.shape.image && { image: table.shape.image }),
  };
  const here = process.cwd(); // paths are absolute
  const labelNames = configLabels(recipe.model.path, model.numLabels);
  const options = encodeOptions(recipe, model, here, labelNames);
  const preview = await previewFiles(filesOf(recipe, split), options, {
    split,
    samples: rows,
    packing: split === 'train' && recipe.data?.packing === true,
    tokenizerIfAny: () => tokenizerIfAny(options.tokenizerFolder!),
  });
  return {
    preview,
    lines: previewLines(preview, { ...(ids && { ids }), ...(columns && { columns }), cwd: cwd ?? here }),
  };
};

/** Throws `no-data`, `no-validation-files`. */
function filesOf({ data }: Recipe, split: 'train' | 'validation'): string | readonly string[] {
  if (!data)
    throw new RankwiseError('no-data', 'The recipe names no data.', {
      field: 'data',
      hint: 'Add data: {train: data/train.jsonl}',
    });
  if (split === 'train') return data.train;
  if (typeof data.validation === 'string' || Array.isArray(data.validation)) return data.validation;
  const message =
    data.validation === undefined
      ? 'The recipe has no validation data.'
      : `The validation data are ${data.validation} of the training rows, drawn by the seed: they look like those.`;
  throw new RankwiseError('no-validation-files', message, {
    field: 'data.validation',
    hint: 'Preview the training data.',
  });
}

/** Data that is tokens already needs none; with one its texts can be shown. */
function tokenizerIfAny(folder: string): Tokenizer | undefined {
  try {
    return loadTokenizer(folder);
  } catch (error) {
    if (error instanceof RankwiseError && error.code === 'tokenizer-missing') return undefined;
    throw error;
  }
}
