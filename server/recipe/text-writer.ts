/** Pieces of text edits of a recipe's mappings: comments, quotes, line ends, and flow or block style stay. */
import { isMap, isScalar, isSeq, type Pair, type YAMLMap } from 'yaml';
import type { Fix } from '../protocol/diagnostics.ts';
import { Findings, type Span } from './findings.ts';
import { Lines } from './lines.ts';
import { spanOf } from './nodes.ts';
import { readYaml } from './yaml.ts';

/** The recipe's own mapping; undefined in texts with faults of syntax. */
export function rootOf(text: string): { root: YAMLMap; lines: Lines } | undefined {
  const lines = new Lines(text);
  const findings = new Findings(lines);
  const { root } = readYaml(text, findings);
  return !findings.any && isMap(root) ? { root, lines } : undefined;
}

/** An entry of `adapters`; undefined where it is no mapping of its own (an alias), and in texts with faults of syntax. */
export function entryOf(text: string, index: number): { entry: YAMLMap; lines: Lines } | undefined {
  const found = rootOf(text);
  const adapters = found?.root.get('adapters', true);
  const entry = isSeq(adapters) ? adapters.items[index] : undefined;
  return found && isMap(entry) ? { entry, lines: found.lines } : undefined;
}

export const pairOf = (map: YAMLMap, key: string): Pair | undefined =>
  map.items.find((pair) => isScalar(pair.key) && pair.key.value === key);

export const keySpan = (pair: Pair | undefined): Span | undefined =>
  isScalar(pair?.key) ? spanOf(pair.key) : undefined;

export class TextWriter {
  protected readonly text: string;
  protected readonly lines: Lines;
  private readonly newline: string;

  constructor(text: string, lines: Lines) {
    this.text = text;
    this.lines = lines;
    this.newline = text.includes('\r\n') ? '\r\n' : '\n';
  }

  /** Quoted where it must be, or where the keys around it are. */
  protected quoted(map: YAMLMap | undefined, word: string): string {
    const at = keySpan(map?.items[0])?.[0];
    const quote = at === undefined ? '' : this.text[at];
    if (quote === '"') return JSON.stringify(word);
    if (quote === "'") return `'${word.replaceAll("'", "''")}'`;
    return /^[a-z_][\w.-]*$/i.test(word) && !/^(true|false|null)$/i.test(word) ? word : JSON.stringify(word);
  }

  /** Of the value; that of a block reaches to the start of what follows, and is cut to its last character. */
  protected written(pair: Pair | undefined): Span | undefined {
    const span = spanOf(pair?.value as never);
    return span && [span[0], span[0] + this.text.slice(...span).trimEnd().length];
  }

  protected columnOf(map: YAMLMap): number {
    return this.lines.position(keySpan(map.items[0])?.[0] ?? 0).character;
  }

  protected line(column: number): string {
    return `${this.newline}${' '.repeat(column)}`;
  }

  protected lineEnd(offset: number): number {
    const rest = /[\r\n]/.exec(this.text.slice(offset));
    return rest ? offset + rest.index : this.text.length;
  }

  protected insert(at: number, newText: string): Fix['edits'] {
    return [{ range: this.lines.range(at, at), newText }];
  }

  protected replace(span: Span | undefined, newText: string): Fix['edits'] | undefined {
    return span && [{ range: this.lines.range(...span), newText }];
  }
}
