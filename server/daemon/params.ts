/** Parameters of requests come from outside: what several handlers check. */
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';

/** A client's working directory is not ours. Errors: `bad-request`. */
export function absolutePath(params: Record<string, unknown>, field: string): string {
  const value = params[field];
  if (typeof value !== 'string' || !path.isAbsolute(value) || value.includes('\0'))
    throw badRequest(field, 'an absolute path');
  return path.resolve(value);
}

export const badRequest = (field: string, expected: string) =>
  new RankwiseError('bad-request', `The request's \`${field}\` must be ${expected}.`, { field });
