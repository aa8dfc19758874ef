/** Keys that a section lacks: misspelt, another tool's name, or in the wrong place. */
import { nearest } from '../base/suggest.ts';
import type { Fix } from '../protocol/diagnostics.ts';
import { rootFields } from './fields.ts';
import { clip } from './findings.ts';
import type { Pair, Reader } from './read.ts';
import { foreignSpelling } from './spellings.ts';
import type { FieldPath, FieldSpec } from './types.ts';

/** Reports the key; returns the field that was meant where it is one of the same section, so that its value is still read. */
export function reportMisnamed(
  reader: Reader,
  pair: Pair,
  fields: readonly FieldSpec[],
  path: FieldPath,
  siblings: readonly Pair[],
): FieldSpec | undefined {
  const section = path.join('.');
  const field = [...path, pair.name].join('.');
  const has = (name: string): boolean => siblings.some((s) => s.name === name);
  const foreign = foreignSpelling(section, pair.name);
  if (foreign !== undefined) {
    const target = foreign.split('.');
    const own = target.slice(0, -1).join('.') === section ? fields.find((f) => f.name === target.at(-1)) : undefined;
    const free = own !== undefined && !has(own.name);
    const fix = own ? (free ? rename(reader, pair, own.name) : undefined) : move(reader, pair, target, path);
    const message = `\`${pair.name}\` is another tool's spelling; write \`${foreign}\`.`;
    reader.findings.error('hugging-face-spelling', message, pair.key, { field, fixes: [fix] });
    return free ? own : undefined;
  }
  const candidates = fields.flatMap((f) => (has(f.name) ? [] : [f.name]));
  const close = nearest(pair.name, candidates);
  const elsewhere = close === undefined ? homeOf(pair.name) : undefined;
  let advice = `Fields here: ${clip(fields.map((f) => f.name).join(', '), 300)}.`;
  let fix: Fix | undefined;
  if (close !== undefined) {
    advice = `Did you mean \`${close}\`?`;
    fix = rename(reader, pair, close);
  } else if (elsewhere) {
    advice = `It belongs in \`${elsewhere.slice(0, -1).join('.') || 'the recipe itself'}\`.`;
    fix = move(reader, pair, elsewhere, path);
  }
  const where = section === '' ? 'the recipe' : `\`${clip(section)}\``;
  const fixes = [fix, reader.fixer.remove(`Remove ${clip(pair.name)}`, pair)];
  reader.findings.error('unknown-key', `\`${clip(pair.name)}\` is no field of ${where}. ${advice}`, pair.key, {
    field,
    fixes,
  });
  return undefined;
}

function rename(reader: Reader, { key }: Pair, name: string): Fix {
  const quote = /^["']/.exec(reader.text.slice(key[0], key[0] + 1))?.[0] ?? '';
  return reader.fixer.replace(`Rename to ${name}`, key, `${quote}${name}${quote}`);
}

function move(reader: Reader, pair: Pair, target: readonly string[], from: FieldPath): Fix | undefined {
  const inPlace = target.slice(0, -2).join('.') === from.join('.') && target.length === from.length + 2;
  return reader.fixer.move(pair, target, inPlace, reader.mapAt(target.slice(0, -1).join('.')));
}

/** Where a field of that exact name lives, outside `adapters`. */
function homeOf(name: string, fields: readonly FieldSpec[] = rootFields, path: string[] = []): string[] | undefined {
  for (const field of fields) {
    if (field.name === name) return [...path, name];
    const found = field.type === 'section' ? homeOf(name, field.fields, [...path, field.name]) : undefined;
    if (found) return found;
  }
  return undefined;
}
