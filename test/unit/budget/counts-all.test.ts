/** Every row of the reference counts that a recipe can express, for every model and method; what is left out is printed with its reason. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { moduleTable } from '../../../server/architectures/families.ts';
import type { ModelConfig } from '../../../server/architectures/types.ts';
import { analyse } from '../../../server/budget/analyse.ts';
import { methodOf } from '../../../server/methods/registry.ts';
import { parse } from '../recipe/harness.ts';

type Row = [
  method: string,
  set: string,
  hyperparameters: Record<string, unknown>,
  trainable: number | string,
  all?: number,
  adapter?: number,
];
interface Model {
  architecture: string;
  totalParameters: number;
  config: ModelConfig;
  targets: Record<string, string | string[] | null>;
  rows: Row[];
}
const { models, otherMethods } = JSON.parse(readFileSync('test/fixtures/counts-all.json', 'utf8')) as {
  models: Record<string, Model>;
  otherMethods: Record<string, number>;
};

const tasks: Record<string, string> = {
  ForCausalLM: 'causal-lm',
  LMHeadModel: 'causal-lm',
  ForImageClassification: 'image-classification',
  ForConditionalGeneration: 'seq2seq',
};
const taskOf = ({ architecture }: Model): string =>
  Object.entries(tasks).find(([end]) => architecture.endsWith(end))?.[1] ?? 'sequence-classification';

/** PEFT's fields by their names here; those that say which method it is have none. */
const ours: Readonly<Record<string, string | undefined>> = {
  r: 'rank',
  init_r: 'init_rank',
  target_r: 'target_rank',
  use_dora: undefined,
  init_lora_weights: 'init',
  oft_block_size: 'block_size',
  boft_block_size: 'block_size',
  boft_n_butterfly_factor: 'butterfly_factors',
};

/** A row's hyperparameters as fields of an entry; a text is the reason why a recipe cannot say them. */
function fieldsOf([method, , hyperparameters]: Row): Record<string, unknown> | string {
  const known = methodOf(method);
  if (!known) return `no method ${method}`;
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(hyperparameters)) {
    const name = key in ours ? ours[key] : key;
    // 0 is PEFT's way to say that the other one of OFT's two fields holds; its name for PiSSA is one of LoRA's inits.
    if (name === undefined || value === 0 || value === method) continue;
    const field = known.fields.find((f) => f.name === name);
    if (!field) return `${method} has no field ${name}`;
    if (field.values && !field.values.includes(String(value))) return `${method} has no ${name} ${value}`;
    fields[name] = value;
  }
  return fields;
}

function analysed(model: Model, [method, set, , , all]: Row, fields: Record<string, unknown>) {
  const task = taskOf(model);
  const targets = model.targets[set];
  const saved = all === undefined ? [] : set.includes('modules_to_save') ? ['lm_head'] : undefined;
  const entry = {
    method,
    ...fields,
    ...(targets !== null && { target_modules: targets }),
    ...(saved && { modules_to_save: saved }),
  };
  const document = parse(JSON.stringify({ version: 1, model: { path: 'x', task }, adapters: [entry] }));
  const table = moduleTable(model.config, task);
  return analyse(document, { model: { table, config: model.config, problems: [] } });
}

const counted = { rows: 0, refused: 0 };
const left = new Map<string, number>(Object.entries(otherMethods).map(([name, rows]) => [`no method ${name}`, rows]));

describe.each(Object.entries(models))('%s', (_, model) => {
  test('total parameters', () => {
    expect(moduleTable(model.config, taskOf(model))).toMatchObject({
      architecture: model.architecture,
      totalParameters: model.totalParameters,
    });
  });

  test.each([...new Set(model.rows.map(([method]) => method))])('%s', (name) => {
    const expected: unknown[] = [];
    const found: unknown[] = [];
    for (const row of model.rows.filter(([method]) => method === name)) {
      const fields = fieldsOf(row);
      if (typeof fields === 'string') {
        left.set(fields, (left.get(fields) ?? 0) + 1);
        continue;
      }
      const [, set, hyperparameters, trainable, all, adapter] = row;
      const { estimate, diagnostics } = analysed(model, row, fields);
      if (typeof trainable === 'string') {
        // What PEFT refuses is an error here, too.
        counted.refused++;
        expected.push([set, 'error']);
        found.push([set, diagnostics.find(({ severity }) => severity === 'error')?.severity]);
        continue;
      }
      counted.rows++;
      const e = estimate!;
      const numbers = [e.trainableParameters, ...(all === undefined ? [] : [e.allParameters, e.adapterParameters])];
      found.push([set, hyperparameters, ...numbers]);
      expected.push([set, hyperparameters, trainable, ...(all === undefined ? [] : [all, adapter ?? trainable])]);
    }
    expect(found).toEqual(expected);
  });
});

test('as many rows as there are', () => {
  const rows = Object.values(models).reduce((sum, model) => sum + model.rows.length, 0);
  const others = Object.values(otherMethods).reduce((sum, count) => sum + count, 0);
  const reasons = [...left].map(([reason, count]) => `  ${count} rows: ${reason}`).join('\n');
  console.log(
    `counts: ${counted.rows + counted.refused} of ${rows + others} rows (${counted.refused} that PEFT refuses). Left out:\n${reasons}`,
  );
  // A method or a field that comes takes its rows in by itself; none that is here may fall out.
  expect(counted.rows).toBeGreaterThanOrEqual(2115);
});
