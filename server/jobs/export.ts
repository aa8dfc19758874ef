import { cpSync, existsSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { makeFolder, writeFolderAtomic } from '../base/files.ts';
import { gatherFactors } from '../checkpoint/factor-files.ts';
import { listAdapters } from '../checkpoint/peft.ts';
import { namedBase } from '../checkpoint/saved-base.ts';
import { homeFolder } from '../wire/places.ts';
import type { Job } from './types.ts';

/** Writes the adapters of a folder as they are, with what they share with others; or as plain LoRA, exactly or within a rank or an energy. */
export const run: Job<'export'> = async (params, context) => {
  const output = path.resolve(params.output);
  return params.format === 'lora' ? asLora({ ...params, output }, context) : asSaved(params.adapter, output);
};

const asLora: Job<'export'> = async ({ model, adapter, output, rank, energy }, { signal }) => {
  // A copy needs no engine.
  const { startFor } = await import('./start.ts');
  const { withFactors } = await import('./decompositions.ts');
  const { assembleFolder } = await import('../training/assemble-recipe.ts');
  await startFor();
  return withFactors(async (factors) => {
    const base = model ?? namedBase(listAdapters(adapter)[0]!.dir);
    const adapted = await assembleFolder(base, adapter, 'stored', { factors, signal });
    const within = { ...(rank !== undefined && { rank }), ...(energy !== undefined && { energy }) };
    const bound = Object.keys(within).length > 0 ? { ...within, factors, signal } : undefined;
    try {
      return await adapted.exportLora(output, bound);
    } finally {
      adapted.dispose();
    }
  });
};

async function asSaved(adapter: string, output: string): ReturnType<Job<'export'>> {
  if (existsSync(output))
    throw new RankwiseError('output-exists', `${output} exists already.`, {
      file: output,
      hint: 'Choose another folder.',
    });
  const found = listAdapters(adapter);
  makeFolder(path.dirname(output));
  await writeFolderAtomic(output, (folder) => {
    cpSync(adapter, folder, { recursive: true });
    for (const { dir } of found) gatherFactors(dir, path.join(folder, path.relative(adapter, dir)), homeFolder());
  });
  return { path: output, exact: true };
}
