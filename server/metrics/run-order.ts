/** In which order runs are listed. */
import type { RunRecord } from '../protocol/runs.ts';
import { shownName } from './run-filter.ts';

export const runOrders = ['newest', 'oldest', 'name', 'loss', 'size'] as const;
export type RunOrder = (typeof runOrders)[number];

/**
 * A new list. `loss`: the evaluation's where there is one, else the last step's, the smallest first. `size`: the largest first, by `bytes`. Runs that lack the value
 * come last; equal ones keep the order of `newest`, which ids decide where clocks have jumped.
 */
export function orderRuns(
  records: readonly RunRecord[],
  order: RunOrder,
  bytes: (run: string) => number | undefined = () => undefined,
): RunRecord[] {
  if (order === 'name') {
    const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
    return ranked(records, (record) => shownName(record), collator.compare);
  }
  if (order === 'loss') return ranked(records, lossOf, (a, b) => a - b);
  if (order === 'size')
    return ranked(
      records,
      ({ run }) => bytes(run),
      (a, b) => b - a,
    );
  const newest = [...records].sort(newestFirst);
  return order === 'newest' ? newest : newest.reverse();
}

/** Of the trained adapter on the validation data, else of the last step. */
export function lossOf({ result, lastLoss }: RunRecord): number | undefined {
  return [result?.adapted?.loss, lastLoss].find((loss) => Number.isFinite(loss));
}

function newestFirst(a: RunRecord, b: RunRecord): number {
  const [first, second] = [made(a), made(b)];
  return second - first || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);
}

/** A time that cannot be read is the oldest. */
const made = ({ createdAt }: RunRecord): number => Date.parse(createdAt) || 0;

function ranked<T>(
  records: readonly RunRecord[],
  value: (record: RunRecord) => T | undefined,
  compare: (a: T, b: T) => number,
): RunRecord[] {
  return [...records]
    .sort(newestFirst)
    .map((record) => ({ record, value: value(record) }))
    .sort((a, b) => {
      if (a.value === undefined || b.value === undefined)
        return Number(a.value === undefined) - Number(b.value === undefined);
      return compare(a.value, b.value);
    })
    .map(({ record }) => record);
}
