/** Leads to the findings that keep a recipe from running. */
import { commands, l10n, Range, type Uri, window } from 'vscode';
import type { Diagnostic } from '../../server/protocol/diagnostics.ts';

export async function showFindings(uri: Uri, diagnostics: Diagnostic[]): Promise<void> {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const first = errors[0] ?? diagnostics[0];
  if (!first) return;
  const { start, end } = first.range;
  const selection = new Range(start.line, start.character, end.line, end.character);
  await window.showTextDocument(uri, { selection });
  await commands.executeCommand('workbench.actions.view.problems');
  const more = errors.length > 1 ? l10n.t(' ({0} errors in all)', errors.length) : '';
  void window.showErrorMessage(l10n.t('This recipe cannot run: {0}{1}', first.message, more));
}
