import manifest from '../../package.json' with { type: 'json' };

/** Rankwise's version: that of package.json, built into each bundle. */
export const version: string = manifest.version;

/** Order of two versions by their numbers: negative when `a` is older. Pre-release tags are not compared. */
export function compareVersions(a: string, b: string): number {
  const numbers = (v: string) => v.split(/[.+-]/, 3).map((part) => Number.parseInt(part, 10) || 0);
  const [left, right] = [numbers(a), numbers(b)];
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
