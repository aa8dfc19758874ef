// Writes docs/rules/README.md and the properties of the setting `rankwise.severity` from the pages of docs/rules.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runProgram } from './program.mjs';

const root = path.join(import.meta.dirname, '..');
const { isSeverityText, rulePages, rulesIndex, severityProperties, severityTexts } =
  await runProgram('scripts/rule-pages.ts');
const folder = path.join(root, 'docs/rules');
const pages = rulePages(folder);
writeFileSync(path.join(folder, 'README.md'), rulesIndex(pages));
const file = path.join(root, 'package.json');
const manifest = JSON.parse(readFileSync(file, 'utf8'));
manifest.contributes.configuration.properties['rankwise.severity'].properties = severityProperties(pages);
writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
const texts = path.join(root, 'package.nls.json');
const others = Object.entries(JSON.parse(readFileSync(texts, 'utf8'))).filter(([key]) => !isSeverityText(key));
writeFileSync(texts, `${JSON.stringify({ ...Object.fromEntries(others), ...severityTexts(pages) }, null, 2)}\n`);
