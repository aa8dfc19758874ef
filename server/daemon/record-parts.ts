/** What a `run.json` of another version, or one that somebody edited, may hold in its optional parts: what is not as it should be is left out. */
import { isRecord as isObject } from '../base/record.ts';
import type { RunRecord } from '../protocol/runs.ts';

const isText = (value: unknown): boolean => typeof value === 'string';
const isNumber = (value: unknown): boolean => typeof value === 'number';
const has = (value: unknown, parts: Record<string, (part: unknown) => boolean>): boolean =>
  isObject(value) && Object.entries(parts).every(([key, fits]) => fits(value[key]));

const isEvaluation = (value: unknown): boolean =>
  value === undefined || has(value, { metrics: (metrics) => isObject(metrics) });
const isAdapter = (value: unknown): boolean => has(value, { name: isText, path: isText });

const parts: Partial<Record<keyof RunRecord, (value: unknown) => boolean>> = {
  startedAt: isText,
  endedAt: isText,
  error: (value) => has(value, { code: isText, message: isText }),
  pinned: (value) => has(value, { backend: isText, versions: isObject }),
  check: (value) => has(value, { outcome: isText }),
  result: (value) =>
    has(value, {
      ...{ trainableParameters: isNumber, allParameters: isNumber, percent: isNumber, adapterBytes: isNumber },
      ...{ seconds: isNumber, base: isEvaluation, adapted: isEvaluation },
    }),
  adapters: (value) => Array.isArray(value) && value.every(isAdapter),
  modelPath: isText,
  worker: (value) => has(value, { pid: isNumber }),
  lastLoss: isNumber,
  imported: (value) => has(value, { from: isText, tool: isText }),
  fingerprint: isText,
  from: isText,
  rungs: (value) => Array.isArray(value) && value.every((rung) => has(rung, { step: isNumber })),
  passed: isNumber,
  halted: (value) => has(value, { step: isNumber, rank: isNumber, of: isNumber, metric: isText }),
  overBudget: (value) => value === true,
  worked: isNumber,
  checkpoint: isNumber,
  attention: (value) => has(value, { code: isText, message: isText, step: isNumber }),
  untold: (value) => value === true,
  unattended: () => false, // whoever reads it is there
  paused: (value) => has(value, { reason: isText, path: isText, since: isText }),
  stalled: (value) => has(value, { since: isText }),
};

export const withoutOddParts = (record: RunRecord): RunRecord =>
  Object.fromEntries(
    Object.entries(record).filter(([key, value]) => parts[key as keyof RunRecord]?.(value) ?? true),
  ) as unknown as RunRecord;
