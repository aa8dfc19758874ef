/** What a method would be set to, and would train, where the claims of an entry stand: its own or another. */
import type { Module, ModuleTable } from '../architectures/types.ts';
import { hasRank } from '../methods/registry.ts';
import type { MatrixSettings, Method } from '../methods/types.ts';
import type { Claim } from './types.ts';

/** A claim, or what an entry would claim. */
export type Place = Pick<Claim, 'entry' | 'module' | 'settings'> & Partial<Pick<Claim, 'trainable'>>;

export interface Alike<P extends Place = Place> {
  /** The first of them. */
  place: P;
  count: number;
}

export interface Grouped<P extends Place = Place> {
  places: readonly P[];
  groups: readonly Alike<P>[];
}

/** Places of equal shape and settings together: layers repeat them. */
export function grouped<P extends Place>(places: readonly P[]): Grouped<P> {
  const groups = new Map<string, Alike<P>>();
  for (const place of places) {
    const { module, settings, trainable } = place;
    const key = `${module.kind} ${module.m} ${module.n} ${settings.rank} ${settings.alpha} ${trainable}`;
    const group = groups.get(key);
    if (group) group.count++;
    else groups.set(key, { place, count: 1 });
  }
  return { places, groups: [...groups.values()] };
}

/** Matrices that are the same to a method. */
export interface Matrices {
  module: Module;
  settings: MatrixSettings;
  count: number;
}

/** A method that looks at names has each place by itself. */
export function matricesUnder(
  { moduleFields }: Method,
  { places, groups }: Grouped,
  settingsOf: (place: Place) => MatrixSettings,
): Matrices[] {
  const set = moduleFields ? places.map((place) => ({ place, count: 1 })) : groups;
  return set.map(({ place, count }) => ({ module: place.module, settings: settingsOf(place), count }));
}

/** Trainable scalars; undefined where the method refuses one of the matrices, or all of them together. */
export function trainableUnder(method: Method, matrices: readonly Matrices[]): number | undefined {
  const [first] = matrices;
  const fits = ({ module: { m, n } }: Matrices) => m === first!.module.m && n === first!.module.n;
  if (method.equalShapes && !matrices.every(fits)) return undefined;
  return takesEach(method, matrices) ? totalUnder(method, matrices) : undefined;
}

export const takesEach = (method: Method, matrices: readonly Matrices[]): boolean =>
  matrices.every(({ module, settings }) => method.check(module, settings).length === 0);

/** Trainable scalars, whether the method takes the matrices or not. */
export function totalUnder(method: Method, matrices: readonly Matrices[]): number {
  const [first] = matrices;
  const once = first ? (method.tied?.(first.module, first.settings) ?? 0) : 0;
  return matrices.reduce((sum, { module, settings, count }) => sum + count * method.trainable(module, settings), once);
}

/** The method's rank where none is written; undefined where `rank` is no rank, or a truncation that the method can do without. */
export function usualRank(method: Method): number | undefined {
  const rank = hasRank(method) ? method.fields.find(({ name }) => name === 'rank')?.default : undefined;
  return rank === undefined ? undefined : Number(rank);
}

/** The method as it is when nothing but its rank (and `form`) is written, on this model. */
export function defaultSettings(
  method: Method,
  { defaultOptions }: ModuleTable,
  rank = usualRank(method) ?? 0,
  form: Record<string, unknown> = {},
): MatrixSettings {
  const written = method.fields.flatMap(({ name, default: value }) => (value === undefined ? [] : [[name, value]]));
  const { rank: _, alpha, ...usual } = Object.fromEntries(written);
  return { rank, alpha: Number(alpha ?? rank), options: { ...defaultOptions[method.id], ...usual, ...form } };
}

/** The rank that stands at a place (`auto` as it came out) where the method has ranks, too; its own otherwise. */
function rankUnder(method: Method, { settings }: Place): number {
  const usual = usualRank(method);
  return usual === undefined ? 0 : settings.rank || usual;
}

/** The method's defaults, at the rank that stands at a place; thousands of places have one object. */
export function defaultsUnder(
  method: Method,
  table: ModuleTable,
  form?: Record<string, unknown>,
): (place: Place) => MatrixSettings {
  const byRank = new Map<number, MatrixSettings>();
  return (place) => {
    const rank = rankUnder(method, place);
    const settings = byRank.get(rank) ?? defaultSettings(method, table, rank, form);
    byRank.set(rank, settings);
    return settings;
  };
}

/** What the entry says where the method is its own; else that method's defaults. */
export function settingsUnder(method: Method, table: ModuleTable): (place: Place) => MatrixSettings {
  const defaults = defaultsUnder(method, table);
  return (place) => (place.entry.method === method.id ? place.settings : defaults(place));
}
