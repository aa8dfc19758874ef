// `npm run bench`: every figure, one program after the other; `npm run bench -- step [FLAGS]` runs the named ones. Needs `npm run build`.
// `npm run bench:engine` has all cells of the engine's table, of which `step` is one.
import { spawnSync } from 'node:child_process';
import { ensureNode } from '../scripts/tools.mjs';

const own = () => process.execPath;
/** The extension's part needs the Node that the VS Code server takes; the others run on the product's own. */
const programs = {
  step: [own, 'bench/engine.mjs', '--models', 'llama-4', '--methods', 'lora'],
  responsive: [own, 'bench/responsive.mjs'],
  language: [own, 'bench/language.mjs'],
  extension: [ensureNode, 'bench/extension.mjs'],
};
const words = process.argv.slice(2);
const flagsAt = words.findIndex((word) => word.startsWith('-'));
const asked = flagsAt < 0 ? words : words.slice(0, flagsAt);
const flags = flagsAt < 0 ? [] : words.slice(flagsAt);
const unknown = asked.find((name) => !Object.hasOwn(programs, name));
if (unknown) {
  console.error(`${unknown} is none of ${Object.keys(programs).join(', ')}`);
  process.exit(2);
}
for (const [name, [node, ...args]] of Object.entries(programs)) {
  if (asked.length && !asked.includes(name)) continue;
  console.log(`\n── ${name}`);
  const { status } = spawnSync(node(), [...args, ...flags], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
