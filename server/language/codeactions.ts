import {
  type CodeAction,
  type CodeActionContext,
  CodeActionKind,
  type Diagnostic,
  type Range,
} from 'vscode-languageserver-types';
import { pathFixes } from './path-fixes.ts';
import type { Look, Places } from './places.ts';
import { targetRefactors } from './refactors.ts';
import type { RecipeState } from './state.ts';

const sameRange = (a: Range, b: Range): boolean =>
  a.start.line === b.start.line &&
  a.start.character === b.start.character &&
  a.end.line === b.end.line &&
  a.end.character === b.end.character;

export const codeActionKinds = [CodeActionKind.QuickFix, CodeActionKind.RefactorRewrite];

/** What can be done about the findings shown, and other ways to say what stands at the range; of the kinds that were asked for. */
export async function codeActions(
  state: RecipeState,
  range: Range,
  { diagnostics, only }: CodeActionContext,
  places: Places,
): Promise<CodeAction[]> {
  // "refactor" asks for all kinds that begin so.
  const wanted = (kind: string) => !only || only.some((asked) => kind === asked || kind.startsWith(`${asked}.`));
  return [
    ...(wanted(CodeActionKind.QuickFix)
      ? (await places.look((look) => quickFixes(state, diagnostics, look))).answer
      : []),
    ...(wanted(CodeActionKind.RefactorRewrite) ? targetRefactors(state, range) : []),
  ];
}

/** The fixes of those findings that still hold for this version of the text. */
function quickFixes(state: RecipeState, shown: Diagnostic[], look: Look): CodeAction[] {
  return shown.flatMap((diagnostic) => {
    const finding = state.diagnostics.find((d) => d.code === diagnostic.code && sameRange(d.range, diagnostic.range));
    const fixes = finding ? [...(finding.fixes ?? []), ...pathFixes(state, finding, look)] : [];
    return fixes.map((fix) => ({
      title: fix.title,
      kind: CodeActionKind.QuickFix,
      diagnostics: [diagnostic],
      isPreferred: fix.preferred ?? false,
      edit: { changes: { [state.uri]: fix.edits } },
    }));
  });
}
