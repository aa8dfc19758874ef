import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { openCheckpoint } from '../../../server/checkpoint/model-folder.ts';
import { writeModelFolder } from '../../../server/checkpoint/model-write.ts';
import { fixture, temporaryFolder } from './safetensors/files.ts';

async function rewrite(from: string, to: string, dtype?: 'BF16') {
  const source = await openCheckpoint(from);
  const tensors = source.names.map((name) => ({
    name,
    shape: source.info(name)!.shape,
    data: () => source.read(name).data,
  }));
  await writeModelFolder(to, { config: source.config, tensors, companionsFrom: from, ...(dtype && { dtype }) });
  source.close();
}

it('writes config, weights and tokenizer; reading gives the same bits', async () => {
  const from = temporaryFolder();
  cpSync(fixture('tiny/llama-tied'), from, { recursive: true });
  for (const name of ['tokenizer.json', 'notes.txt']) writeFileSync(path.join(from, name), name);
  const to = path.join(temporaryFolder(), 'deep', 'model');
  await rewrite(from, to);
  expect(readdirSync(to).sort()).toEqual(['config.json', 'model.safetensors', 'tokenizer.json']);
  const weights = (dir: string) => readFileSync(path.join(dir, 'model.safetensors'));
  expect(weights(to).equals(weights(from))).toBe(true);
  await expect(rewrite(from, to)).rejects.toThrow(expect.objectContaining({ code: 'output-exists' }));
});

it('says in config.json which dtype it wrote', async () => {
  const to = path.join(temporaryFolder(), 'model');
  await rewrite(fixture('tiny/llama'), to, 'BF16');
  const config = JSON.parse(readFileSync(path.join(to, 'config.json'), 'utf8'));
  expect(config).toMatchObject({ dtype: 'bfloat16', model_type: 'llama' });
  const checkpoint = await openCheckpoint(to);
  expect(checkpoint.info('lm_head.weight')?.dtype).toBe('BF16');
  checkpoint.close();
});
