/** Where the keys and values of a JSON text stand: one pass, for files that JSON.parse has read already. */
import type { FieldPath } from '../recipe/types.ts';

type Span = readonly [start: number, end: number];

export interface Place {
  path: FieldPath;
  /** Of the key with its quotes; undefined for items of lists. */
  key: Span | undefined;
  value: Span;
}

/** Deeper values are part of what holds them. */
const maxDepth = 3;

/** By path joined with NUL, which no two paths share. */
export function placesOf(text: string): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  const stack: { path: FieldPath; list: boolean; index: number }[] = [];
  let key: Span | undefined;
  const open: { path: FieldPath; key: Span | undefined; start: number }[] = [];
  const pathHere = (): FieldPath => {
    const holder = stack.at(-1);
    if (!holder) return [];
    return [...holder.path, holder.list ? holder.index : key ? String(JSON.parse(text.slice(...key))) : ''];
  };
  const close = (end: number): void => {
    const { path, key, start } = open.pop()!;
    if (path.length > 0 && path.length <= maxDepth) places.set(pathKey(path), { path, key, value: [start, end] });
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === '{' || c === '[') {
      const path = pathHere();
      open.push({ path, key, start: i });
      stack.push({ path, list: c === '[', index: 0 });
      key = undefined;
    } else if (c === '}' || c === ']') {
      stack.pop();
      close(i + 1);
      key = undefined;
    } else if (c === ',') {
      const holder = stack.at(-1);
      if (holder?.list) holder.index++;
      key = undefined;
    } else if (c === '"' || /[-\w]/.test(c)) {
      const end = c === '"' ? stringEnd(text, i) : wordEnd(text, i);
      const holder = stack.at(-1);
      if (holder && !holder.list && key === undefined) key = [i, end];
      else {
        open.push({ path: pathHere(), key, start: i });
        close(end);
      }
      i = end - 1;
    }
  }
  return places;
}

export const pathKey = (path: FieldPath): string => path.join('\0');

/** The innermost key or value at an offset. */
export function placeAt(
  places: ReadonlyMap<string, Place>,
  offset: number,
): (Place & { on: 'key' | 'value' }) | undefined {
  let best: { place: Place; on: 'key' | 'value'; length: number } | undefined;
  for (const place of places.values())
    for (const on of ['key', 'value'] as const) {
      const span = place[on];
      if (!span || offset < span[0] || offset > span[1]) continue;
      if (!best || span[1] - span[0] <= best.length) best = { place, on, length: span[1] - span[0] };
    }
  return best && { ...best.place, on: best.on };
}

function stringEnd(text: string, open: number): number {
  for (let i = open + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"') return i + 1;
  }
  return text.length;
}

function wordEnd(text: string, start: number): number {
  let end = start;
  while (end < text.length && /[-+.\w]/.test(text[end]!)) end++;
  return end;
}
