/** The `adapters` list: each entry has the common fields and those of its method. */
import { isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import { nearest } from '../base/suggest.ts';
import { entryFields } from './fields/adapters.ts';
import { fieldsOfEntry } from './fields.ts';
import { clip, type Span } from './findings.ts';
import type { Written } from './fixes.ts';
import { spanOf } from './nodes.ts';
import type { Reader } from './read.ts';
import type { AdapterEntry, FieldPath, FieldSpec } from './types.ts';
import type { Read } from './values.ts';

const common = new Set([...entryFields.map((f) => f.name), 'rank', 'alpha', 'rank_pattern', 'alpha_pattern']);

/** Each is matched against every module of the model. */
const maxEntries = 100;

/** Entries keep their index even when they are faulty, so that findings about later ones point right. */
export function readEntries(reader: Reader, node: Node, field: FieldSpec, path: FieldPath, at: Written): Read {
  if (!isSeq(node)) return reader.wrong(node, field, path, at);
  if (node.items.length === 0) {
    reader.fail('no-adapters', 'A recipe needs at least one adapter: `- method: lora`.', at.value, path);
    return undefined;
  }
  reader.tooMany(node.items.length, path, at, maxEntries);
  const names = new Map<string, number>();
  const entries: AdapterEntry[] = [];
  for (const [i, item] of node.items.slice(0, maxEntries).entries()) {
    if (reader.spent()) break;
    const span = spanOf(item as Node) ?? at.value;
    const keys = [...path, i];
    reader.locate(keys, undefined, span, field);
    entries.push(readEntry(reader, reader.tree.resolve(item), keys, span, names));
  }
  return { value: entries };
}

function readEntry(
  reader: Reader,
  node: Node | null,
  path: FieldPath,
  span: Span,
  names: Map<string, number>,
): AdapterEntry {
  const map = isMap(node) ? node : undefined;
  if (!map) reader.fail('wrong-type', 'An adapter must be a mapping such as `{ method: lora, rank: 8 }`.', span, path);
  const written = (name: string): unknown => {
    const value = map && reader.tree.resolve(map.get(name, true));
    return isScalar(value) ? value.value : undefined;
  };
  const method = written('method');
  const known =
    typeof method === 'string' && Object.hasOwn(reader.methods, method) ? reader.methods[method] : undefined;
  // With no method to judge by, the fields of all methods are let through: one error is enough.
  const fields = known
    ? fieldsOfEntry(known)
    : unique(Object.values(reader.methods).flatMap((m) => [...fieldsOfEntry(m)]));
  const values = reader.section(map, known ? fields : fields.map(withoutDefault), path, (pair) => {
    const owner = known && Object.values(reader.methods).find((m) => m.fields.some((f) => f.name === pair.name));
    if (!known) return !isMeantMethod(pair.name, map);
    if (!owner || fields.some((f) => f.name === pair.name)) return false;
    const message = `${known.title} has no \`${pair.name}\` (${owner.title} has); remove it or change the method.`;
    // AdaLoRA has no `rank`, but an `init_rank` and a `target_rank`.
    const alike = fields.filter(({ name }) => name.endsWith(`_${pair.name}`) && !map?.has(name));
    const renames = alike.map(({ name }) => reader.fixer.replace(`Rename to ${name}`, pair.key, name));
    const fixes = [...renames, reader.fixer.remove(`Remove ${pair.name}`, pair)];
    reader.findings.error('unknown-key', message, pair.key, { field: [...path, pair.name].join('.'), fixes });
    return true;
  });
  if (map && !known) reportMethod(reader, map, values, path, span);
  return entry(reader, values, path, span, names);
}

/** A misspelt `method` or `path`, or PEFT's word for it, of an entry that has neither. */
const isMeantMethod = (key: string, map: YAMLMap | undefined): boolean =>
  !map?.has('method') && !map?.has('path') && (key === 'peft_type' || nearest(key, ['method', 'path']) !== undefined);

function reportMethod(
  reader: Reader,
  map: YAMLMap,
  values: Record<string, unknown>,
  path: FieldPath,
  span: Span,
): void {
  const keys = [...path, 'method'];
  const ids = Object.keys(reader.methods).map((id) => `\`${id}\``);
  if (!map.has('method')) {
    // `peft_type` and a misspelt `method` have errors of their own, and `path` needs no method.
    if (values.method !== undefined || map.has('path')) return;
    if (map.items.some(({ key }) => isScalar(key) && isMeantMethod(String(key.value), map))) return;
    const message = `The entry needs a \`method\` (${ids.join(', ')}) or the \`path\` of a saved adapter.`;
    reader.fail('required-key', message, [span[0], Math.min(span[1], span[0] + 1)], keys);
    return;
  }
  const method = values.method;
  if (typeof method !== 'string') return;
  const at = reader.located.get(keys.join('.'));
  const close = nearest(method, Object.keys(reader.methods));
  const message = `There is no method \`${clip(method)}\` here. ${close ? `Did you mean \`${close}\`? ` : ''}Methods: ${ids.join(', ')}.`;
  const fixes = close && at ? [reader.fixer.replace(`Replace with ${close}`, at.value, close)] : [];
  reader.fail('unknown-method', message, at?.value ?? span, keys, fixes);
}

function entry(
  reader: Reader,
  values: Record<string, unknown>,
  path: FieldPath,
  span: Span,
  names: Map<string, number>,
): AdapterEntry {
  const method = typeof values.method === 'string' ? values.method : '';
  const base = method || 'adapter';
  let name = typeof values.name === 'string' ? values.name : base;
  const at = reader.located.get([...path, 'name'].join('.'))?.value ?? span;
  if (values.name === undefined) for (let i = 2; names.has(name); i++) name = `${base}-${i}`;
  else if (!/^[\w][\w.-]{0,99}$/.test(name))
    reader.fail('bad-name', 'An adapter name is a folder name: letters, digits, `_`, `-` and `.`.', at, [
      ...path,
      'name',
    ]);
  else if (names.has(name)) {
    const message = `Entry ${names.get(name)} has the name \`${name}\` already; give each its own.`;
    reader.fail('duplicate-name', message, at, [...path, 'name']);
  }
  names.set(name, path[1] as number);

  const result: Record<string, unknown> = { rank_pattern: {}, alpha_pattern: {}, options: {} };
  const options = result.options as Record<string, unknown>;
  for (const [key, value] of Object.entries(values)) (common.has(key) ? result : options)[key] = value;
  const hasAlpha =
    Object.hasOwn(reader.methods, method) && reader.methods[method]!.fields.some((f) => f.name === 'alpha');
  if (hasAlpha && result.alpha === undefined && typeof result.rank === 'number') result.alpha = result.rank;
  // The field tables have checked every value; this is where they become the typed entry.
  return { exclude_modules: [], layers_to_transform: 'all', ...result, name, method } as unknown as AdapterEntry;
}

const unique = (fields: readonly FieldSpec[]): FieldSpec[] => [...new Map(fields.map((f) => [f.name, f])).values()];

const withoutDefault = ({ default: _, ...field }: FieldSpec): FieldSpec => field;
