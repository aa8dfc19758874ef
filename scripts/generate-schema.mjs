// Writes schemas/recipe.schema.json from the field tables: `node scripts/generate-schema.mjs`.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { runProgram } from './program.mjs';

const root = path.join(import.meta.dirname, '..');
const { recipeSchema } = await runProgram('scripts/generate-schema.ts');
writeFileSync(path.join(root, 'schemas/recipe.schema.json'), `${JSON.stringify(recipeSchema(), null, 2)}\n`);
