/** What a page wants saved: asks where, and writes it. */
import path from 'node:path';
import { type Uri as FileUri, Uri, window, workspace } from 'vscode';

export type Savable = { png: string } | { csv: string };

/** @param name of the file, proposed in `folder`. @param content base64 of a PNG, or a text. */
export async function saveFile(folder: FileUri, name: string, content: Savable, title: string): Promise<void> {
  const filters = 'png' in content ? { PNG: ['png'] } : { CSV: ['csv'] };
  const defaultUri = Uri.joinPath(folder, path.basename(name));
  const target = await window.showSaveDialog({ defaultUri, filters, title });
  if (!target) return;
  const bytes = 'png' in content ? Buffer.from(content.png, 'base64') : Buffer.from(content.csv, 'utf8');
  await workspace.fs.writeFile(target, bytes);
}
