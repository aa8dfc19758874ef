/** Another tool's file as a recipe, in a new editor: nothing is written before the user saves it. */
import { existsSync } from 'node:fs';
import { l10n, type TextDocument, Uri, WorkspaceEdit, window, workspace } from 'vscode';
import { RankwiseError } from '../../server/base/errors.ts';
import type { Services } from '../services.ts';

/** @returns the new document; undefined when no file was chosen. */
export async function importRecipe({ language }: Services, argument: unknown): Promise<TextDocument | undefined> {
  const file = argument instanceof Uri ? argument : await pickFile();
  if (!file) return undefined;
  const imported = await language.importFile(file);
  if ('error' in imported) throw RankwiseError.from(imported.error);
  const document = await workspace.openTextDocument(freeName(Uri.joinPath(file, '..'), imported.name));
  const edit = new WorkspaceEdit();
  edit.insert(document.uri, document.positionAt(0), imported.text);
  await workspace.applyEdit(edit);
  await window.showTextDocument(document, { preview: false });
  return document;
}

/** Where it will be saved: beside the file, so that relative paths stay what they were. */
export function freeName(folder: Uri, name: string): Uri {
  const opened = new Set(workspace.textDocuments.map(({ uri }) => uri.path));
  for (let i = 1; ; i++) {
    const uri = Uri.joinPath(folder, `${name}${i === 1 ? '' : `-${i}`}.peft`);
    if (!existsSync(uri.fsPath) && !opened.has(uri.path)) return uri.with({ scheme: 'untitled' });
  }
}

async function pickFile(): Promise<Uri | undefined> {
  const active = window.activeTextEditor?.document.uri;
  const [file] =
    (await window.showOpenDialog({
      title: l10n.t('An adapter_config.json of PEFT, or a configuration of axolotl'),
      openLabel: l10n.t('Import'),
      filters: { [l10n.t('PEFT and axolotl')]: ['json', 'yml', 'yaml'] },
      ...(active?.scheme === 'file' && { defaultUri: Uri.joinPath(active, '..') }),
    })) ?? [];
  return file;
}
