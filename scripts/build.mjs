// Bundles every process into dist/: `node scripts/build.mjs [--watch]`.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { context } from 'esbuild';
import { unpackKernels } from './kernels.mjs';
import { notices } from './notices.mjs';

const common = {
  bundle: true,
  sourcemap: 'linked',
  target: 'node20',
  logLevel: 'warning',
  minifySyntax: true,
  metafile: true,
};
// Bundles are CommonJS (the extension host's form, and the faster start); sources may still use import.meta.url.
const node = {
  ...common,
  platform: 'node',
  format: 'cjs',
  // tfjs's ES modules: its CommonJS entry is marked free of side effects, and the CPU kernels would be dropped.
  mainFields: ['module', 'main'],
  define: { 'import.meta.url': 'importMetaUrl' },
  banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
  external: ['vscode', 'onnxruntime-node'],
};
/** Libraries that few sessions need stay files of their own, loaded with the first use: their text is not parsed while a process starts. */
const libraries = {
  name: 'libraries',
  setup(build) {
    build.onResolve({ filter: /\/libraries\/[\w-]+\.ts$/ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path: `./libraries/${basename(path, '.ts')}.js`, external: true } : undefined,
    );
  },
};
/** Of our package.json the bundles need the version alone; all its commands and settings are 80 KiB to parse. */
const manifest = {
  name: 'manifest',
  setup(build) {
    build.onLoad({ filter: /package\.json$/ }, ({ path }) => {
      if (path !== resolve('package.json')) return undefined;
      const { version } = JSON.parse(readFileSync(path, 'utf8'));
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
  },
};
const builds = [
  // Minified: half the text to parse while the window waits.
  {
    ...node,
    minify: true,
    entryPoints: { extension: 'client/extension.ts' },
    supported: { 'dynamic-import': false },
    plugins: [libraries, manifest],
    outdir: 'dist',
  },
  {
    ...node,
    entryPoints: {
      language: 'server/language/main.ts',
      daemon: 'server/daemon/main.ts',
      worker: 'server/jobs/main.ts',
      cli: 'server/cli/main.ts',
    },
    plugins: [libraries, manifest],
    outdir: 'dist',
  },
  {
    ...node,
    minify: true,
    entryPoints: {
      'language-client': 'client/libraries/language-client.ts',
      parquet: 'server/datafiles/libraries/parquet.ts',
      arrow: 'server/datafiles/libraries/arrow.ts',
      judge: 'server/chat/libraries/judge.ts',
    },
    outdir: 'dist/libraries',
  },
  {
    ...common,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    minify: true,
    entryPoints: {
      run: 'webviews/run/main.ts',
      spectrum: 'webviews/spectrum/main.ts',
      budget: 'webviews/budget/main.ts',
      comparison: 'webviews/comparison/main.ts',
      playground: 'webviews/playground/main.ts',
    },
    outdir: 'dist/webviews',
  },
];

mkdirSync('dist', { recursive: true });
writeFileSync('dist/package.json', '{ "type": "commonjs" }\n');
unpackKernels();
cpSync('webviews/styles', 'dist/webviews', { recursive: true, force: true });
const metafiles = [];
for (const options of builds) {
  const build = await context(options);
  metafiles.push((await build.rebuild()).metafile);
  if (process.argv.includes('--watch')) await build.watch();
  else await build.dispose();
}
writeFileSync('dist/THIRD-PARTY-NOTICES.md', notices(metafiles));
