/** The page around a panel: nothing loads but our own script and style, nothing else runs (CSP `default-src 'none'`). */
export interface PageParts {
  title: string;
  nonce: string;
  /** `webview.cspSource`: where the editor serves our files from. */
  source: string;
  script: string;
  styles: string[];
  /** The body's `data-` attributes: what the page is about. It keeps that as its state from its first moment on, so that any reload finds it. */
  data: Record<string, string>;
}

export function pageHtml({ title, nonce, source, script, styles, data }: PageParts): string {
  const policy = `default-src 'none'; style-src ${source}; font-src ${source}; script-src 'nonce-${nonce}'`;
  const about = Object.entries(data).map(([name, value]) => ` data-${name}="${escaped(value)}"`);
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
${styles.map((style) => `<link rel="stylesheet" href="${style}">`).join('\n')}
<title>${escaped(title)}</title>
</head>
<body${about.join('')}>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>
`;
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
