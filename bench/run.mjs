// `npm run bench`: every figure, one program after the other; `npm run bench -- step` runs the named ones. Needs `npm run build`.
import { spawnSync } from 'node:child_process';
import { ensureNode } from '../scripts/tools.mjs';

/** The host's part needs the Node that the VS Code server takes; the others run on the product's own. */
const programs = { step: process.execPath, language: process.execPath, extension: ensureNode() };
const asked = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const flags = process.argv.slice(2).filter((word) => word.startsWith('-'));
for (const [name, node] of Object.entries(programs)) {
  if (asked.length && !asked.includes(name)) continue;
  console.log(`\n── ${name}`);
  const { status } = spawnSync(node, [`bench/${name}.mjs`, ...flags], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
