/** What a run's recipe.peft says that comparisons need, whichever version wrote it. Pure. */

import { parse } from 'yaml';
import { isRecord } from '../base/record.ts';
import { hasRank, methodOf } from '../methods/registry.ts';
import type { ComparedRun } from '../protocol/comparison.ts';

export type Setup = Pick<
  ComparedRun,
  'methods' | 'size' | 'rank' | 'seed' | 'configuration' | 'settings' | 'task' | 'metric'
>;

/** Settings that make no other configuration of a run: who it is, where it goes, which seed. */
const incidental = new Set(['name', 'output', 'training.seed']);

/** Undefined: that is no recipe. */
export function setupOf(text: string): Setup | undefined {
  let recipe: Json;
  try {
    recipe = parse(text, { maxAliasCount: 0 }) as Json;
  } catch {
    return undefined;
  }
  if (!isRecord(recipe) || !Array.isArray(recipe.adapters)) return undefined;
  const entries = recipe.adapters.filter(isRecord);
  const { sweep: _, ...rest } = recipe;
  const settings = Object.fromEntries(settingsOf(rest).map(({ path, value }) => [path.join('.'), scalar(value)]));
  const ranks = [...new Set(entries.map(({ rank }) => rank))];
  const seed = Number(settings['training.seed']);
  return {
    methods: entries.map(({ method, path }) => String(method ?? (path === undefined ? '?' : 'saved'))),
    size: sizesOf(entries),
    ...(ranks.length === 1 && typeof ranks[0] === 'number' && entries.every(isRanked) && { rank: ranks[0] }),
    ...(Number.isFinite(seed) && { seed }),
    configuration: JSON.stringify(
      Object.entries(settings)
        .filter(([path]) => !incidental.has(path))
        .sort(),
    ),
    settings,
    ...textAt('task', settings['model.task']),
    ...textAt('metric', settings['training.metric']),
  };
}

type Json = Record<string, unknown> | unknown[] | string | number | boolean | null;

const textAt = <K extends string>(key: K, value: string | undefined) =>
  (value === undefined ? {} : { [key]: value }) as Partial<Record<K, string>>;

const isRanked = ({ method }: Record<string, unknown>): boolean => {
  const known = methodOf(String(method));
  return known === undefined || hasRank(known);
};

/** "8"; of several adapters "8 + off_diagonals = 2". */
function sizesOf(entries: readonly Record<string, unknown>[]): string {
  const sizes = entries.map(sizeOf);
  return [...new Set(sizes)].length === 1 ? sizes[0]! : sizes.map((size) => size || '–').join(' + ');
}

function sizeOf(entry: Record<string, unknown>): string {
  const method = methodOf(String(entry.method));
  const field =
    method?.sizeField?.(entry) ?? (!method || method.fields.some(({ name }) => name === 'rank') ? 'rank' : undefined);
  const value = field === undefined ? undefined : entry[field];
  if (field === undefined || value === undefined || value === null) return '';
  // A rank of 0 is that of spectral methods: all singular values.
  if (field === 'rank') return value === 0 ? '' : scalar(value);
  return `${field} = ${scalar(value)}`;
}

const scalar = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

export interface Setting {
  path: (string | number)[];
  value: unknown;
}

/** Every setting of a recipe's data. What stands in an adapter's entry is one setting each, patterns included: their keys have dots. */
export function settingsOf(value: unknown, path: (string | number)[] = []): Setting[] {
  const below: [string | number, unknown][] | undefined = isRecord(value)
    ? Object.entries(value)
    : Array.isArray(value) && value.some(isRecord)
      ? [...value.entries()]
      : undefined;
  const whole =
    path.length === 0 ? false : (path[0] === 'adapters' && path.length === 3) || path.join('.') === 'data.columns';
  return below && !whole ? below.flatMap(([key, item]) => settingsOf(item, [...path, key])) : [{ path, value }];
}
