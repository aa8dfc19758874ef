/** The recipes of published settings train what the papers say (examples/published). */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { moduleTable } from '../../../server/architectures/families.ts';
import { analyse } from '../../../server/budget/analyse.ts';
import { parse } from '../recipe/harness.ts';
import { config } from './harness.ts';

const gemma2b = {
  architectures: ['GemmaForCausalLM'],
  model_type: 'gemma',
  hidden_size: 2048,
  intermediate_size: 16384,
  num_hidden_layers: 18,
  num_attention_heads: 8,
  num_key_value_heads: 1,
  head_dim: 256,
  vocab_size: 256000,
};

test.each([
  ['lora-xs-roberta-large-sst2', config('roberta-large'), 60_000],
  ['svft-gemma-2b-metamath', gemma2b, 193_536],
])('%s', (name, model, trained) => {
  const file = path.join(import.meta.dirname, '../../../examples/published', `${name}.peft`);
  const document = parse(readFileSync(file, 'utf8'));
  const { task, num_labels } = document.recipe!.model;
  const table = moduleTable(model, task, num_labels);
  const { estimate, diagnostics } = analyse(document, { model: { table, config: model, problems: [] } });
  expect(estimate!.adapterParameters).toBe(trained);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
});
