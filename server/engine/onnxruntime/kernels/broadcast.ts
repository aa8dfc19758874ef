/** Two shapes brought to the lowest common rank at which they still broadcast the same way. */
export interface Collapsed {
  a: number[];
  b: number[];
}

/**
 * Merges neighbouring dimensions that broadcast alike: [8, 128, 512] with [512] becomes [1024, 512] with [1, 512]; equal
 * shapes become one dimension. One session then serves every shape of the same pattern.
 */
export function collapse(a: readonly number[], b: readonly number[]): Collapsed {
  const rank = Math.max(a.length, b.length);
  const dimension = (shape: readonly number[], i: number) => shape[i - rank + shape.length] ?? 1;
  const result: Collapsed = { a: [], b: [] };
  let last = '';
  for (let i = 0; i < rank; i++) {
    const [x, y] = [dimension(a, i), dimension(b, i)];
    if (x === 1 && y === 1) continue;
    const pattern = x === y ? 'both' : x === 1 ? 'a stretched' : 'b stretched';
    if (pattern === last) {
      result.a[result.a.length - 1]! *= x;
      result.b[result.b.length - 1]! *= y;
    } else {
      result.a.push(x);
      result.b.push(y);
    }
    last = pattern;
  }
  return result.a.length > 0 ? result : { a: [1], b: [1] };
}
