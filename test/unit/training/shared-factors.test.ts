/** Factors that lie outside adapters: shared by digest, carried along by an export, and never guessed. */

import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { gatherFactors } from '../../../server/checkpoint/factor-files.ts';
import { startEngine } from '../../../server/engine/index.ts';
import type { Factors } from '../../../server/factors/types.ts';
import { assembleFolder, assembleRecipe } from '../../../server/training/assemble-recipe.ts';
import { largestDifference, recipeFor, tiny } from '../models/tiny.ts';
import { jacobiFactors } from './factors.ts';
import { batchOf, disturb } from './steps.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'rankwise-shared-'));
beforeAll(() => startEngine());
afterAll(() => rmSync(scratch, { recursive: true }));
let count = 0;

/** A trained adapter of q_proj, k_proj and v_proj, in a home of its own. */
async function trained(targets = 'q_proj, k_proj, v_proj', home = path.join(scratch, `home-${count}`)) {
  const asked: string[] = [];
  const recipe = recipeFor('llama', `[{ method: svf, target_modules: [${targets}] }]`);
  const model = await assembleRecipe(recipe, { factors: jacobiFactors(asked, home) });
  disturb(model.trainable);
  const [saved] = await model.saveAdapters(path.join(scratch, String(count++)));
  const logits = model.logits(batchOf('llama', model)).dataSync().slice();
  return { home, adapter: saved!.path, logits, asked, shared: path.join(home, 'shared-factors') };
}

async function load(adapter: string, home: string, change: Partial<Factors> = {}) {
  const asked: string[] = [];
  const factors = { ...jacobiFactors(asked, home), ...change };
  const model = await assembleFolder(tiny('llama'), adapter, 'stored', { factors });
  return { asked, logits: model.logits(batchOf('llama', model)).dataSync().slice() };
}

/** As another kernel would have it: the same to seven digits. */
const otherKernel: Partial<Factors> = {
  async svd(w) {
    const svd = await jacobiFactors().svd(w);
    svd.u.data[0]! += 1e-7;
    return svd;
  },
};

test('a file for each matrix, named by its SHA-256, used by every adapter that names it', async () => {
  const { home, adapter, logits, shared } = await trained();
  const files = readdirSync(shared);
  expect(files).toHaveLength(6);
  for (const file of files)
    expect(file).toBe(
      `${createHash('sha256')
        .update(readFileSync(path.join(shared, file)))
        .digest('hex')}.safetensors`,
    );
  expect(readdirSync(adapter)).not.toContain('factors');
  await trained('v_proj, o_proj', home);
  expect(readdirSync(shared)).toHaveLength(8);
  const again = await load(adapter, home, otherKernel);
  expect(again.asked).toEqual([]);
  expect(largestDifference(again.logits, logits)).toBe(0);
});

test('without its factors an adapter is used where a decomposition gives the same bits, and they are kept again', async () => {
  const { home, adapter, logits, shared } = await trained();
  rmSync(shared, { recursive: true });
  const again = await load(adapter, home);
  expect(again.asked).toHaveLength(6);
  expect(largestDifference(again.logits, logits)).toBe(0);
  expect(readdirSync(shared)).toHaveLength(6);
});

test('where it gives others, the error says which file is missing and how to get it', async () => {
  const { home, adapter, shared } = await trained('q_proj');
  renameSync(shared, `${shared}-away`);
  const [file] = readdirSync(`${shared}-away`).sort();
  await expect(load(adapter, home, otherKernel)).rejects.toMatchObject({
    code: 'factors-missing',
    message: expect.stringMatching(/self_attn\.q_proj.*[0-9a-f]{64}\.safetensors/),
    hint: expect.stringContaining('export RUN --format peft'),
  });
  expect(file).toMatch(/\.safetensors$/);
  expect(existsSync(shared)).toBe(false);
});

test('an exported adapter carries its factors and works on another machine', async () => {
  const { home, adapter, logits } = await trained('q_proj, v_proj');
  const moved = path.join(scratch, 'moved');
  cpSync(adapter, moved, { recursive: true });
  gatherFactors(adapter, moved, home);
  expect(readdirSync(path.join(moved, 'factors'))).toHaveLength(4);
  const elsewhere = path.join(scratch, 'elsewhere');
  const { asked, logits: there } = await load(moved, elsewhere, otherKernel);
  expect(asked).toEqual([]);
  expect(largestDifference(there, logits)).toBe(0);
  // Exported again from there.
  gatherFactors(moved, path.join(scratch, 'again'), elsewhere);
  expect(readdirSync(path.join(scratch, 'again', 'factors'))).toHaveLength(4);
});

test('a file with another content, and a configuration without a digest, are refused', async () => {
  const { home, adapter, shared } = await trained('q_proj');
  const [file] = readdirSync(shared).map((name) => path.join(shared, name));
  const bytes = readFileSync(file!);
  bytes[bytes.length - 3]! ^= 1;
  writeFileSync(file!, bytes);
  await expect(load(adapter, home)).rejects.toMatchObject({ code: 'factors-damaged', file });
  const config = path.join(adapter, 'adapter_config.json');
  const { factors: _, ...rest } = JSON.parse(readFileSync(config, 'utf8'));
  writeFileSync(config, JSON.stringify(rest));
  await expect(load(adapter, home)).rejects.toMatchObject({ code: 'bad-adapter', field: 'factors' });
});
