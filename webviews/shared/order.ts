/** The order of a table's rows. Pure. */

/** What has no value comes last either way; equals, and those without, as `tie` has them. */
export function byValue<T>(
  value: (item: T) => string | number | undefined,
  descending: boolean,
  tie: (a: T, b: T) => number,
): (a: T, b: T) => number {
  const sign = descending ? -1 : 1;
  return (a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === undefined || y === undefined) return Number(x === undefined) - Number(y === undefined) || tie(a, b);
    const order = typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y));
    return sign * order || tie(a, b);
  };
}
