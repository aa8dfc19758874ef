import { type Diagnostic, DiagnosticSeverity } from 'vscode-languageserver-types';
import type { Diagnostic as Finding } from '../protocol/diagnostics.ts';

const severities = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
} as const;

/** Every finding of this version of the text at once, structural and semantic. */
export function diagnosticsOf(state: { diagnostics: Finding[] }): Diagnostic[] {
  return state.diagnostics.map(({ code, severity, message, range }) => ({
    code,
    severity: severities[severity],
    message,
    range,
    source: 'rankwise',
  }));
}
