/** Text to token ids and back, as the model's own tokenizer.json says (package @huggingface/tokenizers). */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Tokenizer as Core } from '@huggingface/tokenizers';
import { RankwiseError } from '../base/errors.ts';

export interface Tokenizer {
  /** End of text: appended to what a causal model learns to write, and where generation stops. */
  eosId: number | undefined;
  padId: number | undefined;
  /** Ids of the text alone, without special tokens. */
  encode(text: string): number[];
  /** Adds the special tokens around a sequence or a pair, as the tokenizer's post-processor does. */
  frame(first: readonly number[], second?: readonly number[]): Framed;
  /** Special tokens that `frame` adds, and how many of them stand before a single sequence. */
  overhead(pair: boolean): number;
  before: number;
  /** The name of a special token, e.g. "<s>"; undefined for any other. */
  special(id: number): string | undefined;
  /** Text without special tokens. */
  decode(ids: readonly number[]): string;
}

export interface Framed {
  ids: number[];
  /** 1 for the second sequence of a pair and what closes it, where the model tells them apart; else all 0. */
  typeIds: number[];
}

/**
 * Reads tokenizer.json and, where they are, tokenizer_config.json and config.json of a model folder.
 * Throws `tokenizer-missing` or `bad-tokenizer`.
 */
export function loadTokenizer(folder: string): Tokenizer {
  const file = path.join(folder, 'tokenizer.json');
  const definition = readJson(file);
  if (!definition)
    throw new RankwiseError('tokenizer-missing', `${folder} has no tokenizer.json, so text cannot become tokens.`, {
      file,
      hint: 'Put the tokenizer.json of the model there, or use data with input_ids that are made already.',
    });
  const config = readJson(path.join(folder, 'tokenizer_config.json')) ?? {};
  const modelConfig = readJson(path.join(folder, 'config.json')) ?? {};
  try {
    const core = new Core(definition, config);
    const layout = layoutOf(core, definition);
    const idOf = (name: string) => tokenId(core, config[name]) ?? firstId(modelConfig[`${name}_id`]);
    return {
      eosId: idOf('eos_token'),
      padId: idOf('pad_token'),
      encode: (text) => core.encode(text, { add_special_tokens: false }).ids,
      frame: (first, second) => frame(layout, first, second),
      overhead: (pair) => frame(layout, [], pair ? [] : undefined).ids.length,
      before: layout.single.before.length,
      special: (id) => {
        const added = core.get_added_tokens_decoder().get(id);
        return added?.special ? added.content : undefined;
      },
      decode: (ids) =>
        ids.length === 0
          ? ''
          : core.decode([...ids], {
              skip_special_tokens: true,
              clean_up_tokenization_spaces: config.clean_up_tokenization_spaces === true,
            }),
    };
  } catch (error) {
    throw badTokenizer(file, (error as Error).message);
  }
}

/** The special tokens around one sequence, and around and between two. */
interface SpecialTokens {
  single: { before: number[]; after: number[] };
  pair: { before: number[]; between: number[]; after: number[]; secondType: number };
}

/** Found by framing a probe: the package applies a template only together with the encoding, untruncated. */
function layoutOf(core: Core, definition: Record<string, unknown>): SpecialTokens {
  const plain = (text: string) => core.encode(text, { add_special_tokens: false }).ids;
  const [a, b] = [plain('a'), plain('b')];
  const single = core.encode('a').ids;
  const start = indexOf(single, a, 0);
  const before = single.slice(0, start);
  const after = single.slice(start + a.length);
  const both = core.encode('a', { text_pair: 'b', return_token_type_ids: true });
  const first = indexOf(both.ids, a, 0);
  const second = indexOf(both.ids, b, first + a.length);
  // A byte-level post-processor adds nothing, and the package then drops the second sequence.
  if (second < 0) return { single: { before, after }, pair: { before, between: [], after, secondType: 1 } };
  const roberta = (definition.post_processor as { type?: unknown } | null)?.type === 'RobertaProcessing';
  return {
    single: { before, after },
    pair: {
      before: both.ids.slice(0, first),
      between: both.ids.slice(first + a.length, second),
      after: both.ids.slice(second + b.length),
      // RoBERTa has one token type only.
      secondType: roberta ? 0 : (both.token_type_ids?.[second] ?? 0),
    },
  };
}

function frame({ single, pair }: SpecialTokens, first: readonly number[], second?: readonly number[]): Framed {
  if (!second) {
    const ids = [...single.before, ...first, ...single.after];
    return { ids, typeIds: ids.map(() => 0) };
  }
  const head = [...pair.before, ...first, ...pair.between];
  const tail = [...second, ...pair.after];
  return { ids: [...head, ...tail], typeIds: [...head.map(() => 0), ...tail.map(() => pair.secondType)] };
}

function indexOf(ids: number[], part: number[], from: number): number {
  for (let at = from; at + part.length <= ids.length; at++) if (part.every((id, i) => ids[at + i] === id)) return at;
  return -1;
}

/** tokenizer_config.json gives a token as text or as an object with `content`. */
function tokenId(core: Core, token: unknown): number | undefined {
  const content = typeof token === 'object' && token !== null ? (token as { content?: unknown }).content : token;
  return typeof content === 'string' ? core.token_to_id(content) : undefined;
}

const firstId = (value: unknown): number | undefined => {
  const id: unknown = Array.isArray(value) ? value[0] : value;
  return typeof id === 'number' ? id : undefined;
};

function readJson(file: string): Record<string, unknown> | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw badTokenizer(file, (error as Error).message);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badTokenizer(file, (error as Error).message);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badTokenizer(file, 'no JSON object');
  return value as Record<string, unknown>;
}

const badTokenizer = (file: string, what: string) =>
  new RankwiseError('bad-tokenizer', `${file}: ${what}.`, { file, hint: 'Fetch the file of the model again.' });
