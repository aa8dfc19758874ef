/** The recipe as Python code for PEFT: on the clipboard, and on request in an editor beside it. */
import { env, l10n, ViewColumn, window, workspace } from 'vscode';
import { RankwiseError } from '../../server/base/errors.ts';
import type { Services } from '../services.ts';
import { showFindings } from './findings.ts';
import { recipeDocument } from './targets.ts';

/** @returns the code; undefined when there is no recipe, or one with errors. */
export async function copyPython({ language }: Services, argument: unknown): Promise<string | undefined> {
  const document = await recipeDocument(argument);
  if (!document) return undefined;
  const answer = await language.python(document.uri);
  if ('error' in answer) throw RankwiseError.from(answer.error);
  if ('diagnostics' in answer) {
    await showFindings(document.uri, answer.diagnostics);
    return undefined;
  }
  const { code, notes } = answer;
  const copied = l10n.t('Copied as Python code for Hugging Face PEFT.');
  await copyCode(
    notes.length === 0 ? copied : `${copied} ${l10n.t('Its first lines say what is not as in the recipe.')}`,
    code,
  );
  return code;
}

/** On the clipboard, and beside what is open where that is wanted. */
export async function copyCode(says: string, code: string): Promise<void> {
  await env.clipboard.writeText(code);
  const open = l10n.t('Open Beside');
  void window.showInformationMessage(says, open).then(async (chosen) => {
    if (chosen !== open) return;
    const python = await workspace.openTextDocument({ language: 'python', content: code });
    await window.showTextDocument(python, ViewColumn.Beside);
  });
}
