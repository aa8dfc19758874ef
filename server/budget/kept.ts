/** Results that follow from a model, or from what one text came to, and a short key alone: an editor asks for the same ones again and again. */

/** Per model or text; the ones not asked for the longest go first. */
const limit = 64;
/** Texts beyond this are rare, and holding them is not cheap. */
const longest = 4096;

/**
 * Makes each value once per `of` and `key` for as long as `of` lives, and hands out the same object again: nobody may change it. `keep` refuses
 * values that time had a part in.
 */
export function keeper<T>(keep: (value: T) => boolean = () => true): (of: object, key: string, make: () => T) => T {
  const all = new WeakMap<object, Map<string, T>>();
  return (of, key, make) => {
    if (key.length > longest) return make();
    const known = all.get(of) ?? new Map<string, T>();
    all.set(of, known);
    const found = known.get(key);
    const value = found ?? make();
    if (found === undefined && !keep(value)) return value;
    known.delete(key);
    known.set(key, value);
    if (known.size > limit) known.delete(known.keys().next().value!);
    return value;
  };
}
