import { methodOf } from '../../methods/registry.ts';
import type { Method, SettingsFault } from '../../methods/types.ts';
import type { Finding } from '../finding.ts';
import type { Claim } from '../types.ts';
import type { Rule } from './rule.ts';

/** What a method demands of each matrix: rank at most min(m, n) and the like. */
export const settings: Rule = {
  codes: [
    'rank-too-large',
    'rank-odd',
    'target-rank-too-large',
    'off-diagonals-too-large',
    'coefficients-too-many',
    'coefficients-not-used',
    'block-size-not-divisor',
    'block-size-and-rank',
    'block-size-odd',
    'too-many-factors',
    'transposed-weights',
  ],
  severity: 'error',
  check: ({ counted }) =>
    perField(counted?.claims ?? [], (method, module, s, saved) =>
      // A sum of adapters may have a rank above min(m, n), and is what it is.
      method.check(module, s).filter(({ code }) => !(saved && code === 'rank-too-large')),
    ),
};

/** What is worth knowing of a method's settings. */
export const remarks: Rule = {
  codes: ['top-k-rectangular'],
  severity: 'information',
  check: ({ recipe, counted }) =>
    recipe.adapters.some(({ method }) => methodOf(method)?.remarks)
      ? perField(counted?.claims ?? [], (method, module, s) => method.remarks?.(module, s) ?? [])
      : [],
};

/** One finding per field, however many matrices. */
function perField(
  claims: readonly Claim[],
  look: (method: Method, module: Claim['module'], s: Claim['settings'], saved: boolean) => SettingsFault[],
): Finding[] {
  const faults = new Map<string, { finding: Finding; limit: number | undefined; count: number }>();
  for (const claim of claims) {
    const method = methodOf(claim.entry.method);
    const saved = claim.entry.path !== undefined;
    const found = method ? look(method, claim.module, claim.settings, saved) : [];
    for (const { code, message, field, largest, allowed } of found) {
      const path = pathOf(claim, field);
      const key = `${code} ${path.join('\0')}`;
      const replace = allowed && !faults.has(key) && fitting(allowed, field, claim, claims);
      const fault = faults.get(key) ?? {
        finding: { code, message, path, ...(replace && { replace }) },
        limit: largest,
        count: 0,
      };
      const limit = largest === undefined ? undefined : Math.min(fault.limit!, largest);
      faults.set(key, { ...fault, limit, count: fault.count + 1 });
    }
  }
  return [...faults.values()].map(({ finding, limit, count }) => ({
    ...finding,
    message: count > 1 ? `${finding.message} The same holds for ${count - 1} more.` : finding.message,
    ...(limit !== undefined && {
      replace: [{ title: `Set to ${limit}, the largest that fits`, text: String(limit) }],
    }),
  }));
}

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
