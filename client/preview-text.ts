/** A data preview as a document: its text, and where each style stands. Pure. */
import type { PreviewSpan, PreviewStyle } from '../server/protocol/preview.ts';

export interface StyledRange {
  line: number;
  /** UTF-16 units from the start of the line. */
  from: number;
  to: number;
}

export interface PreviewDocument {
  text: string;
  styles: Partial<Record<PreviewStyle, StyledRange[]>>;
}

export function previewDocument(lines: readonly (readonly PreviewSpan[])[]): PreviewDocument {
  const styles: PreviewDocument['styles'] = {};
  const text = lines.map((line, number) => {
    let at = 0;
    for (const [style, part] of line) {
      styles[style] ??= [];
      if (part !== '') styles[style].push({ line: number, from: at, to: at + part.length });
      at += part.length;
    }
    return line.map(([, part]) => part).join('');
  });
  return { text: `${text.join('\n')}\n`, styles };
}
