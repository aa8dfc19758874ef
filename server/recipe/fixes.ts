/** Quick fixes as text edits. */
import { isMap, type YAMLMap } from 'yaml';
import type { Fix } from '../protocol/diagnostics.ts';
import type { Span } from './findings.ts';
import type { Lines } from './lines.ts';

/** A `key: value` of the text; `end` is where its value ends. */
export interface Written {
  key: Span;
  value: Span;
}

export class Fixer {
  private readonly text: string;
  private readonly lines: Lines;

  constructor(text: string, lines: Lines) {
    this.text = text;
    this.lines = lines;
  }

  replace(title: string, span: Span, newText: string): Fix {
    return { title, edits: [{ range: this.lines.range(...span), newText }], preferred: true };
  }

  /** Deletes a pair with the line that it stands alone on, or with its comma in flow style. */
  remove(title: string, pair: Written): Fix {
    return { title, edits: [{ range: this.lines.range(...this.extent(pair)), newText: '' }] };
  }

  /**
   * Moves a pair to another section under a new name: into `target` when the text has it, else as a new section
   * (`optimizer: { learning_rate: 1e-3 }`) in place, where the missing one belongs to the section that the pair stands in.
   * Undefined when neither is possible, or the value spans lines.
   */
  move(pair: Written, names: readonly string[], inPlace: boolean, target: YAMLMap | undefined): Fix | undefined {
    const value = this.text.slice(...pair.value);
    if (value === '' || /[\r\n]/.test(value)) return undefined;
    const title = `Move to ${names.join('.')}`;
    const name = names.at(-1)!;
    if (target) {
      const insert = this.insertion(target, `${name}: ${value}`);
      if (!insert) return undefined;
      return {
        title,
        edits: [insert, { range: this.lines.range(...this.extent(pair)), newText: '' }],
        preferred: true,
      };
    }
    if (!inPlace) return undefined;
    const newText = `${names.at(-2)}: { ${name}: ${value} }`;
    return { title, edits: [{ range: this.lines.range(pair.key[0], pair.value[1]), newText }], preferred: true };
  }

  private insertion(target: YAMLMap, pair: string): Fix['edits'][number] | undefined {
    const start = target.range?.[0];
    if (start === undefined || !isMap(target)) return undefined;
    if (target.flow) {
      const at = this.lines.range(start + 1, start + 1);
      return { range: at, newText: target.items.length ? ` ${pair},` : ` ${pair} ` };
    }
    const { character } = this.lines.position(start);
    const at = this.lines.range(start, start);
    return { range: at, newText: `${pair}\n${' '.repeat(character)}` };
  }

  private extent({ key, value }: Written): Span {
    const lineStart = Math.max(this.text.lastIndexOf('\n', key[0] - 1), this.text.lastIndexOf('\r', key[0] - 1)) + 1;
    const end = Math.max(key[1], value[1]);
    const after = /^[ \t]*(?:#[^\r\n]*)?(?:\r\n|\r|\n|$)/.exec(this.text.slice(end, end + 400));
    if (after && this.text.slice(lineStart, key[0]).trim() === '') return [lineStart, end + after[0].length];
    const comma = /^\s*,\s*/.exec(this.text.slice(end, end + 100));
    if (comma) return [key[0], end + comma[0].length];
    const before = /,\s*$/.exec(this.text.slice(Math.max(0, key[0] - 100), key[0]));
    return [key[0] - (before?.[0].length ?? 0), end];
  }
}
