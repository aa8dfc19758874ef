import { type CodeAction, CodeActionKind, type Diagnostic, type Range } from 'vscode-languageserver-types';
import type { RecipeState } from './state.ts';

const sameRange = (a: Range, b: Range): boolean =>
  a.start.line === b.start.line &&
  a.start.character === b.start.character &&
  a.end.line === b.end.line &&
  a.end.character === b.end.character;

/** The fixes of those findings that still hold for this version of the text. */
export function codeActions(state: RecipeState, shown: Diagnostic[]): CodeAction[] {
  return shown.flatMap((diagnostic) => {
    const finding = state.diagnostics.find((d) => d.code === diagnostic.code && sameRange(d.range, diagnostic.range));
    return (finding?.fixes ?? []).map((fix) => ({
      title: fix.title,
      kind: CodeActionKind.QuickFix,
      diagnostics: [diagnostic],
      isPreferred: fix.preferred ?? false,
      edit: { changes: { [state.uri]: fix.edits } },
    }));
  });
}
