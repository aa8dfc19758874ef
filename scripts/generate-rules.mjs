// Writes docs/rules/README.md and the properties of the setting `rankwise.severity` from the pages of docs/rules.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const root = path.join(import.meta.dirname, '..');
const outfile = path.join(root, '.cache/rule-pages.mjs');
await build({
  entryPoints: [path.join(root, 'scripts/rule-pages.ts')],
  bundle: true,
  platform: 'node',
  format: 'esm',
  outfile,
});
const { rulePages, rulesIndex, severityProperties } = await import(outfile);
const folder = path.join(root, 'docs/rules');
const pages = rulePages(folder);
writeFileSync(path.join(folder, 'README.md'), rulesIndex(pages));
const file = path.join(root, 'package.json');
const manifest = JSON.parse(readFileSync(file, 'utf8'));
manifest.contributes.configuration.properties['rankwise.severity'].properties = severityProperties(pages);
writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
