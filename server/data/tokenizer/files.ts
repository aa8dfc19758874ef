/** The tokenizer of a model folder: tokenizer.json or the files of older versions, with what other files say of special tokens. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../../base/errors.ts';
import { specialTokens } from '../../chat/special-tokens.ts';
import type { AddedTokenDefinition, Definition } from './definition.ts';
import { bytePairs, wordPieces } from './legacy.ts';

export interface TokenizerFiles {
  definition: Definition;
  /** tokenizer_config.json, and what special_tokens_map.json says besides. */
  config: Record<string, unknown>;
  modelConfig: Record<string, unknown>;
  /** The file that the definition is from. */
  file: string;
}

const sentencePiece = ['tokenizer.model', 'spiece.model', 'spm.model', 'sentencepiece.bpe.model'];

/** Throws `tokenizer-missing` or `bad-tokenizer`. */
export function readTokenizerFiles(folder: string): TokenizerFiles {
  const json = (name: string) => readJson(path.join(folder, name));
  const config = { ...json('special_tokens_map.json'), ...json('tokenizer_config.json') };
  const modelConfig = json('config.json') ?? {};
  const { definition, file } = readDefinition(folder, config, modelConfig);
  const added = [...(definition.added_tokens ?? [])];
  const from = (content: string, given: Partial<AddedTokenDefinition>) => {
    if (!added.some((token) => token.content === content)) added.push({ ...given, content, id: given.id ?? -1 });
  };
  // Sorted as numbers: new ids follow each other.
  for (const [id, token] of Object.entries((config.added_tokens_decoder ?? {}) as Record<string, AddedTokenDefinition>))
    from(token.content, { normalized: !token.special, ...token, id: Number(id) });
  if (!config.added_tokens_decoder)
    for (const [content, id] of Object.entries(json('added_tokens.json') ?? {}))
      from(content, { id: Number(id), special: true, normalized: false });
  for (const token of specialTokens(config)) from(token.content, { normalized: false, ...token, special: true });
  return { definition: { ...definition, added_tokens: added }, config, modelConfig, file };
}

type Found = Pick<TokenizerFiles, 'definition' | 'file'>;

function readDefinition(folder: string, config: Record<string, unknown>, modelConfig: Record<string, unknown>): Found {
  const at = (name: string) => path.join(folder, name);
  const definition = readJson(at('tokenizer.json'));
  if (definition) return { definition: definition as unknown as Definition, file: at('tokenizer.json') };
  if (existsSync(at('vocab.txt'))) return made(at('vocab.txt'), (text) => wordPieces(text, config));
  const vocabulary = readJson(at('vocab.json')) as Record<string, number> | undefined;
  if (vocabulary && existsSync(at('merges.txt')))
    return made(at('merges.txt'), (merges) => bytePairs(vocabulary, merges, config, modelConfig));
  const model = sentencePiece.find((name) => existsSync(at(name)));
  throw new RankwiseError(
    'tokenizer-missing',
    model
      ? `${folder} has ${model} but no tokenizer.json: a SentencePiece model alone is not read.`
      : `${folder} has no tokenizer.json, so text cannot become tokens.`,
    {
      file: at(model ?? 'tokenizer.json'),
      hint: model
        ? `Convert it once in Python: AutoTokenizer.from_pretrained("${folder}").save_pretrained("${folder}") (with sentencepiece installed).`
        : `Put the tokenizer.json of the model there; in Python: AutoTokenizer.from_pretrained("${folder}", use_fast=True).save_pretrained("${folder}"). Only data that is token ids already (input_ids) needs none.`,
    },
  );
}

function made(file: string, make: (text: string) => Definition): Found {
  const text = readText(file);
  try {
    return { definition: make(text), file };
  } catch (error) {
    throw badTokenizer(file, (error as Error).message);
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw badTokenizer(file, (error as Error).message);
  }
}

function readJson(file: string): Record<string, unknown> | undefined {
  if (!existsSync(file)) return undefined;
  const text = readText(file);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badTokenizer(file, (error as Error).message);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badTokenizer(file, 'no JSON object');
  return value as Record<string, unknown>;
}

export const badTokenizer = (file: string, what: string): RankwiseError =>
  new RankwiseError('bad-tokenizer', `${file}: ${what}.`, { file, hint: 'Fetch the file of the model again.' });
