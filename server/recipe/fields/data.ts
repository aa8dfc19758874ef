import { chatTemplateNames } from '../chat-templates.ts';
import type { FieldSpec } from '../types.ts';

const column = (name: string, doc: string): FieldSpec => ({ name, type: 'string', doc });

export const dataFields: readonly FieldSpec[] = [
  {
    name: 'train',
    type: 'text-or-list',
    required: true,
    doc: 'Training data, relative to the recipe: `.jsonl`, `.json`, `.csv`, `.tsv`, `.txt` (also `.gz`), `.parquet` or `.arrow` files, a folder of them or of `save_to_disk`, or a data set id in the local Hugging Face cache, e.g. `nyu-mll/glue/sst2`. `:NAME` behind a folder or id takes another split than `train`. For images also a folder with a folder for each class. Globs and lists are allowed; nothing is downloaded.',
  },
  {
    name: 'validation',
    type: 'split',
    exclusiveMinimum: 0,
    exclusiveMaximum: 1,
    doc: 'Validation data: as for `train` (of a folder or id with splits, `validation`), or a fraction of the training rows, e.g. `0.05`. Without it only the training loss is measured.',
  },
  {
    name: 'columns',
    type: 'map',
    item: 'string',
    default: {},
    defaultText: 'columns that bear these names',
    keys: [
      column('text', 'Column with the text.'),
      column('text_pair', 'Column with the second text of a pair.'),
      column('label', 'Column with the class (0 to num_labels − 1) or the number to predict.'),
      column('image', 'Column with an image: its path from the data file, or its bytes.'),
      column('prompt', 'Column with the prompt; its tokens carry no loss.'),
      column('completion', 'Column with the answer that is learned.'),
      column('messages', 'Column with a conversation: a list of `{role, content}`, or of `{from, value}`.'),
      column('instruction', 'Column with what is to be done, written into Alpaca’s prompt.'),
      column('input', 'Column with what an instruction is about; may be empty.'),
      column('output', 'Column with the answer to an instruction.'),
      column('input_ids', 'Column with token ids, for data that is tokenized already.'),
      column('attention_mask', 'Column with 1 for tokens and 0 for padding.'),
      column('token_type_ids', 'Column with 0 for tokens of the first text and 1 for those of the second.'),
      column('labels', 'Column with a label per token (−100 is ignored) or a class number.'),
    ],
    doc: 'Which column of the data plays which part.',
  },
  {
    name: 'chat_template',
    type: 'string',
    words: [...chatTemplateNames],
    defaultText: 'the model’s own',
    doc: 'How conversations become text: the name of a well-known template, or a Jinja file, relative to the recipe. For base models, which have none.',
  },
  {
    name: 'shuffle',
    type: 'boolean',
    default: true,
    doc: 'Shuffle the rows anew each epoch; `false` keeps file order.',
  },
  {
    name: 'max_length',
    type: 'integer',
    minimum: 1,
    maximum: 10_000_000,
    default: 512,
    doc: 'Longest sequence in tokens; longer rows are cut.',
  },
  {
    name: 'packing',
    type: 'boolean',
    default: false,
    doc: 'Put several short rows into one sequence, so that little is padding.',
  },
];
