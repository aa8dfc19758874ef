/** What a run's state comes to, in a few words. */
import type { RunRecord } from '../protocol/runs.ts';
import { haltedText, isWaiting } from './halving.ts';

/** What holds up a run that is in progress; `paused` and `stalled` are no states of their own: it may go on at any moment. */
export function hindrance({ state, paused, stalled }: RunRecord): 'paused' | 'stalled' | undefined {
  if (state !== 'running') return undefined;
  if (paused) return 'paused';
  return stalled ? 'stalled' : undefined;
}

/** It is queued, and nobody is there to begin it. */
export const isUnattended = ({ state, unattended }: RunRecord): boolean => state === 'queued' && unattended === true;

/** What is to be said in the place of the state. */
export function stateText(record: RunRecord): string {
  const { rungs = [], passed = 0, overBudget, state } = record;
  if (isWaiting(record)) return `waiting for the others (step ${rungs[passed]!.step})`;
  if (isUnattended(record)) return 'waiting: no daemon';
  return hindrance(record) ?? haltedText(record) ?? (overBudget ? 'out of budget' : state);
}
