/** The typed source of every field of a recipe: reader, JSON Schema, hovers and completions all come from here. */
import { alphaPattern, entryFields, rankPattern } from './fields/adapters.ts';
import { dataFields } from './fields/data.ts';
import { modelFields } from './fields/model.ts';
import { trainingFields } from './fields/training.ts';
import type { FieldPath, FieldSpec, MethodFields, MethodTable } from './types.ts';

const budgetFields: readonly FieldSpec[] = [
  {
    name: 'trainable',
    type: 'quantity',
    unit: 'parameters',
    doc: 'Most adapter parameters, heads not counted: a number, `100k`, `1.5M`, or a percent of the model (`0.1%`).',
  },
  {
    name: 'memory',
    type: 'quantity',
    unit: 'bytes',
    doc: "Most memory at the peak of training: `8GiB` (2³⁰ bytes), `500MB`, or a percent of the device's memory.",
  },
];

/** Keys of `sweep` that are no paths. */
export const sweepKeys: readonly FieldSpec[] = [
  {
    name: 'random',
    type: 'integer',
    minimum: 1,
    maximum: 1000,
    doc: 'Draws this many points of the grid, each at most once, instead of running all of them.',
  },
  {
    name: 'seed',
    type: 'integer',
    minimum: 0,
    maximum: 2 ** 31 - 1,
    defaultText: '= training.seed',
    doc: 'Seed of `random`: the same seed draws the same points.',
  },
  {
    name: 'halving',
    type: 'integer',
    minimum: 2,
    maximum: 100,
    doc:
      'Successive halving: ends hopeless points early. With `3` the best third of the points goes on after each of a few short parts of training, ' +
      'the others are stopped there with a checkpoint. Needs `data.validation`.',
  },
  {
    name: 'budget',
    type: 'quantity',
    unit: 'time',
    doc: 'Working time of all points together: `90m`, `2h`, `1.5h`. When it is used up the points stop with a checkpoint; resuming the sweep gives it anew.',
  },
];

export const rootFields: readonly FieldSpec[] = [
  {
    name: 'version',
    type: 'integer',
    required: true,
    minimum: 1,
    maximum: 1,
    doc: 'Version of the recipe format: 1.',
  },
  {
    name: 'name',
    type: 'string',
    defaultText: "the recipe's file name",
    doc: 'Name of the runs made from this recipe.',
  },
  { name: 'model', type: 'section', required: true, fields: modelFields, doc: 'The base model.' },
  {
    name: 'adapters',
    type: 'entries',
    required: true,
    fields: entryFields,
    doc: 'One adapter or more. A weight matrix may be claimed by one entry only.',
  },
  {
    name: 'data',
    type: 'section',
    optional: true,
    fields: dataFields,
    doc: 'Training and validation data. Needed to run, not to estimate.',
  },
  { name: 'training', type: 'section', fields: trainingFields, doc: 'How to train.' },
  {
    name: 'budget',
    type: 'section',
    fields: budgetFields,
    doc: 'What the recipe may cost. Exceeding it is an error; `rank: auto` takes the largest rank that fits.',
  },
  {
    name: 'sweep',
    type: 'sweep',
    doc:
      'Runs the recipe once for each combination of values: recipe paths such as `"adapters.0.rank"` to lists of values. ' +
      '`random: 20` draws 20 of the combinations, by `seed`; `halving: 3` ends hopeless points early; `budget: 2h` is the time for all of them.',
  },
  {
    name: 'output',
    type: 'string',
    default: 'runs',
    doc: 'Folder that gets a directory for each run, relative to the recipe.',
  },
];

/** The fields of an `adapters` entry: the common ones, then the method's. Without a method: the common ones alone. */
export function fieldsOfEntry(method: MethodFields | undefined): readonly FieldSpec[] {
  if (!method) return entryFields;
  const patterns: FieldSpec[] = [];
  if (!method.uniformRank && method.fields.some((f) => f.name === 'rank')) patterns.push(rankPattern);
  if (method.fields.some((f) => f.name === 'alpha')) patterns.push(alphaPattern);
  return [...entryFields, ...method.fields, ...patterns];
}

/**
 * The field at a path such as ["training", "batch_size"]; undefined when there is none. Items of lists and maps have the
 * field of the list. `methodAt` names the method of an entry by its index.
 */
export function fieldAt(
  path: FieldPath,
  methods: MethodTable,
  methodAt: (index: number) => string | undefined,
): FieldSpec | undefined {
  let fields: readonly FieldSpec[] | undefined = rootFields;
  let field: FieldSpec | undefined;
  for (const key of path) {
    if (typeof key === 'number' && field?.type === 'entries') {
      const id = methodAt(key);
      fields = fieldsOfEntry(id !== undefined && Object.hasOwn(methods, id) ? methods[id] : undefined);
    } else if (fields) {
      field = fields.find((f) => f.name === key);
      if (!field) return undefined;
      fields = field.fields ?? field.keys;
    } else return field;
  }
  return field;
}
