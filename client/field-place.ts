/**
 * Where a field of a recipe stands in its text, for opening it there: the offset of its name, or of the nearest section above it that is written;
 * undefined where none is. Good enough for a cursor: whoever changes a recipe asks the language server.
 */
export function fieldPlace(text: string, field: string): number | undefined {
  let place: number | undefined;
  for (const name of field.split('.').filter((part) => !/^\d+$/.test(part))) {
    const key = new RegExp(`(?<=^|[\\n{,]\\s*|\\n\\s*-\\s+)["']?${escaped(name)}["']?\\s*:`, 'g');
    key.lastIndex = place ?? 0;
    const found = key.exec(text);
    if (!found) return place;
    place = found.index;
  }
  return place;
}

const escaped = (name: string): string => name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
