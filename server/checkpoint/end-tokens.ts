import { existsSync } from 'node:fs';
import path from 'node:path';
import { RankwiseError } from '../base/errors.ts';
import { readJsonObject } from './json.ts';

/**
 * Tokens that end a text which the model writes: `eos_token_id`, a number or a list, of generation_config.json, or where that has none of
 * config.json, as in transformers. Throws `bad-config`.
 */
export function endTokens(folder: string): number[] {
  for (const name of ['generation_config.json', 'config.json']) {
    const file = path.join(folder, name);
    if (!existsSync(file)) continue;
    const { eos_token_id: given } = readJsonObject(file, 'bad-config');
    if (given === undefined || given === null) continue;
    const ids: unknown[] = Array.isArray(given) ? given : [given];
    if (ids.every((id) => Number.isSafeInteger(id))) return ids as number[];
    throw new RankwiseError('bad-config', `${file}: eos_token_id is no token, nor a list of tokens.`, {
      file,
      field: 'eos_token_id',
      hint: 'Give the number of the end token, or a list of such numbers.',
    });
  }
  return [];
}
