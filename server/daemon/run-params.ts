/** The parameters of requests on runs and sweeps, checked. Errors: `bad-request`. */
import { realpathSync } from 'node:fs';
import { type BackendName, backendNames } from '../protocol/backends.ts';
import type { RunCursor, SubmitParams, SubmitSweepParams } from '../protocol/daemon.ts';
import { type NoticeSubject, noticeSubjects, type RunNotice } from '../protocol/notices.ts';
import { absolutePath, badRequest, objectOf, textOf } from './params.ts';

export const pageLimit = ({ limit }: Record<string, unknown>): number => wholeNumber('limit', limit, 1);

export function runCursor({ after }: Record<string, unknown>): RunCursor | undefined {
  if (after === undefined) return undefined;
  const place = objectOf(after, 'after', 'what `more` was');
  return { createdAt: textOf(place, 'createdAt'), run: textOf(place, 'run') };
}

export function noticeList({ notices }: Record<string, unknown>): RunNotice[] {
  const isNotice = (each: unknown): each is RunNotice => {
    const { run, about } = (each ?? {}) as Partial<Record<keyof RunNotice, unknown>>;
    return typeof run === 'string' && noticeSubjects.includes(about as NoticeSubject);
  };
  if (Array.isArray(notices) && notices.every(isNotice)) return notices;
  throw badRequest('notices', `a list of runs, each with what it is about: ${noticeSubjects.join(', ')}`);
}

export function submitParams(params: Record<string, unknown>): SubmitParams {
  return {
    recipeText: plainText(params, 'recipeText'),
    recipePath: absolutePath(params, 'recipePath'),
    name: plainText(params, 'name'),
    output: absolutePath(params, 'output'),
    method: plainText(params, 'method'),
    model: plainText(params, 'model'),
    ...(params.fingerprint !== undefined && { fingerprint: plainText(params, 'fingerprint') }),
  };
}

export function sweepParams(params: Record<string, unknown>): SubmitSweepParams {
  const { points, metric, again, halving, budget } = params;
  if (!Array.isArray(points) || points.length === 0 || points.length > 1000)
    throw badRequest('points', 'a list of 1 to 1,000 points');
  return {
    name: plainText(params, 'name'),
    points: points.map((point: unknown) => {
      const part = (value: unknown) => objectOf(value, 'points', 'a list of points, each with `submit` and `values`');
      const { submit, values } = part(point);
      return { submit: submitParams(part(submit)), values: part(values) };
    }),
    ...(metric !== undefined && { metric: plainText(params, 'metric') }),
    ...(again === true && { again }),
    ...(halving !== undefined && { halving: wholeNumber('halving', halving, 2) }),
    ...(budget !== undefined && { budget: wholeNumber('budget', budget, 1) }),
  };
}

function wholeNumber(key: string, value: unknown, least: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
  throw badRequest(key, `a whole number from ${least} on`);
}

/** For what becomes part of a file or of a name. */
export function plainText(params: Record<string, unknown>, key: string): string {
  const value = textOf(params, key);
  if (value.includes('\0')) throw badRequest(key, 'a text');
  return value;
}

export function backendParam({ backend }: Record<string, unknown>): BackendName | undefined {
  const known = backendNames.find((name) => name === backend);
  if (backend === undefined || known) return known;
  throw badRequest('backend', `one of ${backendNames.join(', ')}`);
}

/** One name per directory: links are followed, where it exists. */
export function runPath(params: Record<string, unknown>): string {
  const run = absolutePath(params, 'run');
  try {
    return realpathSync(run);
  } catch {
    return run;
  }
}
