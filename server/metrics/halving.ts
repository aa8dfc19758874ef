/**
 * Successive halving (Jamieson & Talwalkar 2016, arXiv:1502.07943): at each rung the best 1/η of the points go on, the others end. Pure: what was decided
 * and what is to be decided follow from the records alone.
 */
import type { PromotedEvent } from '../protocol/events.ts';
import type { RunRecord } from '../protocol/runs.ts';
import { lowerIsBetter } from './metrics.ts';

/** Of n points: as many rungs as leave one of them or more to each, at T/η^k, …, T/η of all steps T. By divisor, the first rung first. */
export function divisorsOf(points: number, eta: number): number[] {
  const divisors: number[] = [];
  for (let divisor = eta; divisor <= points; divisor *= eta) divisors.unshift(divisor);
  return divisors;
}

/** The step of a rung; never before the first evaluation that the recipe asks for by `eval_steps`. */
export const rungStep = (total: number, divisor: number, evalSteps = 1): number =>
  Math.min(total, Math.max(Math.ceil(total / divisor), evalSteps));

/** It has come to a rung that is not decided. */
export const isWaiting = ({ state, rungs, passed = 0 }: RunRecord): boolean =>
  state === 'queued' && rungs?.[passed] !== undefined;

/** The rungs that a point still has before it. */
export const rungsLeft = ({ sweep, passed = 0 }: RunRecord): number[] =>
  sweep?.halving === undefined ? [] : divisorsOf(sweep.points, sweep.halving).slice(passed);

export interface Verdict {
  record: RunRecord;
  /** From 1, among all points that were let into the rung. */
  rank: number;
  of: number;
  goesOn: boolean;
}

/**
 * What becomes of the points that wait at the lowest rung that can be decided: no point that was let into it is still on its way. Failed and cancelled ones,
 * and at the first rung those that were removed, count as its worst; finished ones that did not pass it (taken from other runs, or stopped early) do not count. One that comes late is judged by all that
 * came before it, whose verdicts stay.
 */
export function verdicts(points: readonly RunRecord[]): Verdict[] {
  const { halving: eta, metric = 'loss', points: all = 0 } = points[0]?.sweep ?? {};
  if (eta === undefined) return [];
  for (let rung = 0; rung < divisorsOf(all, eta).length; rung++) {
    const came = (record: RunRecord) => record.rungs?.[rung] !== undefined;
    const here = points.filter((r) => came(r) || ((r.passed ?? 0) === rung && r.state !== 'finished'));
    const waiting = here.filter((record) => (record.passed ?? 0) === rung && isWaiting(record));
    if (waiting.length === 0 || here.some((record) => !came(record) && isOnItsWay(record))) continue;
    const of = here.length + (rung === 0 ? Math.max(0, all - points.length) : 0);
    const keep = Math.max(1, Math.floor(of / eta));
    const sign = lowerIsBetter(metric) ? 1 : -1;
    const cost = ({ rungs }: RunRecord) => sign * (rungs?.[rung]?.value ?? sign * Number.POSITIVE_INFINITY);
    const point = ({ sweep }: RunRecord) => sweep?.point ?? 0;
    // One that came and was cancelled while it waited is not in the way of others.
    const isDecided = ({ passed = 0, halted }: RunRecord) => passed > rung || halted !== undefined;
    const ranked = here
      .filter((record) => came(record) && (isDecided(record) || waiting.includes(record)))
      .sort((a, b) => (cost(a) === cost(b) ? point(a) - point(b) : cost(a) - cost(b)));
    return waiting.map((record) => {
      const rank = ranked.indexOf(record) + 1;
      return { record, rank, of, goesOn: rank <= keep };
    });
  }
  return [];
}

/** One that the daemon's end interrupted goes on when the sweep is resumed, to the verdict that it would have had. */
const isOnItsWay = ({ state, error }: RunRecord): boolean =>
  state === 'queued' || state === 'running' || (state === 'interrupted' && error?.code === 'interrupted');

/** "stopped at step 40: 7th of 9"; undefined where there is no more to say than the state. */
export function haltedText({ halted }: Pick<RunRecord, 'halted'>): string | undefined {
  return halted && `stopped at step ${halted.step}: ${ordinal(halted.rank)} of ${halted.of}`;
}

/** "Goes on: 2nd of 9". */
export const promotedText = ({ rank, of }: Pick<PromotedEvent, 'rank' | 'of'>): string =>
  rank === undefined ? 'Goes on as asked' : `Goes on: ${ordinal(rank)} of ${of}`;

export function ordinal(n: number): string {
  const ending = n % 100 >= 11 && n % 100 <= 13 ? undefined : ['st', 'nd', 'rd'][(n % 10) - 1];
  return `${n}${ending ?? 'th'}`;
}
