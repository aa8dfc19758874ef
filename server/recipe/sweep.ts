/** The `sweep` grid: recipe paths to lists of values, each valid for its field. Values are kept as written. */
import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { fieldAt } from './fields.ts';
import { clip } from './findings.ts';
import type { Written } from './fixes.ts';
import { define, spanOf } from './nodes.ts';
import type { Reader } from './read.ts';
import type { FieldPath, FieldSpec } from './types.ts';
import type { Read } from './values.ts';

export function readSweep(reader: Reader, node: Node, field: FieldSpec, path: FieldPath, at: Written): Read {
  if (!isMap(node)) return reader.wrong(node, field, path, at);
  const result: Record<string, unknown[]> = {};
  for (const pair of reader.pairs(node, path)) {
    const keys = [...path, pair.name];
    const target = sweptField(reader, pair.name);
    reader.locate(keys, pair.key, pair.value, target ?? field);
    if (!target) {
      const message = `\`${clip(pair.name)}\` is no field that a sweep can vary; write a path such as \`adapters.0.rank\` or \`training.seed\`.`;
      reader.fail('unknown-sweep-path', message, pair.key, keys);
      continue;
    }
    if (!isSeq(pair.node) || pair.node.items.length === 0) {
      reader.fail('wrong-type', `\`${clip(pair.name)}\` needs a list of values to try.`, pair.value, keys);
      continue;
    }
    const values: unknown[] = [];
    for (const [i, item] of pair.node.items.entries()) {
      const value = reader.tree.resolve(item);
      const span = spanOf(item as Node) ?? pair.value;
      if (reader.value(value, target, [...keys, i], { key: span, value: span }) && isScalar(value))
        values.push(value.value);
    }
    define(result, pair.name, values);
  }
  return { value: result };
}

/** Only fields with one plain value can vary. */
function sweptField(reader: Reader, path: string): FieldSpec | undefined {
  const keys = path.split('.').map((key) => (/^\d{1,6}$/.test(key) ? Number(key) : key));
  const adapters = isMap(reader.tree.root) ? reader.tree.resolve(reader.tree.root.get('adapters', true)) : null;
  const field = fieldAt(keys, reader.methods, (index) => {
    const entry = isSeq(adapters) ? reader.tree.resolve(adapters.items[index]) : null;
    const method = isMap(entry) ? reader.tree.resolve(entry.get('method', true)) : null;
    return isScalar(method) ? String(method.value) : undefined;
  });
  return field && isSwept(field) ? field : undefined;
}

/** Has one plain value. */
export const isSwept = ({ type }: FieldSpec): boolean => plain.has(type);

const plain = new Set(['integer', 'number', 'boolean', 'string', 'enum', 'quantity']);
