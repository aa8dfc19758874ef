// Packs the extension, one VSIX per platform: `node scripts/package.mjs [target …|--all]` (default: this machine's).
// onnxruntime's native files and our own kernel make the platform: each VSIX carries those of its own target only.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { unpackKernels } from './kernels.mjs';
import { ensureNode } from './tools.mjs';

/** What onnxruntime-node ships native files for. */
const targets = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'win32-x64', 'win32-arm64'];
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const runtime = 'dist/node_modules';

/** The parts of onnxruntime-node and onnxruntime-common that run; types, sources and installers stay behind. */
function stageRuntime(target) {
  const [platform, arch] = target.split('-');
  const native = `bin/napi-v6/${platform}/${arch}`;
  rmSync(runtime, { recursive: true, force: true });
  const copy = (name, parts) => {
    for (const part of parts)
      cpSync(path.join('node_modules', name, part), path.join(runtime, name, part), {
        recursive: true,
        filter: (file) => !/\.(d\.ts|map)$/.test(file),
      });
  };
  copy('onnxruntime-node', ['package.json', 'dist', native]);
  copy('onnxruntime-common', ['package.json', 'dist/cjs']);
}

/** @returns {string} path of the VSIX */
export function pack(target) {
  const out = path.join('.cache', 'vsix', `rankwise-${target}-${version}.vsix`);
  mkdirSync(path.dirname(out), { recursive: true });
  stageRuntime(target);
  unpackKernels('dist/linalg', target);
  try {
    const vsce = [
      'node_modules/@vscode/vsce/vsce',
      'package',
      '--no-dependencies',
      '--no-rewrite-relative-links',
      '--allow-missing-repository',
      '--skip-license',
      '--target',
      target,
      '-o',
      out,
    ];
    const result = spawnSync(ensureNode(), vsce, { encoding: 'utf8' });
    if (result.status !== 0) throw new Error(`vsce failed for ${target}:\n${result.stdout}${result.stderr}`);
  } finally {
    rmSync(runtime, { recursive: true, force: true });
    unpackKernels();
  }
  return out;
}

if (process.argv[1]?.endsWith('package.mjs')) {
  const asked = process.argv.slice(2);
  const wanted = asked.includes('--all') ? targets : asked.length ? asked : [`${process.platform}-${process.arch}`];
  const unknown = wanted.filter((target) => !targets.includes(target));
  if (unknown.length) {
    console.error(`no such target: ${unknown.join(', ')}; there are ${targets.join(', ')}`);
    process.exit(2);
  }
  if (!existsSync('dist/extension.js')) {
    console.error('nothing is built yet: run `npm run build` first');
    process.exit(2);
  }
  for (const target of wanted) {
    const file = pack(target);
    console.log(`${file}  ${(statSync(file).size / 2 ** 20).toFixed(1)} MiB`);
  }
}
