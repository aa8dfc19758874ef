/** What a run's state comes to, in a few words. */
import type { RunPhase, RunRecord, RunState } from '../protocol/runs.ts';
import { haltedText, isWaiting } from './halving.ts';

/** What holds up a run that is in progress; `paused` and `stalled` are no states of their own: it may go on at any moment. */
export function hindrance({ state, paused, stalled }: RunRecord): 'paused' | 'stalled' | undefined {
  if (state !== 'running') return undefined;
  if (paused) return 'paused';
  return stalled ? 'stalled' : undefined;
}

/** What was imported from a log alone has curves, and nothing else to look at. */
export const hasWeights = ({ imported, adapters = [] }: Pick<RunRecord, 'imported' | 'adapters'>): boolean =>
  !imported || adapters.length > 0;

/** It is queued, and nobody is there to begin it. */
export const isUnattended = ({ state, unattended }: RunRecord): boolean => state === 'queued' && unattended === true;

/** What a run may be said to be: its state, or what says more of it. */
export type StateWord = RunState | (typeof details)[number];
const details = ['paused', 'stalled', 'waiting', 'stopped-early', 'out-of-budget'] as const;

export const stateWords: readonly StateWord[] = [
  ...(['running', 'queued', 'finished', 'failed', 'cancelled', 'interrupted', 'missing'] as const),
  ...details,
];

/** All that holds of it. `waiting`: at a rung for other points, or for a daemon. */
export function wordsOf(record: RunRecord): StateWord[] {
  const { state, halted, overBudget } = record;
  const held = hindrance(record);
  return [
    state,
    ...(held ? [held] : []),
    ...(isWaiting(record) || isUnattended(record) ? (['waiting'] as const) : []),
    ...(halted ? (['stopped-early'] as const) : []),
    ...(overBudget && state === 'cancelled' ? (['out-of-budget'] as const) : []),
  ];
}

/** "while evaluating": where a run is that gives no sign of life; empty where that is not known. */
export function phaseText({ phase }: NonNullable<RunRecord['stalled']>): string {
  return phase === undefined ? '' : (phaseTexts[phase] ?? `while ${phase}`);
}

const phaseTexts: Partial<Record<RunPhase, string>> = {
  starting: 'at its start',
  measuring: 'while measuring the backends',
  loading: 'while loading the model',
  decomposing: 'while decomposing matrices',
  encoding: 'while encoding the data',
  'first step': 'in its first step',
  training: 'between two steps',
  sampling: 'while writing samples',
  writing: 'while saving',
  ending: 'at its end',
};

/** What is to be said in the place of the state. */
export function stateText(record: RunRecord): string {
  const { rungs = [], passed = 0, overBudget, state } = record;
  if (isWaiting(record)) return `waiting for the others (step ${rungs[passed]!.step})`;
  if (isUnattended(record)) return 'waiting: no daemon';
  return hindrance(record) ?? haltedText(record) ?? (overBudget ? 'out of budget' : state);
}
