/** What a page wants saved: asks where, and writes it. */
import path from 'node:path';
import { Uri, window, workspace } from 'vscode';

export type Savable = { png: string } | { csv: string } | { svg: string };

/** @param folder where it is proposed to go, if anywhere. @param name of the file. @param content base64 of a PNG, or a text. */
export async function saveFile(folder: Uri | undefined, name: string, content: Savable, title: string): Promise<void> {
  const [[kind, text]] = Object.entries(content) as [[string, string]];
  const filters = { [kind.toUpperCase()]: [kind] };
  const proposed = folder && { defaultUri: Uri.joinPath(folder, path.basename(name)) };
  const target = await window.showSaveDialog({ ...proposed, filters, title });
  if (!target) return;
  const bytes = Buffer.from(text, kind === 'png' ? 'base64' : 'utf8');
  await workspace.fs.writeFile(target, bytes);
}
