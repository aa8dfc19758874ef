import { type Diagnostic, DiagnosticSeverity } from 'vscode-languageserver-types';
import type { RecipeState } from './state.ts';

const severities = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
} as const;

/** Every finding of this version of the text at once, structural and semantic. */
export function diagnosticsOf(state: Pick<RecipeState, 'diagnostics' | 'rulePages'>): Diagnostic[] {
  return state.diagnostics.map(({ code, severity, message, range }) => ({
    code,
    ...(state.rulePages.has(code) && { codeDescription: { href: state.rulePages.get(code)! } }),
    severity: severities[severity],
    message,
    range,
    source: 'rankwise',
  }));
}
