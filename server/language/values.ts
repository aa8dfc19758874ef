/** Values that a field can take here, best first. */
import { CompletionItemKind } from 'vscode-languageserver-types';
import type { Module } from '../architectures/types.ts';
import { count, percent, shortCount } from '../base/units.ts';
import type { Claim } from '../budget/types.ts';
import { methodOf, methods } from '../methods/registry.ts';
import type { Method } from '../methods/types.ts';
import type { FieldPath, FieldSpec } from '../recipe/types.ts';
import type { RecipeState } from './state.ts';
import { targetsOf } from './targets.ts';

export interface Value {
  text: string;
  kind: CompletionItemKind;
  detail?: string;
  doc?: string;
  /** Documented as this method. */
  method?: string;
}

/** Ranks worth comparing; those above min(m, n) of an adapted matrix are left out. */
const ranks = [1, 2, 4, 8, 16, 32, 64, 128, 256];

export function valuesOf(state: RecipeState, field: FieldSpec, path: FieldPath): Value[] {
  const [section, index] = path;
  if (section === 'adapters' && typeof index === 'number') {
    if (field.name === 'method') return methodValues(state, index);
    if (field.name === 'rank') return [...words(field), ...rankValues(state, index)];
    if (field.name === 'target_modules' || field.name === 'exclude_modules') return targetValues(state, field.name);
    if (field.name === 'modules_to_save') return savedValues(state);
    if (field.name === 'layers_to_transform') return layerValues(state);
  }
  if (section === 'data' && path[1] === 'columns')
    return (state.world.data?.train?.columns ?? []).map((text) => ({ text, kind: CompletionItemKind.Field }));
  if (field.type === 'boolean') return ['true', 'false'].map((text) => constant(text, field));
  return [...words(field), ...(field.values ?? []).map((text) => constant(text, field)), ...literalDefault(field)];
}

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

const claimsOf = (state: RecipeState, index: number): Claim[] =>
  state.analysis.claims.filter((claim) => claim.index === index);

/** Every method with what it would train on the modules that the entry takes now. */
function methodValues(state: RecipeState, index: number): Value[] {
  const claims = claimsOf(state, index);
  return Object.values<Method>(methods).map((method) => {
    const cost = claims.length > 0 && method.kind === 'matrices' ? ` · ${trainable(state, claims, method)}` : '';
    return {
      text: method.id,
      kind: CompletionItemKind.Class,
      detail: `${method.title}${cost}`,
      method: method.id,
    };
  });
}

function rankValues(state: RecipeState, index: number): Value[] {
  const method = methodOf(state.recipe.partial.adapters[index]?.method ?? '');
  const claims = claimsOf(state, index);
  const limit = Math.min(...claims.flatMap(({ module: { m, n } }) => [m, n]));
  return ranks
    .filter(
      (rank) =>
        rank <= limit && claims.every((claim) => method?.check(claim.module, withRank(claim, rank)).length === 0),
    )
    .map((rank) => ({
      text: String(rank),
      kind: CompletionItemKind.Value,
      ...(method && claims.length > 0 && { detail: trainable(state, claims, method, rank) }),
    }));
}

const withRank = ({ settings }: Claim, rank: number) => ({ ...settings, rank });

/** "786,432 trainable · 0.22%" for the claimed modules under another method or rank. */
function trainable(state: RecipeState, claims: Claim[], method: Method, rank?: number): string {
  const settingsOf = ({ settings }: Claim) => (rank === undefined ? settings : { ...settings, rank });
  const once = method.tied?.(claims[0]!.module, settingsOf(claims[0]!)) ?? 0;
  const total = claims.reduce((sum, claim) => sum + method.trainable(claim.module, settingsOf(claim)), once);
  const base = state.world.model?.table.totalParameters;
  return `${count(total)} trainable${base ? ` · ${percent(total / base)} of ${shortCount(base)}` : ''}`;
}

const roles: readonly Module['role'][] = ['attention', 'mlp', 'pooler', 'other', 'output-head'];

/** Linear modules of the model by suffix, those of attention first. */
function targetValues(state: RecipeState, name: string): Value[] {
  const modules = state.world.model?.table.modules ?? [];
  // The task's head is saved in full beside the adapter.
  const adaptable = modules.filter((m) => (m.kind === 'linear' || m.kind === 'conv1d') && m.role !== 'task-head');
  const targets = targetsOf(adaptable).map(({ suffix, modules: found }) => ({
    value: { text: suffix, kind: CompletionItemKind.Reference, detail: moduleText(found) },
    order: Math.max(...found.map(({ role }) => roles.indexOf(role))),
  }));
  targets.sort((a, b) => a.order - b.order);
  const all = { text: 'all-linear', kind: CompletionItemKind.Keyword, detail: 'every linear layer but the heads' };
  return [...targets.map(({ value }) => value), ...(name === 'target_modules' ? [all] : [])];
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
  return [
    ...whole,
    ...single.map(({ suffix, modules }) => ({
      text: suffix,
      kind: CompletionItemKind.Reference,
      detail: moduleText(modules),
    })),
  ].filter((value, i, all) => all.findIndex(({ text }) => text === value.text) === i);
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
