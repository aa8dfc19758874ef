/** Reads a YAML tree by the field tables: every fault gets a code, an exact range and, where one exists, a fix. */
import { isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import { nearest } from '../base/suggest.ts';
import type { Fix } from '../protocol/diagnostics.ts';
import type { RecipeCode } from './codes.ts';
import { readEntries } from './entries.ts';
import { clip, type Findings, type Span } from './findings.ts';
import { Fixer, type Written } from './fixes.ts';
import type { Lines } from './lines.ts';
import { reportMisnamed } from './misnamed.ts';
import { define, spanOf } from './nodes.ts';
import { readSweep } from './sweep.ts';
import type { FieldPath, FieldSpec, MethodTable } from './types.ts';
import { expectation, parseLayers, type Read, readScalar } from './values.ts';
import type { Tree } from './yaml.ts';

/** A field that stands in the text. */
export interface Located {
  path: FieldPath;
  key: Span | undefined;
  value: Span;
  field: FieldSpec | undefined;
}

export interface Pair extends Written {
  name: string;
  node: Node | null;
}

/** Aliases can make a short text long; no honest recipe has more values. */
const maxValues = 50_000;
const maxItems = 2_000;

export class Reader {
  /** By path; of an alias used twice, the last use. */
  readonly located = new Map<string, Located>();
  readonly findings: Findings;
  readonly methods: MethodTable;
  readonly fixer: Fixer;
  readonly text: string;
  readonly tree: Tree;
  private readonly sections = new Map<string, YAMLMap>();
  private values = 0;

  constructor(text: string, tree: Tree, lines: Lines, findings: Findings, methods: MethodTable) {
    this.text = text;
    this.tree = tree;
    this.findings = findings;
    this.methods = methods;
    this.fixer = new Fixer(text, lines);
  }

  /** The pairs of a mapping; duplicate keys and keys that are no words are reported and left out. */
  pairs(map: YAMLMap, path: FieldPath): Pair[] {
    const seen = new Set<string>();
    const pairs: Pair[] = [];
    for (const item of map.items) {
      if (this.spent()) break;
      const keyNode = this.tree.resolve(item.key);
      const key = spanOf(item.key as Node | null) ?? spanOf(map)!;
      const node = this.tree.resolve(item.value);
      const value = spanOf(item.value as Node | null) ?? [key[1], key[1]];
      if (!isScalar(keyNode)) {
        this.findings.error('bad-key', 'A key must be one word.', key, { field: path.join('.') });
        continue;
      }
      const name = typeof keyNode.value === 'string' ? keyNode.value : (keyNode.source ?? String(keyNode.value));
      if (seen.has(name)) {
        const message = `\`${clip(name)}\` stands here twice; keep one of the two.`;
        const fixes = [this.fixer.remove('Remove this one', { key, value })];
        this.findings.error('duplicate-key', message, key, { field: [...path, name].join('.'), fixes });
        continue;
      }
      seen.add(name);
      pairs.push({ name, key, value, node });
    }
    return pairs;
  }

  /** A mapping by its fields, defaults filled in; faulty and unknown keys are reported and left at their defaults. */
  section(
    map: YAMLMap | undefined,
    fields: readonly FieldSpec[],
    path: FieldPath,
    unknown: (pair: Pair) => boolean = () => false,
  ): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    const pairs = map ? this.pairs(map, path) : [];
    if (map) this.sections.set(path.join('.'), map);
    for (const pair of pairs) {
      let field = fields.find((f) => f.name === pair.name);
      const keys = [...path, pair.name];
      this.locate(keys, pair.key, pair.value, field);
      if (!field && !unknown(pair)) field = reportMisnamed(this, pair, fields, path, pairs);
      if (!field || Object.hasOwn(result, field.name)) continue;
      const read = this.value(pair.node, field, keys, pair);
      if (read) result[field.name] = read.value;
    }
    for (const field of fields) {
      if (Object.hasOwn(result, field.name)) continue;
      if (field.default !== undefined) result[field.name] = structuredClone(field.default);
      else if (field.type === 'section' && field.optional !== true)
        result[field.name] = this.section(undefined, field.fields!, [...path, field.name]);
    }
    return result;
  }

  /** Reports required fields that a mapping lacks, at `span`. */
  requireFields(fields: readonly FieldSpec[], present: (name: string) => boolean, path: FieldPath, span: Span): void {
    for (const field of fields) {
      if (!field.required || present(field.name)) continue;
      const keys = [...path, field.name].join('.');
      this.findings.error('required-key', `\`${keys}\` is missing: ${expectation(field)}.`, span, { field: keys });
    }
  }

  locate(path: FieldPath, key: Span | undefined, value: Span, field: FieldSpec | undefined): void {
    this.located.set(path.join('.'), { path, key, value, field });
  }

  value(node: Node | null, field: FieldSpec, path: FieldPath, at: Written): Read {
    if (this.spent()) return undefined;
    if (node === null || (isScalar(node) && node.value === null)) {
      if (field.nullable && isScalar(node) && node.source !== '') return { value: null };
      const written = this.text.slice(...at.value).trim() !== '';
      const message = `\`${path.join('.')}\` is empty; expected ${expectation(field)}.`;
      this.fail('empty-value', message, written ? at.value : at.key, path);
      return undefined;
    }
    switch (field.type) {
      case 'section':
        if (!isMap(node)) return this.wrong(node, field, path, at, [this.sectionFix(node, field, at)]);
        return { value: this.fullSection(node, field, path, at) };
      case 'list':
        return this.list(node, field, path, at);
      case 'text-or-list':
        return isSeq(node) ? this.list(node, field, path, at) : this.oneText(node, field, path, at);
      case 'map':
        return isMap(node) ? this.map(node, field, path, at) : this.wrong(node, field, path, at);
      case 'entries':
        return readEntries(this, node, field, path, at);
      case 'sweep':
        return readSweep(this, node, field, path, at);
      case 'layers':
        return this.layers(node, field, path, at);
      case 'split':
        if (isSeq(node)) return this.list(node, field, path, at);
        return isScalar(node) && typeof node.value === 'number'
          ? (readScalar(node.value, { ...field, type: 'number' }) ?? this.wrong(node, field, path, at))
          : this.oneText(node, field, path, at);
      default:
        return this.scalar(node, field, path, at);
    }
  }

  private fullSection(node: YAMLMap, field: FieldSpec, path: FieldPath, at: Written): Record<string, unknown> {
    const value = this.section(node, field.fields!, path);
    const names = new Set(node.items.map((item) => (isScalar(item.key) ? String(item.key.value) : '')));
    this.requireFields(field.fields!, (name) => names.has(name) || Object.hasOwn(value, name), path, at.key);
    return value;
  }

  private oneText(node: Node, field: FieldSpec, path: FieldPath, at: Written): Read {
    if (isScalar(node) && typeof node.value === 'string' && node.value !== '') return { value: node.value };
    return this.wrong(node, field, path, at);
  }

  private scalar(node: Node, field: FieldSpec, path: FieldPath, at: Written): Read {
    const read = isScalar(node) ? readScalar(node.value, field) : undefined;
    return read ?? this.wrong(node, field, path, at);
  }

  private list(node: Node, field: FieldSpec, path: FieldPath, at: Written): Read {
    if (!isSeq(node)) {
      if (isScalar(node) && field.words?.includes(String(node.value))) return { value: node.value };
      const fixes =
        isScalar(node) && readScalar(node.value, itemOf(field))
          ? [this.fixer.replace('Make it a list', at.value, `[${this.text.slice(...at.value)}]`)]
          : [];
      return this.wrong(node, field, path, at, fixes);
    }
    if (this.tooMany(node.items.length, path, at)) return undefined;
    const spec = itemOf(field);
    const values: unknown[] = [];
    let good = true;
    node.items.forEach((raw, i) => {
      if (this.spent()) return;
      const item = this.tree.resolve(raw);
      const span = spanOf(raw as Node) ?? at.value;
      const keys = [...path, i];
      this.locate(keys, undefined, span, field);
      const read = this.value(item, spec, keys, { key: span, value: span });
      if (read) values.push(read.value);
      else good = false;
    });
    if (good && field.length !== undefined && values.length !== field.length) return this.wrong(node, field, path, at);
    return good || values.length > 0 ? { value: values } : undefined;
  }

  private map(node: YAMLMap, field: FieldSpec, path: FieldPath, at: Written): Read {
    if (this.tooMany(node.items.length, path, at)) return undefined;
    if (field.keys) return { value: this.section(node, field.keys, path) };
    const result: Record<string, unknown> = {};
    for (const pair of this.pairs(node, path)) {
      const keys = [...path, pair.name];
      this.locate(keys, pair.key, pair.value, field);
      const read = this.value(pair.node, itemOf(field), keys, pair);
      if (read) define(result, pair.name, read.value);
    }
    return { value: result };
  }

  private layers(node: Node, field: FieldSpec, path: FieldPath, at: Written): Read {
    let plain: unknown = isScalar(node) ? node.value : undefined;
    if (isSeq(node)) {
      if (this.tooMany(node.items.length, path, at)) return undefined;
      plain = node.items.map((item, i) => {
        this.locate([...path, i], undefined, spanOf(item as Node) ?? at.value, field);
        const target = this.tree.resolve(item);
        return isScalar(target) ? target.value : undefined;
      });
    }
    const value = parseLayers(plain);
    return value === undefined ? this.wrong(node, field, path, at) : { value };
  }

  wrong(node: Node, field: FieldSpec, path: FieldPath, at: Written, more: (Fix | undefined)[] = []): undefined {
    const code =
      field.type === 'enum' && isScalar(node) && typeof node.value === 'string' ? 'unknown-value' : 'wrong-type';
    const got = isScalar(node)
      ? `got ${clip(this.text.slice(...at.value), 40)}`
      : isMap(node)
        ? 'got a mapping'
        : 'got a list';
    const fixes = [...more, this.valueFix(node, field, at)];
    this.fail(code, `\`${clip(path.join('.'))}\` must be ${expectation(field)}; ${got}.`, at.value, path, fixes);
  }

  /** `scheduler: cosine` -> `{ name: cosine }`: the value of the section's first field that takes it. */
  private sectionFix(node: Node, field: FieldSpec, at: Written): Fix | undefined {
    if (!isScalar(node)) return undefined;
    const meant = field.fields?.find((own) => readScalar(node.value, own.type === 'text-or-list' ? itemOf(own) : own));
    if (!meant) return undefined;
    const text = `{ ${meant.name}: ${this.text.slice(...at.value)} }`;
    return this.fixer.replace(`Replace with ${clip(text, 60)}`, at.value, text);
  }

  /** `"8"` -> 8, `yes` -> true, 123 -> "123", `cosin` -> cosine. */
  private valueFix(node: Node, field: FieldSpec, at: Written): Fix | undefined {
    if (!isScalar(node)) return undefined;
    const { value } = node;
    const replace = (text: string): Fix => this.fixer.replace(`Replace with ${text}`, at.value, text);
    if (typeof value === 'string') {
      const word = value.trim().toLowerCase();
      if (field.type === 'boolean')
        return yes.has(word) ? replace('true') : no.has(word) ? replace('false') : undefined;
      if ((field.type === 'integer' || field.type === 'number') && readScalar(numeral(word), field))
        return replace(String(numeral(word)));
      const close = nearest(word, [...(field.values ?? []), ...(field.words ?? [])]);
      return close === undefined ? undefined : replace(close);
    }
    if (field.type === 'string' && value !== null) return replace(JSON.stringify(node.source ?? String(value)));
    return undefined;
  }

  /** The mapping at a path, wherever it stands in the text. */
  mapAt(path: string): YAMLMap | undefined {
    const known = this.sections.get(path);
    if (known) return known;
    let node: Node | null = this.tree.root;
    for (const key of path === '' ? [] : path.split('.')) {
      const next: unknown = isMap(node) ? node.get(key, true) : isSeq(node) ? node.get(Number(key), true) : null;
      node = this.tree.resolve(next);
    }
    return isMap(node) ? node : undefined;
  }

  fail(code: RecipeCode, message: string, span: Span, path: FieldPath, fixes: (Fix | undefined)[] = []): void {
    this.findings.error(code, message, span, { field: path.join('.'), fixes });
  }

  /** Reports a list or mapping beyond what any model has modules. */
  tooMany(length: number, path: FieldPath, at: Written, most = maxItems): boolean {
    if (length > most)
      this.fail('too-many-items', `\`${path.join('.')}\` has ${length} items; at most ${most} are read.`, at.key, path);
    return length > most;
  }

  /** Counts a value; true when there have been too many, which is reported once. */
  spent(): boolean {
    if (++this.values === maxValues)
      this.findings.error('recipe-too-large', `More than ${maxValues} values, aliases counted each time.`, [0, 0]);
    return this.values >= maxValues;
  }
}

const yes = new Set(['yes', 'on', 'y', 'true', '1']);
const no = new Set(['no', 'off', 'n', 'false', '0']);

const numeral = (word: string): number =>
  /^[+-]?[\d_,.]*\d(e[+-]?\d+)?$/.test(word) ? Number(word.replace(/[_,]/g, '')) : Number.NaN;

const itemOf = (field: FieldSpec): FieldSpec => {
  const { length: _, words: __, nullable: ___, ...rest } = field;
  return { ...rest, type: field.item ?? 'string' };
};
