/** The points of an open recipe's sweep: their errors while it is typed, all of them judged at launch. */
import { setImmediate as turn } from 'node:timers/promises';
import { type JudgedPoint, judgePoint, pointFindings, pointsOf, readPoint, someOf } from '../budget/sweep.ts';
import type { World } from '../budget/types.ts';
import type { Diagnostic } from '../protocol/diagnostics.ts';
import type { Recipe } from '../recipe/types.ts';
import type { RecipeFiles } from './files.ts';
import { patience, type RecipeState } from './state.ts';

/** Points judged while somebody types: about 2 ms each on a large model. */
const most = 24;

/** Of them those that name so many different files: what is kept of files has to hold for other recipes, too. */
const mostWorlds = 8;

const remembered = new WeakMap<RecipeState, Diagnostic[]>();

/** Errors of the points, at the sweep's values; of a large grid those of a part of it. None while the recipe itself has errors. */
export function sweepFindings(state: RecipeState, files: RecipeFiles): Diagnostic[] {
  const known = remembered.get(state);
  if (known) return known;
  const { recipe, file, analysis } = state;
  const named = new Set<string>();
  const judged: JudgedPoint[] = [];
  for (const point of analysis.recipe?.sweep ? someOf(recipe, most) : []) {
    const read = readPoint(point, recipe.partial.name);
    const { model, data, adapters } = read.partial;
    const names = JSON.stringify([model, data?.train, data?.validation, adapters.map((entry) => entry.path)]);
    if (!named.has(names) && named.size >= mostWorlds) continue;
    named.add(names);
    judged.push(judgePoint(point, read, worldOf(state.world, read.partial, file, files)));
  }
  const findings = pointFindings(recipe, judged);
  remembered.set(state, findings);
  return findings;
}

/** A point with the files that it names. */
export interface PlacedPoint extends JudgedPoint {
  world: World;
  /** Where its model is. */
  modelDir: string | undefined;
}

/** All points as a launch needs them; other requests are answered between two of them. */
export async function judgeAll({ recipe, world, file }: RecipeState, files: RecipeFiles): Promise<PlacedPoint[]> {
  const judged: PlacedPoint[] = [];
  for (const point of pointsOf(recipe)) {
    const read = readPoint(point, recipe.partial.name);
    await files.settle(read.partial, file, patience);
    const { model } = files.known(read.partial, file);
    const own = { ...worldOf(world, read.partial, file, files), launch: true };
    judged.push({ ...judgePoint(point, read, own), world: own, modelDir: model?.dir });
    await turn();
  }
  return judged;
}

/** What the point names, and the rest of the recipe's world. */
function worldOf(world: World, partial: Recipe, file: string, files: RecipeFiles): World {
  const { model: _1, modelError: _2, data: _3, savedAdapters: _4, ...rest } = world;
  return { ...rest, ...files.known(partial, file) };
}
