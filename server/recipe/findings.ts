/** Collects diagnostics while a recipe is read; bounded, so that a broken text cannot flood the editor. */
import type { Diagnostic, Fix } from '../protocol/diagnostics.ts';
import type { RecipeCode } from './codes.ts';
import type { Lines } from './lines.ts';

export const maxDiagnostics = 200;

/** Offsets [start, end) in the text. */
export type Span = readonly [start: number, end: number];

export class Findings {
  private readonly list: Diagnostic[] = [];
  private readonly lines: Lines;

  constructor(lines: Lines) {
    this.lines = lines;
  }

  get any(): boolean {
    return this.list.length > 0;
  }

  get full(): boolean {
    return this.list.length >= maxDiagnostics;
  }

  error(
    code: RecipeCode,
    message: string,
    span: Span,
    more: { field?: string; fixes?: (Fix | undefined)[] } = {},
  ): void {
    if (this.full) return;
    const fixes = more.fixes?.filter((f) => f !== undefined);
    this.list.push({
      code,
      severity: 'error',
      message: clip(message, 600),
      range: this.lines.range(...span),
      ...(more.field !== undefined && { field: clip(more.field, 200) }),
      ...(fixes?.length && { fixes }),
    });
  }

  /** In the order of the text. */
  sorted(): Diagnostic[] {
    return [...this.list].sort(byPosition);
  }
}

export const byPosition = (a: Diagnostic, b: Diagnostic): number =>
  a.range.start.line - b.range.start.line || a.range.start.character - b.range.start.character;

/** Words of the user's in messages: never longer than a line. */
export const clip = (text: string, length = 60): string =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text;
