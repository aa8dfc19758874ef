/** Short ways to read a recipe in a test. */
import { methods } from '../../../server/methods/registry.ts';
import type { Diagnostic, Fix } from '../../../server/protocol/diagnostics.ts';
import { parseRecipe } from '../../../server/recipe/parse.ts';
import type { RecipeDocument } from '../../../server/recipe/types.ts';

export const parse = (text: string): RecipeDocument => parseRecipe(text, methods, 'test');

/** A recipe with nothing but what is required, and `more` below it. */
export const minimal = (more = ''): string => `version: 1
model:
  path: base
adapters:
  - method: lora
${more}`;

export const codes = (text: string): string[] => parse(text).diagnostics.map((d) => d.code);

/** The text after a quick fix. */
export function applied(document: RecipeDocument, fix: Fix): string {
  const edits = fix.edits.map(({ range, newText }) => ({
    start: document.offsetOf(range.start),
    end: document.offsetOf(range.end),
    newText,
  }));
  edits.sort((a, b) => b.start - a.start);
  return edits.reduce((text, e) => text.slice(0, e.start) + e.newText + text.slice(e.end), document.text);
}

/** `line:column-line:column severity code [text] message`, and each fix as the line that it gives. */
export function listing(document: RecipeDocument, diagnostics: readonly Diagnostic[] = document.diagnostics): string {
  return diagnostics.map((d) => describe(document, d)).join('\n');
}

function describe(document: RecipeDocument, { range, severity, code, message, fixes }: Diagnostic): string {
  const { start, end } = range;
  const marked = document.text.slice(document.offsetOf(start), document.offsetOf(end)).replace(/\s+/g, ' ');
  const at = `${start.line + 1}:${start.character + 1}-${end.line + 1}:${end.character + 1}`;
  const repairs = (fixes ?? []).map((fix) => {
    const before = document.text.split('\n');
    const after = applied(document, fix).split('\n');
    const changed = after
      .filter((line, i) => line !== before[i] && !before.includes(line, i))
      .map((line) => line.trim());
    return `    fix: ${fix.title} => ${changed.join(' | ') || '(lines removed)'}`;
  });
  return [`${at} ${severity} ${code} [${marked.slice(0, 30)}]`, `    ${message}`, ...repairs].join('\n');
}
