import { readFileSync } from 'node:fs';
import path from 'node:path';
import { moduleTable } from '../../../server/architectures/families.ts';
import type { ModelConfig, ModuleTable } from '../../../server/architectures/types.ts';
import { analyse } from '../../../server/budget/analyse.ts';
import type { Analysis, World } from '../../../server/budget/types.ts';
import type { Diagnostic } from '../../../server/protocol/diagnostics.ts';
import type { Recipe } from '../../../server/recipe/types.ts';
import { parse } from '../recipe/harness.ts';

const configs = path.join(import.meta.dirname, '../../fixtures/configs');

export function config(name: string): ModelConfig {
  return JSON.parse(readFileSync(path.join(configs, name, 'config.json'), 'utf8')) as ModelConfig;
}

const tables = new Map<string, ModuleTable>();
export function table(name: string, labels?: number): ModuleTable {
  const key = `${name} ${labels}`;
  const task = /llama/.test(name) ? 'causal-lm' : 'sequence-classification';
  if (!tables.has(key)) tables.set(key, moduleTable(config(name), task, labels));
  return tables.get(key)!;
}

/** A recipe for a model of the fixtures; `entries` is YAML in flow style. */
export const recipeText = (name: string, entries: string, more = ''): string =>
  `version: 1\nmodel: {path: x${/llama/.test(name) ? '' : ', task: sequence-classification'}}\nadapters: [${entries}]\ndata: {train: a.jsonl}\n${more}`;

export function recipe(name: string, entries: string, more = ''): Recipe {
  const document = parse(recipeText(name, entries, more));
  if (!document.recipe) throw new Error(document.diagnostics.map((d) => d.message).join('\n'));
  return document.recipe;
}

export const worldOf = (name: string): World => ({
  model: { table: table(name), config: config(name), problems: [], tokenizerFile: '/m/tokenizer.json' },
});

export function analysed(name: string, entries: string, more = '', world: World = {}): Analysis {
  return analyse(parse(recipeText(name, entries, more)), { ...worldOf(name), ...world });
}

/** `severity code field` of each finding. */
export const brief = (diagnostics: readonly Diagnostic[]): string[] =>
  diagnostics.map((d) => `${d.severity} ${d.code} ${d.field}`);
