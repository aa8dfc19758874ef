/** Length of the common beginning of two texts or lists. */
export function sharedStart<T>(a: ArrayLike<T>, b: ArrayLike<T>): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}
