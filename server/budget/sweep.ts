/** What the points of a sweep come to: each is judged as a recipe of its own, its errors shown at the value that made them. */
import { methods } from '../methods/registry.ts';
import type { Diagnostic, Range } from '../protocol/diagnostics.ts';
import { byPosition, clip } from '../recipe/findings.ts';
import { parseRecipe } from '../recipe/parse.ts';
import { type SweepPoint, sweepPoints } from '../recipe/sweep-points.ts';
import type { RecipeDocument } from '../recipe/types.ts';
import { analyse } from './analyse.ts';
import type { Analysis, World } from './types.ts';

export interface JudgedPoint extends SweepPoint {
  analysis: Analysis;
}

export const pointsOf = (document: RecipeDocument): SweepPoint[] => sweepPoints(document, methods);

/** At most `most` points that may have faults of their own, those that differ from the first in one value before others. */
export const someOf = (document: RecipeDocument, most: number): SweepPoint[] =>
  sweepPoints(document, methods, (all, paths) => {
    const axes = [...paths.keys()].filter((i) => !alone.has(paths[i]!));
    const found = new Map<string, number[]>();
    const apart = (places: number[]) => axes.filter((i) => places[i] !== 0).length;
    for (const places of [...all].sort((a, b) => apart(a) - apart(b))) {
      if (found.size >= most) break;
      const key = axes.map((i) => places[i]).join();
      if (!found.has(key)) found.set(key, places);
    }
    return [...found.values()];
  });

/** No rule looks at these together with anything else: one value of each stands for all. */
const alone = new Set(['training.seed', 'training.optimizer.learning_rate']);

/** A point as a recipe of its own. It may name another model or other data than the recipe of the sweep. */
export const readPoint = ({ text }: SweepPoint, name: string): RecipeDocument => parseRecipe(text, methods, name);

export const judgePoint = (point: SweepPoint, document: RecipeDocument, world: World): JudgedPoint => ({
  ...point,
  analysis: analyse(document, world),
});

interface Failure {
  point: JudgedPoint;
  error: Diagnostic;
}

/** Errors of the points as findings about the sweep's values: one for each value and code, however many points have it. */
export function pointFindings(document: RecipeDocument, judged: readonly JudgedPoint[]): Diagnostic[] {
  const failures = judged.flatMap((point) =>
    point.analysis.diagnostics
      .filter(({ severity }) => severity === 'error')
      .map((error): Failure => ({ point, error })),
  );
  const findings = new Map<string, Diagnostic>();
  for (const failure of failures) {
    const { point, error } = failure;
    const path = blamed(failure, failures, judged);
    const shown = path === undefined ? Object.keys(point.values) : [path];
    const field = path === undefined ? ['sweep'] : ['sweep', path, point.places[path]!];
    const key = JSON.stringify([field, error.code, error.field]);
    if (findings.has(key)) continue;
    findings.set(key, {
      code: error.code,
      severity: 'error',
      message: clip(`${shown.map((each) => valueText(each, point.values[each])).join(', ')}: ${error.message}`, 600),
      range: rangeOf(document, field),
      field: clip(field.join('.'), 200),
    });
  }
  return [...findings.values()].sort(byPosition);
}

/** The path whose value is at fault; undefined where only several together are. */
function blamed({ point, error }: Failure, failures: readonly Failure[], judged: readonly JudgedPoint[]) {
  const paths = Object.keys(point.values);
  if (paths.length === 1) return paths[0];
  const own = paths.find((path) => error.field === path || error.field?.startsWith(`${path}.`));
  if (own !== undefined) return own;
  const alike = failures.filter((other) => other.error.code === error.code && other.error.field === error.field);
  const failing = new Set(alike.map((other) => other.point));
  return paths.find((path) => {
    const same = (other: JudgedPoint) => other.places[path] === point.places[path];
    return judged.every((other) => same(other) === failing.has(other));
  });
}

/** "rank 4096". */
export function valueText(path: string, value: unknown): string {
  const name = path.slice(path.lastIndexOf('.') + 1);
  return clip(`${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
}

/** Of the value; of the sweep's key where several values are meant. */
function rangeOf(document: RecipeDocument, field: readonly (string | number)[]): Range {
  return (field.length === 1 ? document.keyRangeOf(field) : undefined) ?? document.anchorOf(field);
}
