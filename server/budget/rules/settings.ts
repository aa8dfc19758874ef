import { methodOf } from '../../methods/registry.ts';
import type { Finding } from '../finding.ts';
import type { Claim } from '../types.ts';
import type { Rule } from './rule.ts';

/** What a method demands of each matrix: rank at most min(m, n) and the like. One finding per field, however many matrices. */
export const settings: Rule = {
  codes: ['rank-too-large', 'rank-odd', 'target-rank-too-large'],
  severity: 'error',
  check({ counted }) {
    const faults = new Map<string, { finding: Finding; limit: number; count: number }>();
    for (const claim of counted?.claims ?? []) {
      const method = methodOf(claim.entry.method);
      for (const { code, message, field } of method?.check(claim.module, claim.settings) ?? []) {
        const path = pathOf(claim, field);
        const key = `${code} ${path.join('\0')}`;
        const limit = Math.min(claim.module.m, claim.module.n);
        const fault = faults.get(key) ?? { finding: { code, message, path }, limit, count: 0 };
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

/** The key of `rank_pattern` or `alpha_pattern` that sets the field, else the entry's own field. */
function pathOf({ index, rankKey, alphaKey }: Claim, field: string): (string | number)[] {
  if (field === 'rank' && rankKey !== undefined) return ['adapters', index, 'rank_pattern', rankKey];
  if (field === 'alpha' && alphaKey !== undefined) return ['adapters', index, 'alpha_pattern', alphaKey];
  return ['adapters', index, field];
}
