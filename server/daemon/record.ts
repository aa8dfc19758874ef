/** What a run's files say about it: `run.json` as it was written, and what its events add. */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import type { ErrorData } from '../base/errors.ts';
import { recipeFile } from '../base/run-folder.ts';
import type { CompiledEvent, RunEvent } from '../protocol/events.ts';
import type { RunRecord, RunState, SweepPlace } from '../protocol/runs.ts';
import { writeDurably } from './durable.ts';
import { labelsOf, readLabels } from './labels.ts';
import { withoutOddParts } from './record-parts.ts';

/** Joined by hand: thousands are when a daemon starts. */
export const recordFile = (run: string): string => `${run}${path.sep}run.json`;

/** Into a directory, which need not be where the run will lie. Throws the system's error. */
export const writeRecord = (folder: string, record: RunRecord): Promise<void> =>
  writeDurably(recordFile(folder), `${JSON.stringify(record, null, 2)}\n`);

export const files = (run: string) => ({
  recipe: recipeFile(run),
  record: recordFile(run),
  metrics: path.join(run, 'metrics.jsonl'),
  /** What `run.json` says of the sweep, should that be lost. */
  sweep: path.join(run, 'sweep.json'),
  log: path.join(run, 'log.txt'),
});

export const isActive = (record: RunRecord): boolean => record.state === 'queued' || record.state === 'running';

/** The record after one more event. */
export function fold(record: RunRecord, event: RunEvent): RunRecord {
  switch (event.event) {
    case 'started':
      return {
        ...afresh(record),
        state: 'running',
        startedAt: event.time,
        totalSteps: event.totalSteps,
        pinned: event.pinned,
      };
    case 'imported': {
      const { from, tool, totalSteps } = event;
      return { ...record, totalSteps, imported: { from, tool } };
    }
    case 'resumed':
      return { ...afresh(record), state: 'running', step: event.step, pinned: event.pinned };
    case 'step':
      return { ...record, step: event.step, lastLoss: event.loss };
    case 'compiled':
      return { ...record, check: checked(record.check, event) };
    case 'rung': {
      const rungs = [...(record.rungs ?? [])];
      if (event.rung <= rungs.length) rungs[event.rung] = { step: event.step, value: event.value };
      return { ...idle(record), state: 'queued', step: event.step, rungs };
    }
    case 'promoted':
      return { ...record, passed: event.passed };
    case 'checkpoint':
      return { ...record, checkpoint: event.step };
    case 'warning': {
      const { code, message, step } = event;
      return actionable.has(code) ? { ...record, attention: { code, message, step } } : record;
    }
    case 'paused': {
      const { reason, path, time, needed } = event;
      return { ...record, paused: { reason, path, since: time, ...(needed !== undefined && { needed }) } };
    }
    case 'continued':
      return goingOn(record);
    case 'finished':
      return {
        ...idle(record),
        state: 'finished',
        step: event.step,
        endedAt: event.time,
        result: event.result,
        ...(event.adapters && { adapters: event.adapters }),
        ...(event.model && { modelPath: event.model }),
      };
    case 'failed': {
      const { code, message, hint } = event;
      const error = { code, message, kind: 'runtime' as const, ...(hint !== undefined && { hint }) };
      return { ...idle(record), state: 'failed', endedAt: event.time, error };
    }
    case 'cancelled':
      return {
        ...idle(record),
        state: 'cancelled',
        step: event.step,
        endedAt: event.time,
        ...(event.halted && { halted: event.halted }),
      };
    default:
      return record;
  }
}

/** Warnings that say that the run is not worth its time as it is. */
const actionable: ReadonlySet<string> = new Set(['zero-gradient']);

/** What an earlier attempt asked somebody to look at may be mended. */
function afresh(record: RunRecord): RunRecord {
  const { attention: _, ...rest } = withoutOutcome(record);
  return rest;
}

/** One part that differs decides; else the largest difference of all parts. */
function checked(before: RunRecord['check'], { check, difference }: CompiledEvent): NonNullable<RunRecord['check']> {
  if (before?.outcome === 'differs' || check === 'differs') return { outcome: 'differs' };
  if (check === 'off') return { outcome: 'off' };
  return { outcome: 'agrees', difference: Math.max(before?.difference ?? 0, difference ?? 0) };
}

/** Ready for another attempt: what the last one ended with is gone. */
export function withoutOutcome(record: RunRecord): RunRecord {
  const {
    error: _1,
    result: _2,
    adapters: _3,
    modelPath: _4,
    endedAt: _5,
    halted: _6,
    overBudget: _7,
    untold: _8,
    ...rest
  } = record;
  return goingOn(rest);
}

/** Nothing holds it up. */
function goingOn(record: RunRecord): RunRecord {
  const { paused: _1, stalled: _2, ...rest } = record;
  return rest;
}

/** Without an outcome and without a worker: what an outcome is added to. */
export function idle(record: RunRecord): RunRecord {
  const { worker: _, ...rest } = withoutOutcome(record);
  return rest;
}

/** The record after a worker was at it for some time; counted where its sweep has a budget. */
export const afterWork = (record: RunRecord, seconds: number): RunRecord =>
  record.sweep?.budget === undefined ? record : { ...record, worked: (record.worked ?? 0) + seconds };

/** Ended without an event of its own. */
export const ended = (record: RunRecord, state: 'failed' | 'interrupted', error: ErrorData): RunRecord => ({
  ...idle(record),
  state,
  endedAt: new Date().toISOString(),
  error,
});

export const resumable = (message: string): ErrorData => ({
  code: 'interrupted',
  message,
  kind: 'runtime',
  hint: 'Resume it.',
});

/**
 * Reads `run.json` in `folder`; undefined when it is not there or not whole. A directory that is not where it says gets the path `run`,
 * also in its results.
 */
export function readRecord(folder: string, run = folder): RunRecord | undefined {
  let read: RunRecord;
  try {
    read = JSON.parse(readFileSync(recordFile(folder), 'utf8')) as RunRecord;
  } catch {
    return undefined;
  }
  if (!isRecord(read)) return undefined;
  const record = withoutOddParts(read.labels === undefined ? read : withLabels(read, labelsOf(read.labels)));
  if (record.run === run) return record;
  const moved = (file: string) => (file.startsWith(record.run + path.sep) ? run + file.slice(record.run.length) : file);
  return {
    ...record,
    run,
    id: path.basename(run),
    ...(record.adapters && { adapters: record.adapters.map((a) => ({ ...a, path: moved(a.path) })) }),
    ...(record.modelPath && { modelPath: moved(record.modelPath) }),
  };
}

/** The record with these labels and no others. */
export function withLabels(record: RunRecord, labels: RunRecord['labels']): RunRecord {
  if (record.labels === labels) return record;
  const { labels: _, ...rest } = record;
  return labels ? { ...rest, labels } : rest;
}

const states: ReadonlySet<string> = new Set<RunState>([
  'queued',
  'running',
  'finished',
  'failed',
  'cancelled',
  'interrupted',
]);

function isRecord(value: unknown): value is RunRecord {
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Record<string, unknown>;
  const strings = ['id', 'run', 'name', 'recipe', 'method', 'model', 'createdAt'];
  const numbers = ['step', 'totalSteps', 'resumes'];
  return (
    record.format === 1 &&
    states.has(record.state as string) &&
    strings.every((key) => typeof record[key] === 'string') &&
    numbers.every((key) => typeof record[key] === 'number') &&
    (record.sweep === undefined || isSweepPlace(record.sweep))
  );
}

/**
 * A record for a run directory whose `run.json` is lost, from its name and its resolved recipe; `running` until its events tell how
 * it ended (see `recover`). Undefined: not a run directory.
 */
export function recordFromRecipe(folder: string, run = folder): RunRecord | undefined {
  const file = files(folder).recipe;
  let recipe: { name?: unknown; model?: { path?: unknown }; adapters?: { method?: unknown }[] } | null;
  try {
    recipe = parse(readFileSync(file, 'utf8'), { maxAliasCount: 0 }) as typeof recipe;
  } catch {
    return undefined;
  }
  if (!Array.isArray(recipe?.adapters)) return undefined;
  const id = path.basename(run);
  const labels = readLabels(folder);
  const stamp = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-(.+)$/.exec(id);
  const method = recipe.adapters.map((entry) => String(entry?.method ?? '?')).join('+');
  return {
    format: 1,
    id,
    run,
    name: typeof recipe.name === 'string' ? recipe.name : (stamp?.[7] ?? id),
    recipe: files(run).recipe,
    state: 'running',
    method,
    model: path.basename(String(recipe.model?.path ?? '?')),
    step: 0,
    totalSteps: 0,
    createdAt: stamp ? `${stamp.slice(1, 4).join('-')}T${stamp.slice(4, 7).join(':')}.000Z` : new Date(0).toISOString(),
    resumes: 0,
    ...sweepOf(folder),
    ...(labels && { labels }),
  };
}

/** The place in a sweep that `sweep.json` tells. */
function sweepOf(run: string): Pick<RunRecord, 'sweep'> {
  try {
    const sweep: unknown = JSON.parse(readFileSync(files(run).sweep, 'utf8'));
    return isSweepPlace(sweep) ? { sweep } : {};
  } catch {
    return {}; // a run of its own, or a torn file: it is a run all the same
  }
}

export function isSweepPlace(value: unknown): value is SweepPlace {
  const place = value as SweepPlace | null;
  return (
    typeof place?.id === 'string' &&
    typeof place.name === 'string' &&
    Number.isSafeInteger(place.point) &&
    Number.isSafeInteger(place.points) &&
    typeof place.values === 'object' &&
    place.values !== null
  );
}
