/**
 * What has been found out on this machine, in `<home>/calibration.json`: which backends start, and how long steps took. A file that
 * is missing, damaged or of another version counts as empty, and so does each entry; it is written whole or not at all.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { makeFolder, writeFileAtomic } from '../../base/files.ts';
import { backendNames, type StepTiming } from '../../protocol/backends.ts';
import type { BackendReport } from '../../protocol/jobs.ts';

const FORMAT = 1;
/** Entries that are kept, the newest first. */
const CAPACITY = 200;
const DAY = 24 * 3600 * 1000;
/** Drivers and libraries change; what failed may work after a repair. */
const REPORTS_LAST = DAY;
const FAILURES_LAST = DAY;
const TIMINGS_LAST = 90 * DAY;

interface Contents {
  format: typeof FORMAT;
  /** Of the machine as `key` describes it. */
  reports?: { key: string; at: number; reports: BackendReport[] };
  steps: { key: string; at: number; timings: StepTiming[] }[];
}

export class Calibrations {
  private readonly file: string;
  private readonly now: () => number;

  constructor(home: string, now: () => number = Date.now) {
    this.file = path.join(home, 'calibration.json');
    this.now = now;
  }

  /** What was found of each backend, if the machine is still that of `key`. */
  reports(key: string): BackendReport[] | undefined {
    const { reports } = this.read();
    return reports?.key === key && this.isWithin(reports.at, REPORTS_LAST) ? reports.reports : undefined;
  }

  keepReports(key: string, reports: BackendReport[]): void {
    this.write({ ...this.read(), reports: { key, at: this.now(), reports } });
  }

  timings(key: string): StepTiming[] | undefined {
    const found = this.read().steps.find((entry) => entry.key === key);
    if (!found) return undefined;
    const failed = found.timings.some(({ seconds }) => seconds === undefined);
    return this.isWithin(found.at, failed ? FAILURES_LAST : TIMINGS_LAST) ? found.timings : undefined;
  }

  keepTimings(key: string, timings: StepTiming[]): void {
    const { steps, ...rest } = this.read();
    const others = steps.filter((entry) => entry.key !== key);
    this.write({ ...rest, steps: [{ key, at: this.now(), timings }, ...others].slice(0, CAPACITY) });
  }

  forgetReports(): void {
    const { reports: _, ...rest } = this.read();
    this.write(rest);
  }

  /** A clock that was set back makes nothing last longer. */
  private isWithin(at: number, age: number): boolean {
    return Math.abs(this.now() - at) <= age;
  }

  private read(): Contents {
    const empty: Contents = { format: FORMAT, steps: [] };
    let found: Partial<Contents>;
    try {
      found = JSON.parse(readFileSync(this.file, 'utf8')) as Partial<Contents>;
    } catch {
      return empty; // none yet, or damaged: it is measured again
    }
    if (found?.format !== FORMAT) return empty;
    const { reports, steps } = found;
    return {
      format: FORMAT,
      ...(isEntry(reports) && isListOf(reports.reports, isReport) && { reports }),
      steps: Array.isArray(steps) ? steps.filter((entry) => isEntry(entry) && isListOf(entry.timings, isTiming)) : [],
    };
  }

  /** What cannot be kept is measured again; a run does not fail for it. */
  private write(contents: Contents): void {
    try {
      makeFolder(path.dirname(this.file), 0o700);
      writeFileAtomic(this.file, `${JSON.stringify(contents, undefined, 1)}\n`);
    } catch {}
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isEntry = (value: unknown): value is { key: string; at: number } =>
  isRecord(value) && typeof value.key === 'string' && typeof value.at === 'number';
const isListOf = (value: unknown, is: (entry: Record<string, unknown>) => boolean): boolean =>
  Array.isArray(value) && value.length > 0 && value.every((entry) => isRecord(entry) && is(entry));
const isNamed = (name: unknown): boolean => backendNames.some((known) => known === name);
const isReport = ({ name, available }: Record<string, unknown>): boolean =>
  isNamed(name) && typeof available === 'boolean';
const isTiming = ({ backend, seconds }: Record<string, unknown>): boolean =>
  isNamed(backend) && (seconds === undefined || (typeof seconds === 'number' && seconds > 0));
