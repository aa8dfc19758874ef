/** Reading and tokenizing the recipe's data with `datasets` and transformers. */
import { RankwiseError } from '../base/errors.ts';
import { layoutOf } from '../datafiles/layouts.ts';
import type { Recipe } from '../recipe/types.ts';
import { encoding } from './python-rows.ts';
import { type Loading, loadingOf, type Sources } from './python-source.ts';
import { indented, pythonValue } from './python-text.ts';

type Roles = Record<string, string>;

/** The column of each role: those that the recipe names, and those that the data has under the role's own name. */
export function rolesIn({ model, data }: Recipe, found: readonly string[]): Roles {
  const named = data?.columns ?? {};
  try {
    if (found.length > 0) return layoutOf(model.task, named, found, 'the data').columns;
  } catch (error) {
    // The editor says what is wrong with them; here what the recipe names is taken at its word.
    if (!(error instanceof RankwiseError)) throw error;
  }
  if (Object.keys(named).length > 0) return named;
  const reads = model.task === 'image-classification' ? 'image' : 'text';
  return model.task === 'causal-lm' ? { text: 'text' } : { [reads]: reads, label: 'label' };
}

/** What the code of `load_data` is made of, beside the recipe. */
export interface DataCode {
  roles: Roles;
  sources: Sources;
  /** Tokens of a row at most: `max_length`, or what the model has positions for. */
  length: number;
  /** Class names by number, where config.json has them. */
  classes?: readonly string[];
}

/** `def load_data(tokenizer)` */
export function loadingData(recipe: Recipe, { roles, sources, length, classes }: DataCode): string {
  const named = recipe.model.task === 'sequence-classification' ? roles.label : undefined;
  return [
    'def load_data(tokenizer):',
    '    import datasets',
    '',
    indented([...splitsOf(recipe, sources), ...(named === undefined ? [] : numbered(named, classes))].join('\n')),
    '',
    '    def encode(row):',
    indented(encoding(recipe.model.task, roles, length), '        '),
    '',
    '    return data.map(encode, remove_columns=data["train"].column_names)',
  ].join('\n');
}

/** Statements that load each split of the recipe; `made` are further ones for a split. */
export function splitsOf(
  recipe: Recipe,
  sources: Sources,
  made: (target: string, loading: Loading) => string[] = () => [],
): string[] {
  const { train, validation } = recipe.data!;
  const usual = recipe.model.task === 'image-classification' ? 'imagefolder' : 'json';
  const load = (specs: string | string[], role: 'train' | 'validation'): string[] => {
    const loading = loadingOf(specs, role, sources, usual);
    return [`data["${role}"] = ${loading.call}`, ...made(`data["${role}"]`, loading)];
  };
  return [
    'data = datasets.DatasetDict()',
    ...load(train, 'train'),
    ...(typeof validation === 'number' || validation === undefined ? [] : load(validation, 'validation')),
    ...heldBack(recipe),
  ];
}

/** Statements that turn class names into numbers: in the order of `classes`, else as Rankwise sorts those of the training data. */
export function numbered(column: string, classes?: readonly string[]): string[] {
  const name = pythonValue(column);
  return [
    `if data["train"].features[${name}].dtype.endswith("string"):`,
    `    names = ${classes ? pythonValue(classes) : `sorted(data["train"].unique(${name}))`}`,
    `    data = data.cast_column(${name}, datasets.ClassLabel(names=names))`,
  ];
}

/** Statements that take a fraction of the training rows for validation, where the recipe says so. */
const heldBack = ({ data, training }: Recipe): string[] =>
  typeof data?.validation === 'number'
    ? [
        `parts = data["train"].train_test_split(test_size=${data.validation}, seed=${training.seed})`,
        'data = datasets.DatasetDict(train=parts["train"], validation=parts["test"])',
      ]
    : [];
