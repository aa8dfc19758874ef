import type { FieldSpec } from '../types.ts';

/** Fields of every entry of `adapters`; the method's own fields come beside them. */
export const entryFields: readonly FieldSpec[] = [
  {
    name: 'name',
    type: 'string',
    defaultText: 'the method, made unique',
    doc: 'Name of the adapter: its folder in the run directory when there are several.',
  },
  {
    name: 'method',
    type: 'string',
    doc: 'The fine-tuning method, e.g. `lora`.',
  },
  {
    name: 'path',
    type: 'string',
    doc: 'Go on from a saved adapter: a folder in PEFT format, relative to the recipe. Its method, rank and targets come from its files.',
  },
  {
    name: 'target_modules',
    type: 'text-or-list',
    defaultText: "PEFT's targets for the model type",
    doc: "The modules to adapt, by PEFT's rule. A list holds exact names or dot-suffixes (`q_proj` matches `model.layers.0.self_attn.q_proj`); a string is a regular expression in Python's syntax that must match the whole name; `all-linear` takes every linear layer but the output head.",
  },
  {
    name: 'exclude_modules',
    type: 'text-or-list',
    default: [],
    doc: 'Modules to leave out, by the same rule as `target_modules`.',
  },
  {
    name: 'layers_to_transform',
    type: 'layers',
    default: 'all',
    doc: 'The transformer layers to adapt, from 0: `all`, a list `[0, 1]`, or a range `"4-11"` with both ends.',
  },
  {
    name: 'modules_to_save',
    type: 'list',
    item: 'string',
    defaultText: 'the head, for classification and regression',
    doc: "Modules trained in full and saved beside the adapter, by PEFT's rule (end of the name). `[]` saves none, not even the head.",
  },
];

/** Fields that come with a method's `rank` and `alpha`. */
export const rankPattern: FieldSpec = {
  name: 'rank_pattern',
  type: 'map',
  item: 'integer',
  minimum: 1,
  default: {},
  doc: "Ranks that differ from `rank`: a regular expression, matched at the end of the module's name from a dot on, to a rank. The first that matches holds. `q_proj` and `.*layers\\.0\\..*` match; `layers.0.` matches nothing.",
};

export const alphaPattern: FieldSpec = {
  name: 'alpha_pattern',
  type: 'map',
  item: 'number',
  exclusiveMinimum: 0,
  default: {},
  doc: 'Values of `alpha` that differ, by the same rule as `rank_pattern`.',
};
