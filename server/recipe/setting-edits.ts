/** Writes values at paths of a recipe's text: comments, order and style of what stands there stay. */
import { isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml';
import type { Fix } from '../protocol/diagnostics.ts';
import { Fixer } from './fixes.ts';
import type { Lines } from './lines.ts';
import { spanOf } from './nodes.ts';
import { keySpan, pairOf, rootOf, TextWriter } from './text-writer.ts';
import type { FieldPath } from './types.ts';

/** The text with one value changed, undefined as value: taken out. Undefined as a result: the text does not let it, for a fault of syntax or an alias. */
export function withSetting(text: string, path: FieldPath, value: unknown): string | undefined {
  const found = rootOf(text);
  const edits = found && new SettingWriter(text, found.lines).edits(found.root, path, value);
  return edits && applied(text, found.lines, edits);
}

class SettingWriter extends TextWriter {
  edits(root: YAMLMap, path: FieldPath, value: unknown, whole = true): Fix['edits'] | undefined {
    let map = root;
    for (const [depth, key] of path.entries()) {
      const pair = pairOf(map, String(key));
      if (!pair) return value === undefined ? [] : this.add(map, path.slice(depth), value, whole && map === root);
      if (depth === path.length - 1) return this.change(map, pair, value);
      let below = pair.value;
      const index = path[depth + 1];
      if (isSeq(below) && typeof index === 'number') {
        below = below.items[index];
        if (!isMap(below)) return undefined;
        // The index is no key of its own.
        return depth + 2 < path.length ? this.edits(below, path.slice(depth + 2), value, false) : undefined;
      }
      if (!isMap(below)) return undefined;
      map = below;
    }
    return undefined;
  }

  private change(map: YAMLMap, pair: Pair, value: unknown): Fix['edits'] | undefined {
    const [key, written] = [keySpan(pair), this.written(pair)];
    if (!key || !written) return undefined;
    if (value === undefined) return [...new Fixer(this.text, this.lines).remove('', { key, value: written }).edits];
    return this.replace(written, this.flow(map, value));
  }

  private add(map: YAMLMap, path: FieldPath, value: unknown, root: boolean): Fix['edits'] | undefined {
    if (path.some((key) => typeof key === 'number')) return undefined;
    const [name, ...inner] = path.map(String);
    const text = inner.reduceRight((within, key) => `{ ${key}: ${within} }`, this.flow(map, value));
    const pair = `${this.quoted(map, name!)}: ${text}`;
    const first = keySpan(map.items[0])?.[0];
    if (first === undefined) return undefined;
    if (map.flow) return this.insert(first, `${pair}, `);
    if (root) return this.insert(this.text.trimEnd().length, `${this.line(0)}${pair}`);
    const plain = map.items.find(({ value: known }) => isScalar(known) && spanOf(known));
    const end = plain && spanOf(plain.value as Node)?.[1];
    const column = this.columnOf(map);
    if (end !== undefined) return this.insert(this.lineEnd(end), `${this.line(column)}${pair}`);
    return this.insert(first, `${pair}${this.line(column)}`);
  }

  private flow(map: YAMLMap, value: unknown): string {
    return typeof value === 'string' ? this.quoted(map, value) : JSON.stringify(value);
  }
}

function applied(text: string, lines: Lines, edits: Fix['edits']): string {
  const placed = edits.map(({ range, newText }) => ({
    start: lines.offset(range.start),
    end: lines.offset(range.end),
    newText,
  }));
  placed.sort((a, b) => b.start - a.start);
  return placed.reduce((now, { start, end, newText }) => now.slice(0, start) + newText + now.slice(end), text);
}
