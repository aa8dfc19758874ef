/** Says whether the recipe would launch, with everything that only launching checks. */
import { commands, l10n, window } from 'vscode';
import type { Services } from '../services.ts';
import { showFindings } from './findings.ts';
import { recipeDocument } from './targets.ts';

/** @returns whether the recipe is valid; undefined when there is none. */
export async function validate({ language }: Services, argument: unknown): Promise<boolean | undefined> {
  const document = await recipeDocument(argument);
  if (!document) return undefined;
  const resolved = await language.resolve(document.uri);
  if ('diagnostics' in resolved) {
    await showFindings(document.uri, resolved.diagnostics);
    return false;
  }
  const run = l10n.t('Run');
  const valid =
    'sweep' in resolved
      ? l10n.t('{0} is valid, with the {1} points of its sweep.', resolved.sweep.name, resolved.sweep.points.length)
      : l10n.t('{0} is valid.', resolved.submit.name);
  void window.showInformationMessage(valid, run).then((chosen) => {
    if (chosen === run) void commands.executeCommand('rankwise.run', document.uri);
  });
  return true;
}
