/** Trainable parameters of every registered method that has a rank, from the methods' own formulas. */

import { hasRank, methods } from '../../server/methods/registry.ts';
import type { MatrixSettings, Method } from '../../server/methods/types.ts';
import type { SpectrumMatrix } from '../../server/protocol/spectrum.ts';

export interface RankCount {
  id: string;
  title: string;
  formula: string;
  /** Of one matrix; undefined where the rank is not allowed there, with the reason. */
  one: number | undefined;
  reason?: string;
  /** Of all, each at most at the rank that it can have. */
  all: number;
  /** Which singular directions it takes at its defaults: the first `rank`, or the last; undefined: none in particular. */
  takes: 'top' | 'bottom' | undefined;
}

const withRank = (Object.values(methods) as Method[]).filter(hasRank);

const settingsAt = ({ fields }: Method, rank: number): MatrixSettings => ({
  rank,
  alpha: rank,
  options: Object.fromEntries(fields.map((field) => [field.name, field.default])),
});

const trainable = (method: Method, { name, shape: [m, n] }: SpectrumMatrix, rank: number): number =>
  method.trainable({ name, m, n, bias: false, parameters: { weight: [m, n] } }, settingsAt(method, rank));

/** @param one the matrix in focus. @param all the selected ones, with it. */
export function countsAtRank(rank: number, one: SpectrumMatrix, all: readonly SpectrumMatrix[]): RankCount[] {
  return withRank.map((method) => {
    const { name, shape } = one;
    const [m, n] = shape;
    const settings = settingsAt(method, rank);
    const [fault] = method.check({ name, m, n }, settings);
    return {
      id: method.id,
      title: method.title,
      formula: method.formula,
      one: fault ? undefined : trainable(method, one, rank),
      ...(fault && { reason: fault.message }),
      takes: method.takes?.(settings),
      all: all.reduce((sum, each) => sum + trainable(method, each, Math.min(rank, ...each.shape)), 0),
    };
  });
}
