/** What the tokens of a data set depend on, as a name: the files, what is made of their rows, and the tokenizer. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { EncodeOptions } from '../encode.ts';

/** Whatever a tokenizer is read from, and what decides on the special tokens. */
const tokenizerFiles = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'chat_template.jinja',
  'chat_template.json',
  'vocab.json',
  'vocab.txt',
  'merges.txt',
  'tokenizer.model',
  'spiece.model',
  'spm.model',
  'sentencepiece.bpe.model',
  'config.json',
  'generation_config.json',
];

/**
 * SHA-256, hexadecimal. `version`: that of the program, for encoders change; `layout`: what the rows are taken for. Data files count by path, size and time of
 * change. Throws the system's error where one is gone.
 */
export async function tokensKey(
  files: readonly string[],
  layout: unknown,
  options: EncodeOptions,
  version: string,
): Promise<string> {
  const states = await Promise.all(
    files.map(async (file) => {
      const { size, mtimeMs, ino } = await stat(file);
      return [file, size, mtimeMs, ino];
    }),
  );
  const {
    tokenizer: _,
    chat: _chat,
    tokenizerFolder,
    cache: _cache,
    signal: _signal,
    progress: _progress,
    ...rest
  } = options;
  const facts = [
    version,
    states,
    layout,
    rest,
    tokenizerFolder === undefined ? null : tokenizerDigest(tokenizerFolder),
  ];
  const template = options.chatTemplate === undefined ? undefined : contentOf(options.chatTemplate);
  return createHash('sha256')
    .update(JSON.stringify(facts))
    .update(template ?? '')
    .digest('hex');
}

function tokenizerDigest(folder: string): string {
  const hash = createHash('sha256');
  for (const name of tokenizerFiles) {
    const content = contentOf(path.join(folder, name));
    hash.update(`${name}\0${content?.length ?? -1}\0`);
    if (content) hash.update(content);
  }
  return hash.digest('hex');
}

function contentOf(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    // One that cannot be read fails when the tokenizer is made.
    if ((error as NodeJS.ErrnoException).code) return undefined;
    throw error;
  }
}
