/** Writes fields of an adapter's entry into the text of a recipe, and takes others out. */
import { isScalar, type YAMLMap } from 'yaml';
import type { Fix } from '../protocol/diagnostics.ts';
import { Fixer } from './fixes.ts';
import { spanOf } from './nodes.ts';
import { entryOf, keySpan, pairOf, TextWriter } from './text-writer.ts';

/** Undefined takes the field out. */
export type FieldChanges = Readonly<Record<string, string | number | boolean | undefined>>;

/** Undefined where the text does not let it: a fault of syntax, an entry that is an alias or that names its method on several lines. */
export function entryFieldEdits(text: string, index: number, changes: FieldChanges): Fix['edits'] | undefined {
  const found = entryOf(text, index);
  return found && new Writer(text, found.lines).edits(found.entry, changes);
}

class Writer extends TextWriter {
  edits(entry: YAMLMap, changes: FieldChanges): Fix['edits'] | undefined {
    const edits: Fix['edits'] = [];
    const fresh: string[] = [];
    for (const [name, given] of Object.entries(changes)) {
      const value = typeof given === 'string' ? this.quoted(entry, given) : given;
      const pair = pairOf(entry, name);
      const [key, present] = [keySpan(pair), this.written(pair)];
      if (!pair || !key) {
        if (value !== undefined) fresh.push(`${this.quoted(entry, name)}: ${value}`);
      } else if (value === undefined)
        edits.push(...new Fixer(this.text, this.lines).remove('', { key, value: present ?? key }).edits);
      else if (present) edits.push(...this.replace(present, String(value))!);
      else return undefined;
    }
    if (fresh.length === 0) return edits;
    const added = this.add(entry, fresh);
    return added && [...edits, ...added];
  }

  /** After what names the method. */
  private add(entry: YAMLMap, pairs: string[]): Fix['edits'] | undefined {
    const pair = pairOf(entry, 'method') ?? entry.items[0];
    const end = isScalar(pair?.value) && spanOf(pair.value)?.[1];
    if (!end) return undefined;
    if (entry.flow) return this.insert(end, pairs.map((written) => `, ${written}`).join(''));
    const line = this.line(this.columnOf(entry));
    return this.insert(this.lineEnd(end), pairs.map((written) => `${line}${written}`).join(''));
  }
}
