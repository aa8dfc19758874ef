import { expect, test } from 'vitest';
import { claimsOf } from '../../../server/budget/claims.ts';
import { recipe, table } from './harness.ts';

const llama = 'llama-3-8b';
const claims = (entries: string, name = llama) => claimsOf(recipe(name, entries), table(name));
const modules = (entry: string, name = llama): string[] =>
  claims(`{method: lora, ${entry}}`, name).claims.map((c) => c.module.name);

test('a list item is an exact name or its end from a dot on', () => {
  expect(modules('target_modules: [q_proj]')).toHaveLength(32);
  expect(modules('target_modules: [self_attn.q_proj]')).toHaveLength(32);
  expect(modules('target_modules: [model.layers.3.self_attn.q_proj]')).toEqual(['model.layers.3.self_attn.q_proj']);
  expect(modules('target_modules: [proj]')).toEqual([]);
});

test('all-linear leaves out the output head and the classifier, and takes BERT’s pooler', () => {
  expect(modules('target_modules: all-linear')).toHaveLength(32 * 7);
  const bert = modules('target_modules: all-linear', 'bert-base-uncased');
  expect(bert).toContain('bert.pooler.dense');
  expect(bert).not.toContain('classifier');
  expect(modules('target_modules: all-linear, modules_to_save: []', 'roberta-base')).not.toContain('classifier.dense');
});

test('exclude_modules follows the same rule', () => {
  expect(modules('target_modules: [q_proj, v_proj], exclude_modules: [v_proj]')).toHaveLength(32);
  expect(
    modules('target_modules: [q_proj], exclude_modules: ".*\\\\.[12]?\\\\d\\\\..*"'.replaceAll('\\\\', '\\\\')),
  ).toHaveLength(2);
});

test('layers_to_transform narrows targets, but not full names', () => {
  expect(modules('target_modules: [q_proj], layers_to_transform: [0, 31]')).toHaveLength(2);
  expect(modules('target_modules: all-linear, layers_to_transform: "0-3"')).toHaveLength(28);
  expect(modules('target_modules: [model.layers.3.self_attn.q_proj], layers_to_transform: [0]')).toHaveLength(1);
});

test('saved modules carry no adapter', () => {
  expect(modules('target_modules: [dense]', 'roberta-base')).not.toContain('classifier.dense');
  expect(
    modules('target_modules: all-linear, modules_to_save: [layer.0.attention]', 'bert-base-uncased'),
  ).not.toContain('bert.encoder.layer.0.attention.self.query');
});

test('without targets: PEFT’s defaults for the model type', () => {
  const { coverage } = claims('{method: lora}');
  expect(coverage).toMatchObject([{ field: 'adapters.0', pattern: 'q_proj, v_proj', layers: 32, ofLayers: 32 }]);
});

test('coverage of each pattern', () => {
  const { coverage } = claims('{method: lora, target_modules: [q_proj, qproj, model.layers.3.mlp.up_proj]}');
  expect(coverage.map(({ field, modules, layers, ofLayers }) => [field, modules.length, layers, ofLayers])).toEqual([
    ['adapters.0.target_modules.0', 32, 32, 32],
    ['adapters.0.target_modules.1', 0, 0, 32],
    ['adapters.0.target_modules.2', 1, 1, 32],
  ]);
});

test('rank_pattern: from a dot to the end of the name, the first key that fits', () => {
  const pattern = '{".*layers\\\\.[01]\\\\..*": 2, v_proj: 3, proj: 9}';
  const ranks = claims(
    `{method: lora, rank: 8, alpha: 5, target_modules: [q_proj, v_proj], rank_pattern: ${pattern}}`,
  ).claims;
  const of = (layer: number) => ranks.filter((c) => c.module.layer === layer).map((c) => c.settings.rank);
  expect([of(0), of(2)]).toEqual([
    [2, 2],
    [8, 3],
  ]);
  expect(new Set(ranks.map((c) => c.settings.alpha))).toEqual(new Set([5]));
});

test('a matrix goes to the first entry that claims it', () => {
  const { claims: taken, findings } = claims(
    '{method: lora, target_modules: [q_proj]}, {method: lora, target_modules: [q_proj, v_proj]}',
  );
  expect(taken.filter((c) => c.index === 0)).toHaveLength(32);
  expect(taken.filter((c) => c.index === 1)).toHaveLength(32);
  expect(findings.map((f) => f.code)).toEqual(['claimed-twice']);
});
