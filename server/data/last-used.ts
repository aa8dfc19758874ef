/** What `make` makes of each number; the `kept` ones that were asked for last stay in memory. */
export function lastUsed<T extends object>(kept: number, make: (number: number) => T): (number: number) => T {
  const known = new Map<number, T>();
  return (number) => {
    let made = known.get(number);
    if (made) known.delete(number);
    else {
      if (known.size >= kept) known.delete(known.keys().next().value!);
      made = make(number);
    }
    // Last in the map: used last.
    known.set(number, made);
    return made;
  };
}
