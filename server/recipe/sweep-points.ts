/** A recipe with a `sweep` -> one recipe for each point of it. Pure; at most 1,000 points. */
import { parse, stringify } from 'yaml';
import { Random } from '../base/random.ts';
import { fieldsOfEntry } from './fields.ts';
import { define } from './nodes.ts';
import { maxPoints, sweptKeys } from './sweep.ts';
import type { MethodTable, RecipeDocument } from './types.ts';

/** One run of a sweep. */
export interface SweepPoint {
  /** What differs from the recipe, by path. */
  values: Record<string, unknown>;
  /** Of each value, its place in the sweep's list. */
  places: Record<string, number>;
  /** The recipe with the values in it and without `sweep`: what follows from them (alpha from the rank) follows anew. */
  text: string;
}

/**
 * The points of a recipe without structural errors, in the order of the grid (the last path varies fastest); with `random: N` a part of
 * them. Where the method of an entry is varied, each point keeps the fields that its own method has; points that say the same are one.
 * `pick` may leave some out before their texts are made: it gets the place of each path's value.
 */
export function sweepPoints(
  { text, recipe }: RecipeDocument,
  methods: MethodTable,
  pick: (all: number[][], paths: readonly string[]) => number[][] = (all) => all,
): SweepPoint[] {
  const { sweep, training } = recipe ?? {};
  if (!sweep || !training) return [];
  const axes = Object.entries(sweep.grid);
  const { sweep: _, ...base } = parse(text, { maxAliasCount: -1, logLevel: 'silent' }) as Record<string, unknown>;
  // As text it shares nothing: an alias is a value of its own in each place.
  const json = JSON.stringify(base);
  const points = new Map<string, SweepPoint>();
  const all = placesOf(axes, sweep.random, sweep.seed ?? training.seed);
  for (const places of pick(
    all,
    axes.map(([path]) => path),
  )) {
    const point: Tree = JSON.parse(json);
    const valued = axes.map(([path, values], i) => ({ path, place: places[i]!, value: values[places[i]!] }));
    const set = valued.filter(({ path, value }) => setIn(point, sweptKeys(path), value));
    const left = keepOwnFields(point, set, methods);
    const written = stringify(point, { lineWidth: 0 });
    if (points.has(written)) continue;
    const [values, at]: Tree[] = [{}, {}];
    for (const { path, value, place } of left) {
      define(values!, path, value);
      define(at!, path, place);
    }
    points.set(written, { values: values!, places: at as Record<string, number>, text: written });
  }
  return [...points.values()];
}

type Tree = Record<string, unknown>;
type Axes = [path: string, values: unknown[]][];

/** Which value each path takes, for all points or those that are drawn, in the order of the grid. */
function placesOf(axes: Axes, random: number | undefined, seed: number): number[][] {
  const lengths = axes.map(([, values]) => values.length);
  const all = lengths.reduce((product, length) => product * length, 1);
  if (all <= 4 * maxPoints) {
    const grid = Array.from({ length: all }, (_, i) => digits(i, lengths));
    return random === undefined ? grid.slice(0, maxPoints) : drawn(grid, random, seed);
  }
  // Far more than are drawn: a point that comes twice is drawn again.
  const generator = Random.seeded(seed, 'sweep');
  const points = new Map<string, number[]>();
  while (points.size < Math.min(random ?? maxPoints, maxPoints)) {
    const places = lengths.map((length) => generator.below(length));
    points.set(places.join(), places);
  }
  return [...points.values()].sort((a, b) => a.find((x, i) => x !== b[i])! - b.find((x, i) => x !== a[i])!);
}

/** The first `count` places of a shuffle, put in order again. */
function drawn(grid: number[][], count: number, seed: number): number[][] {
  const generator = Random.seeded(seed, 'sweep');
  const order = grid.map((_, i) => i);
  for (let i = 0; i < Math.min(count, order.length); i++) {
    const j = i + generator.below(order.length - i);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order
    .slice(0, count)
    .sort((a, b) => a - b)
    .map((i) => grid[i]!);
}

function digits(index: number, lengths: readonly number[]): number[] {
  const places: number[] = [];
  let rest = index;
  for (const length of [...lengths].reverse()) {
    places.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  return places;
}

/** Sets a value, with the sections around it; false where something else stands in the way. */
function setIn(root: Tree, keys: readonly (string | number)[], value: unknown): boolean {
  let holder: Tree = root;
  for (const key of keys.slice(0, -1)) {
    if (!Object.hasOwn(holder, key)) define(holder, String(key), {});
    const next = holder[key];
    if (typeof next !== 'object' || next === null) return false;
    holder = next as Tree;
  }
  define(holder, String(keys.at(-1)), value);
  return true;
}

/** Takes out of entries whose method is varied what their method does not have; the set values that are left. */
function keepOwnFields<V extends { path: string }>(point: Tree, set: V[], methods: MethodTable): V[] {
  const varied = set.flatMap(({ path }) => /^adapters\.(\d+)\.method$/.exec(path)?.[1] ?? []);
  let left = set;
  for (const index of varied) {
    const entry = (point.adapters as Tree[])[Number(index)]!;
    const method = Object.hasOwn(methods, String(entry.method)) ? methods[String(entry.method)] : undefined;
    const own = new Set(fieldsOfEntry(method).map(({ name }) => name));
    for (const key of Object.keys(entry)) if (!own.has(key)) delete entry[key];
    left = left.filter(({ path }) => {
      const field = new RegExp(`^adapters\\.${index}\\.([^.]+)`).exec(path)?.[1];
      return field === undefined || own.has(field);
    });
  }
  return left;
}
