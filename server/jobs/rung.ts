/** The rungs of successive halving that a run stops at, and what it has come to there. */
import { rungStep } from '../metrics/halving.ts';
import { lowerIsBetter, valueIn } from '../metrics/metrics.ts';
import type { RungEvent } from '../protocol/events.ts';
import type { Until } from '../protocol/jobs.ts';
import type { Progress } from '../training/state.ts';

/** The step of the first rung before the run; undefined where there is none. */
export const stopStep = (until: Until | undefined, total: number, evalSteps: number | undefined): number | undefined =>
  until?.divisors[0] === undefined ? undefined : rungStep(total, until.divisors[0], evalSteps);

/** That rung, and those that lie at the same step in a short run. */
export function rungEvents(
  { rung, divisors, metric }: Until,
  progress: Progress,
  { run, total, evalSteps }: { run: string; total: number; evalSteps: number | undefined },
): Omit<RungEvent, 'time'>[] {
  const { step } = progress;
  const value = worthOf(progress, metric);
  return divisors.flatMap((divisor, i) =>
    rungStep(total, divisor, evalSteps) <= step ? [{ event: 'rung', step, run, rung: rung + i, metric, value }] : [],
  );
}

/** What the run would come to if it ended here: where it keeps its best step, the better of that and now. */
function worthOf({ adapted, best }: Progress, metric: string): number | null {
  const known = [adapted, best].flatMap((evaluation) => (evaluation && valueIn(evaluation, metric)) ?? []);
  const values = known.filter(Number.isFinite);
  if (values.length === 0) return null;
  return lowerIsBetter(metric) ? Math.min(...values) : Math.max(...values);
}
