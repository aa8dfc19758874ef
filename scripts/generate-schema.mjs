// Writes schemas/recipe.schema.json from the field tables: `node scripts/generate-schema.mjs`.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const root = path.join(import.meta.dirname, '..');
const { outputFiles } = await build({
  entryPoints: [path.join(root, 'scripts/generate-schema.ts')],
  bundle: true,
  platform: 'node',
  format: 'esm',
  write: false,
});
const { recipeSchema } = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
);
writeFileSync(path.join(root, 'schemas/recipe.schema.json'), `${JSON.stringify(recipeSchema(), null, 2)}\n`);
