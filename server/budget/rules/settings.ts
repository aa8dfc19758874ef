import { methodOf } from '../../methods/registry.ts';
import type { Finding } from '../finding.ts';
import { matchPattern } from '../match.ts';
import type { Claim } from '../types.ts';
import type { Rule } from './rule.ts';

/** What a method demands of each matrix: rank at most min(m, n) and the like. One finding per field, however many matrices. */
export const settings: Rule = {
  codes: ['rank-too-large', 'rank-odd'],
  severity: 'error',
  check({ counted, recipe }) {
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
      ...(finding.code === 'rank-too-large' &&
        recipe.adapters.length > 0 && {
          replace: [{ title: `Set to ${limit}, the largest that fits`, text: String(limit) }],
        }),
    }));
  },
};

/** The key of `rank_pattern` that sets the rank of the module, else the entry's own field. */
function pathOf({ index, entry, module }: Claim, field: string): (string | number)[] {
  if (field === 'rank' || field === 'alpha') {
    const pattern = field === 'rank' ? entry.rank_pattern : entry.alpha_pattern;
    const key = matchPattern(Object.keys(pattern), [module.name]).keyOf.get(module.name);
    if (key !== undefined) return ['adapters', index, `${field}_pattern`, key];
  }
  return ['adapters', index, field];
}
