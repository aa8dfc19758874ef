/** Writes one key of an entry's `rank_pattern` into the text of a recipe: comments, quotes, and flow or block style stay. */
import { isMap, isScalar, type Pair, type YAMLMap } from 'yaml';
import type { Fix } from '../protocol/diagnostics.ts';
import { Fixer } from './fixes.ts';
import { spanOf } from './nodes.ts';
import { entryOf, keySpan, pairOf, TextWriter } from './text-writer.ts';

export interface RankPatternChange {
  /** Index in `adapters`. */
  entry: number;
  /** The key to write; where it is there already it moves to the front. */
  key: string;
  rank: number;
  /** The key that has a say in this matrix now. */
  present?: string | undefined;
  /** `present` is about no other matrix: its rank is changed, and no key added. */
  alone?: boolean;
}

/** Undefined where the text does not let it: the entry or its pattern is no mapping of its own (an alias, a fault of syntax). */
export function rankPatternEdits(text: string, change: RankPatternChange): Fix['edits'] | undefined {
  const found = entryOf(text, change.entry);
  return found && new Writer(text, found.lines).edits(found.entry, change);
}

class Writer extends TextWriter {
  edits(entry: YAMLMap, { key, rank, present, alone }: RankPatternChange): Fix['edits'] | undefined {
    const pattern = pairOf(entry, 'rank_pattern');
    if (!pattern) return this.addField(entry, key, rank);
    const map = pattern.value;
    if (!isMap(map)) return isScalar(map) && map.value === null ? this.fill(pattern, key, rank) : undefined;
    if (map.items.length === 0) return this.replace(spanOf(map), `{ ${this.pair(entry, key, rank)} }`);
    if (alone && present !== undefined) return this.replace(spanOf(pairOf(map, present)?.value as never), String(rank));
    const same = pairOf(map, key);
    const [before, after] = [keySpan(same), spanOf(same?.value as never)];
    const removal =
      before && after ? new Fixer(this.text, this.lines).remove('', { key: before, value: after }).edits : [];
    // The first key that matches holds: where one does, the new one stands before it.
    const written = this.pair(map, key, rank);
    const edits = present === undefined && !same ? this.append(map, written) : this.prepend(pattern, map, written);
    return edits && [...edits, ...removal];
  }

  /** After `rank`, or what names the method: values of one line. */
  private addField(entry: YAMLMap, key: string, rank: number): Fix['edits'] | undefined {
    const pair = pairOf(entry, 'rank') ?? pairOf(entry, 'method') ?? entry.items[0];
    const end = isScalar(pair?.value) && spanOf(pair.value)?.[1];
    if (!end) return undefined;
    const name = this.quoted(entry, 'rank_pattern');
    const written = this.pair(entry, key, rank);
    if (entry.flow) return this.insert(end, `, ${name}: { ${written} }`);
    const column = this.columnOf(entry);
    return this.insert(this.lineEnd(end), `${this.line(column)}${name}:${this.line(column + 2)}${written}`);
  }

  /** `rank_pattern:` with nothing after it. */
  private fill(pattern: Pair, key: string, rank: number): Fix['edits'] | undefined {
    const end = keySpan(pattern)?.[1];
    const colon = end === undefined ? -1 : this.text.indexOf(':', end);
    if (colon < 0) return undefined;
    const written = /^[ \t]*(?:null|~)/i.exec(this.text.slice(colon + 1))?.[0] ?? '';
    return this.replace([colon + 1, colon + 1 + written.length], ` { ${this.pair(undefined, key, rank)} }`);
  }

  private append(map: YAMLMap, written: string): Fix['edits'] | undefined {
    const end = spanOf(map.items.at(-1)?.value as never)?.[1];
    if (end === undefined) return undefined;
    if (map.flow) return this.insert(end, `, ${written}`);
    return this.insert(this.lineEnd(end), `${this.line(this.columnOf(map))}${written}`);
  }

  private prepend(pattern: Pair, map: YAMLMap, written: string): Fix['edits'] | undefined {
    const first = keySpan(map.items[0])?.[0];
    const header = keySpan(pattern)?.[1];
    if (first === undefined || header === undefined) return undefined;
    if (map.flow) return this.insert(first, `${written}, `);
    // Right below the field's own line: comments above the first key stay with it.
    return this.insert(this.lineEnd(header), `${this.line(this.columnOf(map))}${written}`);
  }

  private pair(map: YAMLMap | undefined, key: string, rank: number): string {
    return `${this.quoted(map, key)}: ${rank}`;
  }
}
