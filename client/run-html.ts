/** The page around the run panel: nothing loads but our own script and style, nothing else runs (CSP `default-src 'none'`). */
export interface PageParts {
  nonce: string;
  /** `webview.cspSource`: where the editor serves our files from. */
  source: string;
  script: string;
  style: string;
}

export function runPage({ nonce, source, script, style }: PageParts): string {
  const policy = `default-src 'none'; style-src ${source}; font-src ${source}; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${style}">
<title>Run</title>
</head>
<body>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>
`;
}
