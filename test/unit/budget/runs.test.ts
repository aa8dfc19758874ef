/** Models that are counted and not run yet, and targets by the names that checkpoints have. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { families, moduleTable, runnable } from '../../../server/architectures/families.ts';
import { tableFromTensors } from '../../../server/architectures/from-tensors.ts';
import type { ModelConfig, ModuleTable } from '../../../server/architectures/types.ts';
import { analyse } from '../../../server/budget/analyse.ts';
import { parse } from '../recipe/harness.ts';
import { brief } from './harness.ts';

const { small } = JSON.parse(readFileSync('test/fixtures/module-tables.json', 'utf8')) as {
  small: Record<string, { task: string; config: ModelConfig; stored: Record<string, number[]> }>;
};
const data = 'data: {train: a.jsonl}';

function judge(table: ModuleTable, config: ModelConfig, task: string, entry: string, launch = false) {
  const document = parse(`version: 1\nmodel: {path: x, task: ${task}}\nadapters: [${entry}]\n${data}`);
  const problems: never[] = [];
  return analyse(document, { model: { table, config, problems, tokenizerFile: '/t' }, launch });
}
const notRunnable = (analysis: ReturnType<typeof judge>) =>
  brief(analysis.diagnostics.filter((d) => d.code === 'model-not-runnable'));

test.each(families.flatMap((family) => family.tasks.map((task) => [family.title, task, family] as const)))(
  '%s, %s: refused at launch unless it runs, counted in each case',
  (_, task, family) => {
    const config = Object.values(small).find((row) =>
      family.modelTypes.some((type) => type === row.config.model_type),
    )!.config;
    const entry = '{method: lora, target_modules: all-linear}';
    const field = family.runs.length > 0 ? 'model.task' : 'model.path';
    const expected = family.runs.includes(task) ? [] : [field];
    const typing = judge(family.table(config, task), config, task, entry);
    expect(notRunnable(typing)).toEqual(expected.map((at) => `warning model-not-runnable ${at}`));
    expect(typing.estimate!.adapterParameters).toBeGreaterThan(0);
    expect(typing.recipe).toBeDefined();
    const launch = judge(family.table(config, task), config, task, entry, true);
    expect(notRunnable(launch)).toEqual(expected.map((at) => `error model-not-runnable ${at}`));
    if (expected.length > 0) expect(launch.recipe).toBeUndefined();
  },
);

test('a model of an unknown type is told the same, with what runs', () => {
  const table = tableFromTensors(new Map(Object.entries(small.qwen3!.stored)));
  const found = judge(table, {}, 'causal-lm', '{method: lora, target_modules: [q_proj]}', true);
  expect(notRunnable(found)).toEqual(['error model-not-runnable model.path']);
  expect(found.diagnostics[0]!.message).toContain(`Models that run: ${runnable().join(', ')}.`);
  expect(found.estimate!.adapters[0]!.modules).toHaveLength(2);
});

test('targets, exclusions and saved modules may have the names of the checkpoint', () => {
  const { config, task } = small.vit!;
  const table = moduleTable(config, task);
  const modules = (entry: string) => {
    const { estimate, diagnostics } = judge(table, config, task, entry);
    return [estimate!.adapters[0]!.modules.map(({ name }) => name), diagnostics.filter((d) => d.severity === 'error')];
  };
  const queries = ['vit.layers.0.attention.q_proj', 'vit.layers.1.attention.q_proj'];
  for (const target of ['[q_proj]', '[query]', '[attention.attention.query]', '".*query"', '".*q_proj"'])
    expect(modules(`{method: lora, target_modules: ${target}}`)).toEqual([queries, []]);
  expect(
    modules('{method: lora, target_modules: [query], exclude_modules: [layer.0.attention.attention.query]}'),
  ).toEqual([[queries[1]], []]);
  const head = moduleTable(small['gpt-neox']!.config, 'causal-lm');
  const saved = judge(head, small['gpt-neox']!.config, 'causal-lm', '{method: lora, modules_to_save: [embed_out]}');
  expect(saved.saved.map(({ module }) => module.name)).toEqual(['lm_head']);
});
