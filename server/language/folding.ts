import type { DocumentSymbol, FoldingRange } from 'vscode-languageserver-types';
import type { RecipeState } from './state.ts';
import { symbolsOf } from './symbols.ts';

/** Every field or entry that spans several lines can be folded. */
export function foldsOf(state: RecipeState): FoldingRange[] {
  const folds = (symbols: DocumentSymbol[]): FoldingRange[] =>
    symbols.flatMap(({ range, children = [] }) => [
      ...(range.end.line > range.start.line ? [{ startLine: range.start.line, endLine: range.end.line }] : []),
      ...folds(children),
    ]);
  return folds(symbolsOf(state));
}
