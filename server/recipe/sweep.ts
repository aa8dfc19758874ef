/** The `sweep` section: recipe paths to lists of values, each valid for its field and kept as written; how many points are drawn, and when they end early. */
import { isMap, isScalar, isSeq, type Node } from 'yaml';
import { fieldAt, sweepKeys } from './fields.ts';
import { clip } from './findings.ts';
import type { Written } from './fixes.ts';
import { define, spanOf } from './nodes.ts';
import type { Pair, Reader } from './read.ts';
import type { FieldPath, FieldSpec, MethodTable, SweepSection } from './types.ts';
import type { Read } from './values.ts';

/** More runs than anybody waits for; `random` takes a part of a larger grid. */
export const maxPoints = 1000;

export function readSweep(reader: Reader, node: Node, field: FieldSpec, path: FieldPath, at: Written): Read {
  if (!isMap(node)) return reader.wrong(node, field, path, at);
  const section: SweepSection = { grid: {} };
  const pairs = reader.pairs(node, path);
  let faulty = false;
  for (const pair of pairs) {
    const key = sweepKeys.find(({ name }) => name === pair.name);
    if (key) {
      reader.locate([...path, key.name], pair.key, pair.value, key);
      const read = reader.value(pair.node, key, [...path, key.name], pair);
      if (read) Object.assign(section, { [key.name]: read.value });
      else faulty = true;
      continue;
    }
    const values = readValues(reader, pair, pairs, field, path);
    if (values) define(section.grid, pair.name, values);
    else faulty = true;
  }
  const axes = Object.values(section.grid);
  if (axes.length === 0 && !faulty)
    reader.fail('empty-value', '`sweep` names no field; write one such as `"adapters.0.rank": [4, 8]`.', at.key, path);
  const points = axes.reduce((product, values) => product * values.length, 1);
  if (points > maxPoints && section.random === undefined) {
    const many = Number.isSafeInteger(points) ? points.toLocaleString('en-US') : points.toPrecision(2);
    const message = `\`sweep\` has ${many} points; at most ${maxPoints.toLocaleString('en-US')} are run. Take values out, or add \`random: 50\` to draw 50 of them.`;
    reader.fail('sweep-too-large', message, at.key, path);
  }
  return { value: section };
}

/** The values of one path; undefined where it leads nowhere or has none that is right. */
function readValues(
  reader: Reader,
  pair: Pair,
  pairs: readonly Pair[],
  field: FieldSpec,
  path: FieldPath,
): unknown[] | undefined {
  const keys = [...path, pair.name];
  const target = targetOf(reader, pair.name, pairs);
  reader.locate(keys, pair.key, pair.value, target ?? field);
  if (!target) {
    const message = `\`${clip(pair.name)}\` is no field that a sweep can vary; write a path such as \`adapters.0.rank\` or \`training.seed\`.`;
    reader.fail('unknown-sweep-path', message, pair.key, keys);
    return undefined;
  }
  if (!isSeq(pair.node) || pair.node.items.length === 0) {
    reader.fail('wrong-type', `\`${clip(pair.name)}\` needs a list of values to try.`, pair.value, keys);
    return undefined;
  }
  if (reader.tooMany(pair.node.items.length, keys, pair, maxPoints)) return undefined;
  const values: unknown[] = [];
  for (const [i, item] of pair.node.items.entries()) {
    const value = reader.tree.resolve(item);
    const span = spanOf(item as Node) ?? pair.value;
    reader.locate([...keys, i], undefined, span, target);
    if (reader.value(value, target, [...keys, i], { key: span, value: span })) values.push(plain(reader, value));
  }
  return values.length > 0 ? values : undefined;
}

/** As written: "100k" stays a text. */
function plain(reader: Reader, node: Node | null): unknown {
  if (isSeq(node)) return node.items.map((item) => plain(reader, reader.tree.resolve(item)));
  return isScalar(node) ? node.value : null;
}

/** ["adapters", 0, "rank"]. */
export const sweptKeys = (path: string): (string | number)[] =>
  path.split('.').map((key) => (/^(0|[1-9]\d{0,5})$/.test(key) ? Number(key) : key));

/** The field of a path: of an entry whose method is varied, too, that of the first method that has it. */
function targetOf(reader: Reader, path: string, pairs: readonly Pair[]): FieldSpec | undefined {
  const { root, resolve } = reader.tree;
  const adapters = isMap(root) ? resolve(root.get('adapters', true)) : null;
  const keys = sweptKeys(path);
  const index = keys[0] === 'adapters' && typeof keys[1] === 'number' ? keys[1] : undefined;
  if (index !== undefined && !(isSeq(adapters) && index < adapters.items.length)) return undefined;
  const entry = index !== undefined && isSeq(adapters) ? resolve(adapters.items[index]) : null;
  const method = isMap(entry) ? resolve(entry.get('method', true)) : null;
  const varied = pairs.find(({ name }) => name === `adapters.${index}.method`)?.node;
  const nodes = [method, ...(isSeq(varied) ? varied.items.map((item) => resolve(item)) : [])];
  const methods = nodes.map((node) => (isScalar(node) ? String(node.value) : undefined));
  for (const id of methods) {
    const field = sweptField(keys, reader.methods, () => id);
    if (field) return field;
  }
  return undefined;
}

/** The field that a path leads to, where a sweep can vary it: one within a section, with a value or a list. */
export function sweptField(
  keys: FieldPath,
  methods: MethodTable,
  methodAt: (index: number) => string | undefined,
): FieldSpec | undefined {
  const field = keys.length > 1 ? fieldAt(keys, methods, methodAt) : undefined;
  return field && field.name === keys.at(-1) && isSwept(field) ? field : undefined;
}

/** Has one plain value. */
export const hasOneValue = ({ type }: FieldSpec): boolean => scalars.has(type);

const isSwept = (field: FieldSpec): boolean => hasOneValue(field) || lists.has(field.type);

const scalars = new Set(['integer', 'number', 'boolean', 'string', 'enum', 'quantity']);
const lists = new Set(['list', 'text-or-list', 'layers', 'split']);
