/**
 * How many tokens the tokenizer of a model folder has, as `data/tokenizer` counts them, without building it: files of megabytes are read in parts,
 * between which others get their turn.
 */
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { setImmediate as pause } from 'node:timers/promises';
import { type ErrorData, errorData, RankwiseError } from '../base/errors.ts';
import { specialTokens } from '../chat/special-tokens.ts';
import { type JsonPath, JsonScan } from './json-scan.ts';

export interface Vocabulary {
  /** One more than the largest id. */
  size: number;
  /** The token that has the first id beyond what was asked for, and its id. */
  beyond?: { id: number; token: string };
}

export type VocabularyFacts = { vocabulary: Vocabulary } | { vocabularyFault: ErrorData };

/** `file`: what the tokenizer is read from; `known`: tokens that the model has a vector for. Faults come back as data (`bad-tokenizer`). */
export async function loadVocabulary(
  file: string,
  known: number,
): Promise<{ value: VocabularyFacts; files: string[] }> {
  const files = [file, ...beside.map((name) => path.join(path.dirname(file), name))];
  try {
    return { value: { vocabulary: await counted(file, known) }, files };
  } catch (error) {
    return { value: { vocabularyFault: errorData(error) }, files };
  }
}

/** They name tokens, too. */
const beside = ['special_tokens_map.json', 'tokenizer_config.json', 'added_tokens.json'];

/** Tokens with an id of their own, and those that get the next one unless the vocabulary has them. */
interface Added {
  placed: [token: string, id: number][];
  named: string[];
}

async function counted(file: string, known: number): Promise<Vocabulary> {
  const added = besides(path.dirname(file));
  const tally = new Tally(known, [...added.placed.map(([token]) => token), ...added.named]);
  if (path.extname(file) === '.txt') {
    const lines = readFileSync(file, 'utf8').split(/\r?\n/);
    if (lines.at(-1) === '') lines.pop();
    for (const [id, line] of lines.entries()) tally.add(line, id);
  } else await scan(file, tally);
  if (tally.size === 0) throw badTokenizer(file, 'there is no vocabulary in it');
  // As the tokenizer has them: those of its own file, then the others.
  const tokens = [...tally.own, ...added.placed, ...added.named.map((token): [string, number] => [token, -1])];
  const done = new Set<string>();
  for (const [token, id] of tokens) {
    if (done.has(token) || tally.found.has(token)) continue;
    done.add(token);
    tally.add(token, id < 0 ? tally.size : id);
  }
  return { size: tally.size, ...(tally.beyond && { beyond: tally.beyond }) };
}

class Tally {
  size = 0;
  beyond: Vocabulary['beyond'];
  /** Of the tokens that are looked for, those that the vocabulary has. */
  readonly found = new Set<string>();
  /** `added_tokens` of the file. */
  readonly own: [string, number][] = [];
  private readonly known: number;
  private readonly wanted: Set<string>;

  constructor(known: number, wanted: readonly string[]) {
    this.known = known;
    this.wanted = new Set(wanted);
  }

  addOwn(token: string, id: number): void {
    this.own.push([token, id]);
    this.wanted.add(token);
  }

  add(token: string, id: number): void {
    if (!Number.isSafeInteger(id)) return;
    this.size = Math.max(this.size, id + 1);
    if (id >= this.known && id < (this.beyond?.id ?? Number.POSITIVE_INFINITY)) this.beyond = { id, token };
    if (this.wanted.has(token)) this.found.add(token);
  }
}

/** Parts of this many bytes take a millisecond at most. */
const partBytes = 64 * 1024;

/** tokenizer.json with its `added_tokens` and `model.vocab`, or vocab.json, which is such a vocabulary. */
async function scan(file: string, tally: Tally): Promise<void> {
  const whole = path.basename(file) === 'tokenizer.json';
  const depth = whole ? 2 : 0;
  const isVocabulary = (at: JsonPath) => !whole || (at[0] === 'model' && at[1] === 'vocab');
  let added: { content?: string; id?: number } = {};
  let done = false;
  const scanner = new JsonScan({
    value(at, text, isText) {
      const place = at[depth];
      if (at.length > depth && isVocabulary(at)) {
        if (at.length === depth + 1 && typeof place === 'string') tally.add(place, isText ? Number.NaN : Number(text));
        // Of a list of pieces each is [token, score].
        else if (at.length === depth + 2 && at[depth + 1] === 0 && typeof place === 'number') tally.add(text, place);
      } else if (at[0] === 'added_tokens' && at.length === 3) {
        if (at[2] === 'content') added.content = text;
        else if (at[2] === 'id') added.id = Number(text);
      }
    },
    end(at) {
      if (at[0] === 'added_tokens' && at.length === 2) {
        if (added.content !== undefined) tally.addOwn(added.content, added.id ?? -1);
        added = {};
      }
      // What follows are the merges, as long again: added tokens stand before the model.
      if (whole && at.length === 2 && isVocabulary(at)) done = true;
    },
  });
  const stream = createReadStream(file, { encoding: 'utf8', highWaterMark: partBytes });
  try {
    for await (const part of stream) {
      scanner.add(part as string);
      if (done) return;
      await pause();
    }
  } catch (error) {
    throw badTokenizer(file, (error as Error).message);
  }
  if (!scanner.isClosed) throw badTokenizer(file, 'its end is missing');
}

/** What the files beside it say of tokens. */
function besides(folder: string): Added {
  const json = (name: string) => readObject(path.join(folder, name));
  const config = { ...json('special_tokens_map.json'), ...json('tokenizer_config.json') };
  const placed: Added['placed'] = [];
  const decoder = config.added_tokens_decoder as Record<string, { content?: unknown }> | undefined;
  for (const [id, token] of Object.entries(decoder ?? {}))
    if (typeof token?.content === 'string') placed.push([token.content, Number(id)]);
  if (!decoder)
    for (const [content, id] of Object.entries(json('added_tokens.json') ?? {})) placed.push([content, Number(id)]);
  return { placed, named: specialTokens(config).map(({ content }) => content) };
}

/** Larger than any such file: it is no such file. */
const most = 16 * 2 ** 20;

function readObject(file: string): Record<string, unknown> | undefined {
  if (!existsSync(file)) return undefined;
  let value: unknown;
  try {
    if (statSync(file).size > most) throw new Error(`it is larger than ${most / 2 ** 20} MiB`);
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw badTokenizer(file, (error as Error).message);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badTokenizer(file, 'no JSON object');
  return value as Record<string, unknown>;
}

const badTokenizer = (file: string, what: string): RankwiseError =>
  new RankwiseError('bad-tokenizer', `${file}: ${what}.`, { file, hint: 'Fetch the file of the model again.' });
