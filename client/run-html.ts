/** The page around the run panel: nothing loads but our own script and style, nothing else runs (CSP `default-src 'none'`). */
export interface PageParts {
  nonce: string;
  /** `webview.cspSource`: where the editor serves our files from. */
  source: string;
  script: string;
  styles: string[];
  /** The run that the page is about: it keeps that as its state from its first moment on, so that any reload finds it. */
  run: string;
}

export function runPage({ nonce, source, script, styles, run }: PageParts): string {
  const policy = `default-src 'none'; style-src ${source}; font-src ${source}; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
${styles.map((style) => `<link rel="stylesheet" href="${style}">`).join('\n')}
<title>Run</title>
</head>
<body data-run="${attribute(run)}">
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>
`;
}

const attribute = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
