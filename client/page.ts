/** Loads one of our pages from `dist/webviews` into a panel. */
import { randomBytes } from 'node:crypto';
import { Uri, type WebviewPanel } from 'vscode';
import { type PageParts, pageHtml } from './page-html.ts';

/** `script` and `styles` are names of files. */
export function loadPage(panel: WebviewPanel, root: Uri, parts: Omit<PageParts, 'nonce' | 'source'>): void {
  const { webview } = panel;
  const files = Uri.joinPath(root, 'dist', 'webviews');
  const uri = (name: string) => webview.asWebviewUri(Uri.joinPath(files, name)).toString();
  const media = (name: string) => Uri.joinPath(root, 'client', 'media', name);
  panel.iconPath = { light: media('peft-light.svg'), dark: media('peft-dark.svg') };
  webview.options = { enableScripts: true, localResourceRoots: [files] };
  webview.html = pageHtml({
    ...parts,
    nonce: randomBytes(16).toString('base64'),
    source: webview.cspSource,
    script: uri(parts.script),
    styles: parts.styles.map(uri),
  });
}
