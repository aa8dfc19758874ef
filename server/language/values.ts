/** Values that a field can take here, best first. */
import { CompletionItemKind } from 'vscode-languageserver-types';
import { taskHead } from '../architectures/modules.ts';
import type { Module, ModuleTable } from '../architectures/types.ts';
import { count, percent, shortCount } from '../base/units.ts';
import { isLinear } from '../budget/match.ts';
import { grouped, matricesUnder, takesEach, totalUnder } from '../budget/under-method.ts';
import { methodOf, methods } from '../methods/registry.ts';
import type { Method } from '../methods/types.ts';
import { metricsOf } from '../metrics/metrics.ts';
import type { FieldPath, FieldSpec } from '../recipe/types.ts';
import { entryClaims } from './entry-claims.ts';
import { methodCosts } from './method-costs.ts';
import { adapterPaths, dataPaths, modelPaths, plainOrQuoted } from './path-values.ts';
import type { Look } from './places.ts';
import type { RecipeState } from './state.ts';
import { sweptPath } from './sweep-paths.ts';
import { targetsOf } from './targets.ts';

export interface Value {
  text: string;
  kind: CompletionItemKind;
  detail?: string;
  /** The part of `detail` that is worth seeing beside every name of the list. */
  note?: string;
  /** What is written, where that is not `text`. */
  insert?: string;
  doc?: string;
  /** Documented as this method. */
  method?: string;
}

/** Ranks worth comparing; those above min(m, n) of an adapted matrix are left out. */
const ranks = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/** `typed` is the value as far as it is written. */
export function valuesOf(state: RecipeState, field: FieldSpec, path: FieldPath, typed: string, look: Look): Value[] {
  const [section, index, key] = path;
  if (section === 'adapters' && typeof index === 'number') {
    if (field.name === 'method') return methodValues(state, index);
    if (field.name === 'path') return adapterPaths(state, typed, look);
    if (field.name === 'rank') return [...words(field), ...rankValues(state, index)];
    if (field.name === 'rank_pattern') return rankValues(state, index, String(path[3]));
    if (field.name === 'target_modules' || field.name === 'exclude_modules') return targetValues(state, field.name);
    if (field.name === 'modules_to_save') return savedValues(state);
    if (field.name === 'layers_to_transform') return layerValues(state);
    if (methodOf(state.recipe.partial.adapters[index]?.method ?? '')?.moduleFields?.includes(field.name))
      return claimedTargets(state, index);
  }
  if (section === 'model' && index === 'path') return modelPaths(state, typed, look);
  if (section === 'data' && (index === 'train' || index === 'validation'))
    return [...dataPaths(state, typed, look), ...(index === 'validation' && key === undefined ? [fraction] : [])];
  if (section === 'data' && index === 'columns')
    return (state.world.data?.train?.columns ?? []).map((text) => ({
      text,
      insert: plainOrQuoted(text),
      kind: CompletionItemKind.Field,
    }));
  if (section === 'training' && index === 'metric') return metricValues(state);
  if (section === 'sweep') {
    const swept = sweptPath(state, String(index));
    return swept ? valuesOf(state, swept.field, swept.path, typed, look) : [];
  }
  if (field.type === 'boolean') return ['true', 'false'].map((text) => constant(text, field));
  return [...words(field), ...(field.values ?? []).map((text) => constant(text, field)), ...literalDefault(field)];
}

const fraction: Value = { text: '0.05', kind: CompletionItemKind.Value, detail: 'a part of the training rows' };

const words = (field: FieldSpec): Value[] => (field.words ?? []).map((text) => constant(text, field));

function constant(text: string, field: FieldSpec): Value {
  const doc = field.valueDocs?.[text];
  const isDefault = String(field.default) === text;
  return {
    text,
    kind: CompletionItemKind.EnumMember,
    ...(isDefault && { detail: 'default' }),
    ...(doc !== undefined && { doc }),
  };
}

function literalDefault(field: FieldSpec): Value[] {
  const plain = typeof field.default === 'number' || (typeof field.default === 'string' && !field.values);
  return plain ? [{ text: String(field.default), kind: CompletionItemKind.Value, detail: 'default' }] : [];
}

/** Every method with what it would train on the modules that the entry takes now. */
function methodValues(state: RecipeState, index: number): Value[] {
  const costOf = methodCosts(state, index);
  return Object.values<Method>(methods).map((method) => {
    const cost = costOf(method);
    const note = cost === undefined ? undefined : cost === 'misfit' ? 'does not fit here' : trainable(state, cost);
    return {
      text: method.id,
      kind: CompletionItemKind.Class,
      detail: [method.title, note].filter(Boolean).join(' · '),
      ...(note !== undefined && { note }),
      method: method.id,
    };
  });
}

/** Ranks that fit every module of the entry, or those that a key of its `rank_pattern` is for. */
function rankValues(state: RecipeState, index: number, key?: string): Value[] {
  const method = methodOf(state.recipe.partial.adapters[index]?.method ?? '');
  const all = entryClaims(state.analysis, index);
  const own = key === undefined ? [] : all.places.filter((claim) => claim.rankKey === key);
  const claims = own.length > 0 ? grouped(own) : all;
  const plain = (rank: number): Value => ({ text: String(rank), kind: CompletionItemKind.Value });
  if (claims.places.length === 0) return ranks.map(plain);
  if (!method) return [];
  const limit = method.uniformRank
    ? Number.POSITIVE_INFINITY
    : Math.min(...claims.groups.flatMap(({ place: { module } }) => [module.m, module.n]));
  return ranks.flatMap((rank) => {
    if (rank > limit) return [];
    const matrices = matricesUnder(method, claims, ({ settings }) => ({ ...settings, rank }));
    if (!takesEach(method, matrices)) return [];
    const detail = trainable(state, totalUnder(method, matrices));
    return { ...plain(rank), detail, note: detail };
  });
}

/** "786,432 trainable · 0.221% of 355M" */
function trainable(state: RecipeState, total: number): string {
  const base = state.world.model?.table.totalParameters;
  return `${count(total)} trainable${base ? ` · ${percent(total / base)} of ${shortCount(base)}` : ''}`;
}

/** Names that tell the adapted modules of an entry apart: keys of its patterns, and items of fields about some of its modules. */
export const claimedTargets = (state: RecipeState, index: number): Value[] =>
  targetsOf(entryClaims(state.analysis, index).places.map(({ module }) => module)).map(({ suffix, modules }) =>
    target(suffix, modules),
  );

const roles: readonly Module['role'][] = ['attention', 'mlp', 'pooler', 'other', 'output-head'];

/** By the model's table: what a model's modules are called does not change with the recipe. */
const targetsOfModels = new WeakMap<ModuleTable, Value[]>();

/** Linear modules of the model by suffix, those of attention first. */
function modelTargets(table: ModuleTable): Value[] {
  const known = targetsOfModels.get(table);
  if (known) return known;
  // The task's head is saved in full beside the adapter.
  const adaptable = table.modules.filter((module) => isLinear(module) && module.role !== 'task-head');
  const targets = targetsOf(adaptable).map(({ suffix, modules: found }) => ({
    value: target(suffix, found),
    order: Math.max(...found.map(({ role }) => roles.indexOf(role))),
  }));
  const values = targets.sort((a, b) => a.order - b.order).map(({ value }) => value);
  targetsOfModels.set(table, values);
  return values;
}

function targetValues({ world: { model } }: RecipeState, name: string): Value[] {
  const all: Value = {
    text: 'all-linear',
    kind: CompletionItemKind.Keyword,
    detail: 'every linear layer but the heads',
  };
  return [...(model ? modelTargets(model.table) : []), ...(name === 'target_modules' ? [all] : [])];
}

function target(suffix: string, modules: Module[]): Value {
  const detail = moduleText(modules);
  return { text: suffix, kind: CompletionItemKind.Reference, detail, note: detail };
}

/** "attention · 48 modules · 1024×1024" */
function moduleText(modules: Module[]): string {
  const kinds = [...new Set(modules.map(({ role }) => role))].join(', ');
  const shapes = [...new Set(modules.map(({ m, n }) => `${m}×${n}`))];
  const number = modules.length === 1 ? '1 module' : `${count(modules.length)} modules`;
  return [kinds, number, shapes.length === 1 ? shapes[0] : `${shapes.length} shapes`].join(' · ');
}

/** Modules outside the layers: heads, embeddings, final norms. */
function savedValues(state: RecipeState): Value[] {
  const outside = (state.world.model?.table.modules ?? []).filter(({ layer }) => layer === undefined);
  const isHead = ({ role }: Module) => (role === 'task-head' ? 0 : role === 'output-head' ? 1 : 2);
  const heads = new Set(outside.filter((m) => m.role === 'task-head').map(({ name }) => name.split('.')[0]!));
  const whole = [...heads].map((text) => ({ text, kind: CompletionItemKind.Reference, detail: 'the head' }));
  const single = targetsOf(outside).sort((a, b) => isHead(a.modules[0]!) - isHead(b.modules[0]!));
  return [...whole, ...single.map(({ suffix, modules }) => target(suffix, modules))].filter(
    (value, i, all) => all.findIndex(({ text }) => text === value.text) === i,
  );
}

/** Those of the task. */
function metricValues({ recipe, world: { model } }: RecipeState): Value[] {
  const labels = model && taskHead(model.table)?.m;
  return metricsOf(recipe.partial.model.task, labels).map(({ name, doc, better }) => ({
    text: name,
    kind: CompletionItemKind.EnumMember,
    detail: `${better} is better`,
    doc,
  }));
}

function layerValues({ world: { model } }: RecipeState): Value[] {
  const all = { text: 'all', kind: CompletionItemKind.EnumMember, detail: 'default' };
  if (!model) return [all];
  const last = model.table.layers - 1;
  const upper = `"${Math.ceil(model.table.layers / 2)}-${last}"`;
  return [
    all,
    { text: upper, kind: CompletionItemKind.Value, detail: `the upper half of ${model.table.layers} layers` },
  ];
}
