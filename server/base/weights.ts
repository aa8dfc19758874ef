/** "0.5, 0.5" as `count` numbers; undefined where it is anything else. */
export function weightList(text: string, count: number): number[] | undefined {
  const weights = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  return weights.length === count && weights.every(Number.isFinite) ? weights : undefined;
}
