/** Reading and tokenizing the recipe's data with `datasets` and transformers. */
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { layoutOf } from '../datafiles/layouts.ts';
import type { Recipe } from '../recipe/types.ts';
import { indented, pythonCall, pythonValue } from './python-text.ts';

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

const builders: Readonly<Record<string, string>> = {
  '.jsonl': 'json',
  '.ndjson': 'json',
  '.csv': 'csv',
  '.tsv': 'csv',
  '.parquet': 'parquet',
  '.arrow': 'arrow',
  '.txt': 'text',
};

/** `def load_data(tokenizer)` */
export function loadingData(recipe: Recipe, roles: Roles): string {
  const data = recipe.data!;
  const { validation } = data;
  const files = {
    train: data.train,
    ...(typeof validation !== 'number' && validation !== undefined && { validation }),
  };
  const ending = path.extname(([data.train].flat()[0] ?? '').toLowerCase().replace(/\.gz$/, ''));
  const tabs = ending === '.tsv' ? { delimiter: '\t' } : {};
  const builder = builders[ending] ?? 'json';
  const unneeded = 'remove_columns=data["train"].column_names';
  return [
    'def load_data(tokenizer):',
    '    import datasets',
    '',
    indented(`data = ${pythonCall('datasets.load_dataset', [builder], { data_files: files, ...tabs })}`),
    ...heldBack(recipe).map((line) => `    ${line}`),
    '',
    '    def encode(row):',
    indented(encoding(roles, data.max_length), '        '),
    '',
    `    return data.map(encode, ${unneeded})`,
  ].join('\n');
}

/** Statements that take a fraction of the training rows for validation, where the recipe says so. */
export const heldBack = ({ data, training }: Recipe): string[] =>
  typeof data?.validation === 'number'
    ? [
        `parts = data["train"].train_test_split(test_size=${data.validation}, seed=${training.seed})`,
        'data = datasets.DatasetDict(train=parts["train"], validation=parts["test"])',
      ]
    : [];

/** Alpaca's prompt, as a row of an instruction is encoded here. */
function instruction(column: (role: string) => string, input: boolean, length: number): string {
  const given = input ? column('input') : '""';
  return [
    `given = ${given} or ""`,
    'context = ", paired with an input that provides further context" if given else ""',
    'prompt = f"Below is an instruction that describes a task{context}. Write a response that appropriately completes the request.\\n\\n"',
    `prompt += "### Instruction:\\n" + ${column('instruction')} + "\\n\\n"`,
    'prompt += f"### Input:\\n{given}\\n\\n" if given else ""',
    'prompt += "### Response:\\n"',
    'prefix = tokenizer(prompt)["input_ids"]',
    `ids = (tokenizer(prompt + ${column('output')})["input_ids"] + [tokenizer.eos_token_id])[:${length}]`,
    'labels = ([-100] * len(prefix) + ids[len(prefix):])[: len(ids)]',
    'return {"input_ids": ids, "attention_mask": [1] * len(ids), "labels": labels}',
  ].join('\n');
}

/** From a row to `input_ids` and `labels`, or `label`. */
function encoding(roles: Roles, length: number): string {
  const column = (role: string): string => `row[${pythonValue(roles[role])}]`;
  const has = (role: string): boolean => roles[role] !== undefined;
  if (has('input_ids'))
    return `return {${Object.keys(roles)
      .map((role) => `${pythonValue(role)}: ${column(role)}`)
      .join(', ')}}`;
  if (has('prompt') && has('completion'))
    return [
      `prompt = tokenizer(${column('prompt')})["input_ids"]`,
      `ids = tokenizer(${column('prompt')} + ${column('completion')})["input_ids"] + [tokenizer.eos_token_id]`,
      `labels = [-100] * len(prompt) + ids[len(prompt):]`,
      `return {"input_ids": ids[:${length}], "attention_mask": [1] * len(ids[:${length}]), "labels": labels[:${length}]}`,
    ].join('\n');
  if (has('instruction') && has('output')) return instruction(column, has('input'), length);
  if (has('messages'))
    return [
      `ids = tokenizer.apply_chat_template(${column('messages')}, return_dict=False)[:${length}]`,
      'return {"input_ids": ids, "attention_mask": [1] * len(ids), "labels": ids}',
    ].join('\n');
  const texts = ['text', 'text_pair'].filter(has).map(column).join(', ');
  if (has('label'))
    return [
      `encoded = tokenizer(${texts}, truncation=True, max_length=${length})`,
      `return {**encoded, "labels": ${column('label')}}`,
    ].join('\n');
  return [
    `ids = (tokenizer(${texts || 'row["text"]'})["input_ids"] + [tokenizer.eos_token_id])[:${length}]`,
    'return {"input_ids": ids, "attention_mask": [1] * len(ids), "labels": ids}',
  ].join('\n');
}
