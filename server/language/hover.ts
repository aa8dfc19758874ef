/** What the field under the pointer means, its default, and what it comes to in this recipe on this model. */
import type { Hover, Position } from 'vscode-languageserver-types';
import { methodOf } from '../methods/registry.ts';
import type { FieldHit, FieldSpec } from '../recipe/types.ts';
import { comparison, memoryTable, storage } from './comparison.ts';
import { budgetFacts, dataFacts, entryFacts, methodText, modelFacts, patternFacts } from './facts.ts';
import type { RecipeState } from './state.ts';

/** Null in blank space and on keys that are no field (those have a diagnostic). */
export function hoverAt(state: RecipeState, position: Position): Hover | null {
  const hit = state.recipe.valueAt(position);
  if (!hit?.field) return null;
  const parts = [describe(hit.field), factsFor(state, hit)].filter((part) => part !== '');
  return { contents: { kind: 'markdown', value: parts.join('\n\n---\n\n') }, range: hit.range };
}

/** Fields on which the adapter's count is worked out. */
const counted = new Set(['method', 'path', 'rank', 'alpha', 'target_modules', 'rank_pattern', 'layers_to_transform']);

/** Fields that say how much memory training takes. */
const needsMemory = new Set([
  'training',
  'training.batch_size',
  'training.gradient_accumulation_steps',
  'training.gradient_checkpointing',
  'model.dtype',
  'data.max_length',
]);

function factsFor(state: RecipeState, { keys, path, on }: FieldHit): string {
  const [section, second, third] = keys;
  if (section === 'adapters' && typeof second === 'number') {
    if (third === 'method') {
      const method = methodOf(state.recipe.partial.adapters[second]?.method ?? '');
      const about = method && on === 'value' ? methodText(method) : '';
      const parts = [about, entryFacts(state, second), on === 'key' ? comparison(state, second) : ''];
      return parts.filter((part) => part !== '').join('\n\n');
    }
    if (third === 'target_modules' && on === 'value') {
      const pattern = patternFacts(state, path);
      if (pattern !== '') return pattern;
    }
    return counted.has(String(third)) ? entryFacts(state, second) : '';
  }
  if (section === 'adapters') return storage(state);
  if (section === 'budget') return budgetFacts(state, second === undefined ? undefined : String(second));
  if (section === 'model' && (second === undefined || second === 'path')) return modelFacts(state);
  if (needsMemory.has(path)) return memoryTable(state);
  if (section === 'data' && (second === 'train' || second === 'validation')) return dataFacts(state, second);
  return '';
}

/** Heading, documentation and accepted values of a field. */
export function describe(field: FieldSpec): string {
  const heading = [`**${field.name}**`, typeText(field), defaultText(field)].filter((part) => part !== '').join(' · ');
  const values = (field.values ?? []).map((value) => `- \`${value}\`${meaning(field, value)}`);
  return [heading, field.doc, values.join('\n')].filter((part) => part !== '').join('\n\n');
}

const meaning = (field: FieldSpec, value: string): string => {
  const doc = field.valueDocs?.[value];
  return doc === undefined ? '' : `: ${doc}`;
};

function typeText(field: FieldSpec): string {
  if (field.required) return 'required';
  const bounds = [
    field.minimum !== undefined && `at least ${field.minimum}`,
    field.exclusiveMinimum !== undefined && `above ${field.exclusiveMinimum}`,
    field.maximum !== undefined && `at most ${field.maximum}`,
    field.exclusiveMaximum !== undefined && `below ${field.exclusiveMaximum}`,
  ].filter((bound) => bound !== false);
  if (field.type === 'integer' || field.type === 'number') return [field.type, ...bounds].join(', ');
  return field.type === 'boolean' ? 'true or false' : '';
}

function defaultText(field: FieldSpec): string {
  if (field.defaultText !== undefined) return `default: ${field.defaultText}`;
  return field.default === undefined ? '' : `default \`${JSON.stringify(field.default).replaceAll('"', '')}\``;
}
