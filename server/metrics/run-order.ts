/** In which order runs are listed: by when they were made, by a column, by a metric or by a field that a sweep varies. */
import { nearest } from '../base/suggest.ts';
import type { RunRecord } from '../protocol/runs.ts';
import { lowerIsBetter, metricNames, valueIn } from './metrics.ts';
import { shownName } from './run-filter.ts';
import { stateText } from './run-state.ts';
import { columnsOf, isPoint } from './sweeps.ts';

/** `key`: of `orderKeys`, the name of a metric, or a swept field by its path or its column's title. */
export interface RunOrder {
  key: string;
  /** Against the order that the key has by itself: the best, smallest or alphabetically first at the top, of `size` and `step` the largest. */
  direction?: 'asc' | 'desc';
}

type Value = number | string;
export interface OrderColumn {
  /** As it was asked for. */
  title: string;
  /** Undefined where the run lacks it: then it comes last. */
  value(record: RunRecord): Value | undefined;
  descending?: boolean;
}
type Bytes = (run: string) => number | undefined;

const columns: Record<string, (bytes: Bytes) => Omit<OrderColumn, 'title'>> = {
  name: () => ({ value: shownName }),
  state: () => ({ value: stateText }),
  method: () => ({ value: ({ method }) => method }),
  model: () => ({ value: ({ model }) => model }),
  step: () => ({ value: ({ step }) => step, descending: true }),
  loss: () => ({ value: lossOf }),
  trainable: () => ({ value: ({ result }) => result?.trainableParameters }),
  seconds: () => ({ value: ({ result }) => result?.seconds }),
  point: () => ({ value: ({ sweep }) => sweep?.point }),
  size: (bytes) => ({ value: ({ run }) => bytes(run), descending: true }),
};

/** Those that every list of runs has. */
export const orderKeys = ['newest', 'oldest', ...Object.keys(columns)];

/** `accuracy`, `loss:desc`; undefined where the direction is none, or the key has one already. */
export function parseOrder(text: string): RunOrder | undefined {
  const found = /^(.+?)(?::(asc|desc))?$/.exec(text.trim());
  if (!found) return undefined;
  const [, key, direction] = found as unknown as [string, string, RunOrder['direction']];
  if (direction === undefined) return key.includes(':') ? undefined : { key };
  return isTime(key) ? undefined : { key, direction };
}

const isTime = (key: string): boolean => key === 'newest' || key === 'oldest';

/** What the order goes by; undefined for the time when runs were made, `unknown` where none of the runs has such a thing, and no task measures it. */
export function orderColumn(
  { key }: RunOrder,
  records: readonly RunRecord[],
  bytes: Bytes = () => undefined,
): OrderColumn | 'unknown' | undefined {
  if (isTime(key)) return undefined;
  const column = columns[key]?.(bytes);
  if (column) return { title: key, ...column };
  if (metricNames.includes(key) || measured(records).includes(key)) {
    const value = ({ result }: RunRecord) => result?.adapted && finite(valueIn(result.adapted, key));
    return { title: key, value, descending: !lowerIsBetter(key) };
  }
  const swept = columnsOf(records.filter(isPoint)).find(({ path, title }) => key === path || key === title);
  return swept ? { title: key, value: ({ sweep }) => sweptValue(sweep?.values[swept.path]) } : 'unknown';
}

/** What may be meant: the nearest of all that the runs have, and all of it. */
export function orderChoices(key: string, records: readonly RunRecord[]): { near: string | undefined; all: string[] } {
  const swept = columnsOf(records.filter(isPoint)).map(({ title }) => title);
  const all = [...new Set([...orderKeys, ...measured(records), ...swept])];
  return { near: nearest(key, all), all };
}

const measured = (records: readonly RunRecord[]): string[] => [
  ...new Set(records.flatMap(({ result }) => Object.keys(result?.adapted?.metrics ?? {}))),
];

const finite = (value: number | undefined): number | undefined => (Number.isFinite(value) ? value : undefined);

const sweptValue = (value: unknown): Value | undefined =>
  value === undefined || typeof value === 'number' || typeof value === 'string' ? value : JSON.stringify(value);

/**
 * A new list. Runs that lack the value come last in either direction; equal ones keep the order of `newest`, which ids decide where clocks have jumped. `column`: of
 * `orderColumn`.
 */
export function orderRuns(
  records: readonly RunRecord[],
  order: RunOrder,
  column: OrderColumn | undefined,
): RunRecord[] {
  const newest = [...records].sort(newestFirst);
  if (!column) return order.key === 'oldest' ? newest.reverse() : newest;
  const descending = order.direction ? order.direction === 'desc' : column.descending === true;
  const sign = descending ? -1 : 1;
  return newest
    .map((record) => ({ record, value: column.value(record) }))
    .sort((a, b) => {
      if (a.value === undefined || b.value === undefined)
        return Number(a.value === undefined) - Number(b.value === undefined);
      return sign * compared(a.value, b.value);
    })
    .map(({ record }) => record);
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** Numbers before words. */
function compared(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return collator.compare(a, b);
  return typeof a === 'number' ? -1 : 1;
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
