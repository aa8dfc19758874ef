/** Definitions for checkpoints from before tokenizer.json: BERT's vocab.txt, and the vocab.json and merges.txt of GPT-2, RoBERTa and Qwen2. */
import { contentOf } from '../../chat/special-tokens.ts';
import type { AddedTokenDefinition, Definition } from './definition.ts';

type Config = Record<string, unknown>;

const token = (config: Config, name: string, usual: string): string => contentOf(config[name]) ?? usual;

/** Those of the tokens that the vocabulary has, as special ones. */
function special(vocabulary: Record<string, number>, tokens: readonly string[]): AddedTokenDefinition[] {
  const there = [...new Set(tokens)].filter((content) => vocabulary[content] !== undefined);
  return there.map((content) => ({ id: vocabulary[content]!, content, special: true, normalized: false }));
}

/** One token a line; lower-cased as `do_lower_case` says, which is on unless it is switched off. */
export function wordPieces(text: string, config: Config): Definition {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const vocab = Object.fromEntries(lines.map((line, id) => [line, id]));
  const [cls, sep, unk] = [
    token(config, 'cls_token', '[CLS]'),
    token(config, 'sep_token', '[SEP]'),
    token(config, 'unk_token', '[UNK]'),
  ];
  const id = (content: string) => {
    if (vocab[content] === undefined) throw new Error(`the vocabulary has no ${content}`);
    return vocab[content];
  };
  return {
    added_tokens: special(vocab, [
      unk,
      cls,
      sep,
      token(config, 'pad_token', '[PAD]'),
      token(config, 'mask_token', '[MASK]'),
    ]),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: config.tokenize_chinese_chars !== false,
      strip_accents: config.strip_accents ?? null,
      lowercase: config.do_lower_case !== false,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    model: { type: 'WordPiece', unk_token: unk, continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab },
    post_processor: { type: 'BertProcessing', cls: [cls, id(cls)], sep: [sep, id(sep)] },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  };
}

/** Models that put <s> and </s> around a text and </s></s> between two. */
const likeRoberta = /^(roberta|xlm-roberta|longformer|bart|led|camembert)$/;
const qwen =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** Byte-level pairs. Throws an Error for the pairs of CLIP and others, which end words with </w>. */
export function bytePairs(vocab: Record<string, number>, text: string, config: Config, model: Config): Definition {
  const merges = text.split(/\r?\n/).filter((line, i) => line !== '' && !(i === 0 && line.startsWith('#version')));
  if (vocab['!</w>'] !== undefined)
    throw new Error(
      'merges of this kind are not read; AutoTokenizer.from_pretrained(…).save_pretrained(…) in Python writes tokenizer.json',
    );
  const roberta = likeRoberta.test(String(model.model_type)) || /^Roberta/.test(String(config.tokenizer_class));
  const isQwen = /^qwen2/.test(String(model.model_type)) || /^Qwen2/.test(String(config.tokenizer_class));
  const [cls, sep] = [token(config, 'cls_token', '<s>'), token(config, 'sep_token', '</s>')];
  const usual = roberta ? ['<s>', '<pad>', '</s>', '<unk>'] : ['<|endoftext|>'];
  const added = special(vocab, [...usual, cls, sep]);
  if (roberta) added.push(...special(vocab, ['<mask>']).map((mask) => ({ ...mask, lstrip: true })));
  const bytes = { type: 'ByteLevel', add_prefix_space: config.add_prefix_space === true, use_regex: !isQwen };
  const words = { type: 'Split', pattern: { Regex: qwen }, behavior: 'Isolated' };
  return {
    added_tokens: added,
    normalizer: isQwen ? { type: 'NFC' } : null,
    pre_tokenizer: isQwen ? { type: 'Sequence', pretokenizers: [words, bytes] } : bytes,
    model: { type: 'BPE', vocab, merges },
    post_processor: roberta
      ? { type: 'RobertaProcessing', cls: [cls, vocab[cls]], sep: [sep, vocab[sep]] }
      : { type: 'ByteLevel' },
    decoder: { type: 'ByteLevel' },
  };
}
