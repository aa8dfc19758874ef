/** Parameter counts that the LoRA-XS and SVFT papers print, by recipes on the papers' models. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { moduleTable } from '../../../server/architectures/families.ts';
import { tableFromTensors } from '../../../server/architectures/from-tensors.ts';
import { countParameters } from '../../../server/architectures/modules.ts';
import type { ModelConfig, ModuleTable } from '../../../server/architectures/types.ts';
import { estimate } from '../../../server/budget/estimate.ts';
import { parse } from '../recipe/harness.ts';

interface Printed {
  paper: string;
  table: string;
  model: string;
  method: string;
  targets: string[] | null;
  hyperparameters: Record<string, number>;
  formula: string;
  published: string;
  exact: number;
  reason?: string;
}
const json = (name: string) => JSON.parse(readFileSync(`test/fixtures/${name}.json`, 'utf8'));
const papers = json('papers') as {
  primary: Printed[];
  notReproduced: Printed[];
  shapes: Record<string, { layers: number; modules: Record<string, [number, number]> }>;
};
const real: Record<string, { config: ModelConfig }> = {
  ...json('module-tables').published,
  ...json('counts-all').models,
};

interface Known {
  task: string;
  /** What the table of fixtures calls the model. */
  config?: string;
  /** The papers' letters for targets. */
  names: Record<string, string>;
  /** Modules that the papers' whole model lacks. */
  without?: string[];
}
const decoder = { q: 'q_proj', k: 'k_proj', v: 'v_proj', o: 'o_proj', g: 'gate_proj', u: 'up_proj', d: 'down_proj' };
const bert = { o: 'attention.output.dense', fc1: 'intermediate.dense', fc2: 'output.dense' };
const vit = { q: 'query', k: 'key', v: 'value', ...bert };
const known: Record<string, Known> = {
  'gemma-2b': { task: 'causal-lm', names: decoder },
  'gemma-7b': { task: 'causal-lm', names: decoder },
  'llama-3-8b': { task: 'causal-lm', names: decoder },
  'mistral-7b-v0.1': { task: 'causal-lm', names: decoder },
  'roberta-large': { task: 'sequence-classification', names: vit, without: ['classifier.out_proj'] },
  'deberta-v3-base': {
    task: 'sequence-classification',
    names: { q: 'query_proj', k: 'key_proj', v: 'value_proj', ...bert },
    without: ['pooler.dense', 'classifier'],
  },
  'vit-base': { task: 'image-classification', config: 'vit-base-patch16-224', names: vit, without: ['classifier'] },
  'vit-large': { task: 'image-classification', names: vit, without: ['classifier'] },
  'pythia-2.8b': {
    task: 'causal-lm',
    names: { qkv: 'query_key_value', dense: 'attention.dense', h4: 'dense_h_to_4h', h: 'dense_4h_to_h' },
    // "2.5B" are those that are no embedding.
    without: ['gpt_neox.embed_in', 'lm_head'],
  },
  'gpt3-175b': { task: 'causal-lm', names: { q: 'q', k: 'k', v: 'v', o: 'o' } },
};

function tableOf(name: string): ModuleTable {
  const { task, config = name } = known[name]!;
  if (real[config]) return moduleTable(real[config].config, task);
  // GPT-3 was never published: its matrices alone.
  const { layers, modules } = papers.shapes[name]!;
  const tensors = Array.from({ length: layers }, (_, i) =>
    Object.entries(modules).map(([module, shape]) => [`${i}.${module}.weight`, shape] as const),
  );
  return tableFromTensors(new Map(tensors.flat().map(([tensor, shape]) => [`layers.${tensor}`, shape])));
}

/** Fields of an entry by the formula that the figure follows. */
const entries: Record<string, (h: Record<string, number>) => object> = {
  lora: ({ r }) => ({ method: 'lora', rank: r }),
  dora: ({ r }) => ({ method: 'dora', rank: r }),
  vera: ({ r }) => ({ method: 'vera', rank: r }),
  lora_xs: ({ r }) => ({ method: 'lora-xs', rank: r }),
  boft_peft: ({ b, f }) => ({ method: 'boft', block_size: b, butterfly_factors: f }),
  svft_plain: (h) => svft('plain', h),
  svft_banded: (h) => svft('banded', h),
  svft_random_d: (h) => svft('random', h),
  svft_topk_d: (h) => svft('top-k', h),
};
const svft = (pattern: string, { d, rank }: Record<string, number>) => ({
  method: 'svft',
  pattern,
  ...(d !== undefined && { off_diagonals: d }),
  ...(rank !== undefined && { rank }),
  gate: false,
  init: 'zero',
});

function count({ model, targets, hyperparameters, formula }: Printed): number {
  const { task, names, without = [] } = known[model]!;
  const table = tableOf(model);
  if (formula === 'total') return countParameters(table.modules.filter((m) => !without.includes(m.name)));
  const letters = targets!.map((letter) => names[letter]!);
  // `output.dense` is the end of attention's name, too: one layer's own is what stands behind its number.
  const wanted = letters.map((name) => (name === bert.fc2 ? '\\d+\\.output\\.dense' : name.replaceAll('.', '\\.')));
  const entry = {
    ...entries[formula]!(hyperparameters),
    target_modules: `.*\\.(${wanted.join('|')})`,
    modules_to_save: [],
  };
  const { recipe } = parse(JSON.stringify({ version: 1, model: { path: 'x', task }, adapters: [entry] }));
  return estimate(recipe!, table).trainableParameters;
}

const label = (row: Printed) =>
  `${row.paper}, table ${row.table}: ${row.model} ${row.method} ${JSON.stringify(row.hyperparameters)}`;

test('every figure that follows from its formula', () => {
  const found = papers.primary.map((row) => [label(row), count(row)]);
  expect(found).toEqual(papers.primary.map((row) => [label(row), row.exact]));
  console.log(`papers: ${found.length} of ${papers.primary.length} primary rows`);
});

test('figures that do not follow from their formulas, with the reason', () => {
  const rows = papers.notReproduced.filter(({ formula, exact }) => formula in entries && exact);
  expect(rows.map((row) => [label(row), count(row)])).toEqual(rows.map((row) => [label(row), row.exact]));
  const lines = papers.notReproduced.map((row) => `  ${label(row)}: printed ${row.published}. ${row.reason}`);
  console.log(
    `papers: ${rows.length} of ${papers.notReproduced.length} rows that print another number than their formula gives:\n${lines.join('\n')}`,
  );
  for (const { reason } of papers.notReproduced) expect(reason).toBeTruthy();
});
