/** Parameters of requests come from outside: what several handlers check. */
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { isRecord } from '../base/record.ts';

/** A client's working directory is not ours. Errors: `bad-request`. */
export function absolutePath(params: Record<string, unknown>, field: string): string {
  const value = params[field];
  if (typeof value !== 'string' || !path.isAbsolute(value) || value.includes('\0'))
    throw badRequest(field, 'an absolute path');
  return path.resolve(value);
}

/** Errors: `bad-request`. */
export function objectOf(value: unknown, field: string, expected = 'an object'): Record<string, unknown> {
  if (isRecord(value)) return value;
  throw badRequest(field, expected);
}

/** One that is not empty. Errors: `bad-request`. */
export function textOf(params: Record<string, unknown>, field: string): string {
  const value = params[field];
  if (typeof value === 'string' && value !== '') return value;
  throw badRequest(field, 'a text');
}

/** As `absolutePath`, of a list of at most `most`. Errors: `bad-request`. */
export function absolutePaths(params: Record<string, unknown>, field: string, most = 100_000): string[] {
  const value = params[field];
  if (!Array.isArray(value) || value.length > most) throw badRequest(field, `a list of at most ${most} absolute paths`);
  return [...new Set(value.map((each: unknown) => absolutePath({ [field]: each }, field)))];
}

export const badRequest = (field: string, expected: string) =>
  new RankwiseError('bad-request', `The request's \`${field}\` must be ${expected}.`, { field });
