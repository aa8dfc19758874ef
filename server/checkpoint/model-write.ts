/** Writes a model folder in Hugging Face layout: the result of a `full` run or a merge. */
import { copyFileSync, existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { ModelConfig } from '../architectures/types.ts';
import { RankwiseError } from '../base/errors.ts';
import { makeFolder, writeFileAtomic, writeFolderAtomic } from '../base/files.ts';
import type { FloatDtype } from './safetensors/dtypes.ts';
import { type TensorSource, writeSafetensors } from './safetensors/write.ts';

/** What belongs to a model beside config and weights. */
const companions = [
  'tokenizer.json',
  'tokenizer_config.json',
  'preprocessor_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'vocab.txt',
  'merges.txt',
  'tokenizer.model',
  'chat_template.jinja',
  'generation_config.json',
];

const dtypeNames = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' } as const;

export interface ModelContent {
  config: ModelConfig;
  /** Parameters by the names of current transformers; a tied weight once. */
  tensors: Iterable<TensorSource>;
  /** Default F32. */
  dtype?: FloatDtype;
  /** The folder whose tokenizer and generation settings go along. */
  companionsFrom?: string;
}

/** Whole or not at all. Throws `output-exists` when the folder is there already. */
export async function writeModelFolder(dir: string, content: ModelContent): Promise<void> {
  if (statSync(dir, { throwIfNoEntry: false }))
    throw new RankwiseError('output-exists', `${dir} exists already`, { file: dir, hint: 'Choose another folder.' });
  makeFolder(path.dirname(dir));
  const dtype = content.dtype ?? 'F32';
  // The old name of dtype; versions that know only that one load float32, which is never wrong.
  const { torch_dtype: _, ...config } = content.config;
  await writeFolderAtomic(dir, (folder) => {
    for (const name of companions) {
      const from = content.companionsFrom && path.join(content.companionsFrom, name);
      if (from && existsSync(from)) copyFileSync(from, path.join(folder, name));
    }
    writeFileAtomic(
      path.join(folder, 'config.json'),
      `${JSON.stringify({ ...config, dtype: dtypeNames[dtype] }, null, 2)}\n`,
    );
    writeSafetensors(path.join(folder, 'model.safetensors'), content.tensors, { dtype });
  });
}
