// `npm run examples:images`: bundles make.ts, so that it runs on Node 20, and runs it.
import { build } from 'esbuild';

const outfile = '.cache/examples/make.mjs';
await build({
  entryPoints: ['scripts/examples/make.ts'],
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  outfile,
});
await import(new URL(`../../${outfile}`, import.meta.url).href);
