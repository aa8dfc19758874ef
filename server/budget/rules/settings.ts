import { methodOf } from '../../methods/registry.ts';
import type { Finding } from '../finding.ts';
import type { Claim } from '../types.ts';
import type { Rule } from './rule.ts';

/** What a method demands of each matrix: rank at most min(m, n) and the like. One finding per field, however many matrices. */
export const settings: Rule = {
  codes: [
    'rank-too-large',
    'rank-odd',
    'block-size-not-divisor',
    'block-size-and-rank',
    'block-size-odd',
    'too-many-factors',
    'transposed-weights',
  ],
  severity: 'error',
  check({ counted }) {
    const faults = new Map<string, { finding: Finding; limit: number; count: number }>();
    const claims = counted?.claims ?? [];
    for (const claim of claims) {
      const method = methodOf(claim.entry.method);
      for (const { code, message, field, allowed } of method?.check(claim.module, claim.settings) ?? []) {
        const path = pathOf(claim, field);
        const key = `${code} ${path.join('\0')}`;
        const limit = Math.min(claim.module.m, claim.module.n);
        const replace = allowed && !faults.has(key) && fitting(allowed, field, claim, claims);
        const fault = faults.get(key) ?? {
          finding: { code, message, path, ...(replace && { replace }) },
          limit,
          count: 0,
        };
        faults.set(key, { ...fault, limit: Math.min(fault.limit, limit), count: fault.count + 1 });
      }
    }
    return [...faults.values()].map(({ finding, limit, count }) => ({
      ...finding,
      message: count > 1 ? `${finding.message} The same holds for ${count - 1} more.` : finding.message,
      ...(finding.code === 'rank-too-large' && {
        replace: [{ title: `Set to ${limit}, the largest that fits`, text: String(limit) }],
      }),
    }));
  },
};

/** Of the allowed values those that every matrix of the entry can take: the nearest below and the nearest above what it has. */
function fitting(allowed: readonly number[], field: string, { index, entry, settings }: Claim, all: readonly Claim[]) {
  const method = methodOf(entry.method)!;
  const present = Number(field === 'rank' ? settings.rank : settings.options[field]);
  const mine = all.filter((claim) => claim.index === index);
  const fits = allowed.filter((value) =>
    mine.every((claim) => {
      const tried =
        field === 'rank'
          ? { ...claim.settings, rank: value }
          : { ...claim.settings, options: { ...claim.settings.options, [field]: value } };
      return method.check(claim.module, tried).length === 0;
    }),
  );
  const near = [fits.findLast((value) => value < present), fits.find((value) => value > present)];
  return near.flatMap((value) =>
    value === undefined ? [] : [{ title: `Set to ${value}, which fits every matrix`, text: String(value) }],
  );
}

/** The key of `rank_pattern` or `alpha_pattern` that sets the field, else the entry's own field. */
function pathOf({ index, rankKey, alphaKey }: Claim, field: string): (string | number)[] {
  if (field === 'rank' && rankKey !== undefined) return ['adapters', index, 'rank_pattern', rankKey];
  if (field === 'alpha' && alphaKey !== undefined) return ['adapters', index, 'alpha_pattern', alphaKey];
  return ['adapters', index, field];
}
