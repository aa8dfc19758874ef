/** Options of `rankwise spectrum` as values. Errors of all: `usage`. */
import type { SpectrumOf } from '../../protocol/spectrum.ts';
import { usageError } from '../command.ts';
import type { By } from './table.ts';

const parts: readonly SpectrumOf[] = ['base', 'merged', 'update'];

/** Default: all that there is. */
export function ofOption(text: string | undefined, hasAdapter: boolean): SpectrumOf[] {
  if (text === undefined) return hasAdapter ? [...parts] : ['base'];
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !parts.includes(name as SpectrumOf));
  if (unknown !== undefined)
    throw usageError(`--of takes ${parts.join(', ')}, not ${JSON.stringify(unknown)}.`, 'Part several by commas.');
  const chosen = parts.filter((part) => names.includes(part));
  if (!hasAdapter && chosen.some((part) => part !== 'base')) throw needsAdapter('--of merged or update');
  return chosen;
}

export const needsAdapter = (what: string) =>
  usageError(`${what} needs an adapter.`, 'Name a run or an adapter, or put one on the model with --adapter.');

export function intervalOption(text: string | undefined): [low: number, high: number] {
  if (text === undefined) return [0.1, 1.1];
  const [low, high, ...more] = numbers(text);
  if (low === undefined || high === undefined || more.length > 0 || !(low <= high))
    throw usageError(`--interval must be two numbers LOW,HIGH, the lower first, not ${JSON.stringify(text)}.`);
  return [low, high];
}

export function energyOption(text: string | undefined): number[] {
  if (text === undefined) return [0.9, 0.99];
  const shares = numbers(text);
  if (shares.every((share) => share > 0 && share <= 1)) return shares;
  throw usageError(`--energy must be shares between 0 and 1, such as 0.9,0.99, not ${JSON.stringify(text)}.`);
}

export function byOption(text: string | undefined): By | undefined {
  if (text === undefined || text === 'matrix' || text === 'kind') return text;
  throw usageError(`--by takes matrix or kind, not ${JSON.stringify(text)}.`);
}

const numbers = (text: string): number[] =>
  text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
