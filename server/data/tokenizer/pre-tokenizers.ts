/** Pre-tokenizers: cut a text into pieces, which no token crosses. */
import { byteCharacters, byteOrigins } from './bytes.ts';
import { type Part, unsupported } from './definition.ts';
import { compilePattern, punctuation, whiteSpace, wordCharacter } from './patterns.ts';
import { type Behavior, type Piece, sliced, split } from './pieces.ts';

export type PreTokenizer = (pieces: Piece[]) => Piece[];

const cutting =
  (pattern: RegExp, behavior: Behavior, invert = false): PreTokenizer =>
  (pieces) =>
    pieces.flatMap((piece) => split(piece, pattern, behavior, invert));

const kinds: Record<string, (part: Part) => PreTokenizer> = {
  BertPreTokenizer: () => {
    const [words, signs] = [cutting(blank, 'Removed'), cutting(new RegExp(`[${punctuation}]`, 'gu'), 'Isolated')];
    return (pieces) => signs(words(pieces));
  },
  ByteLevel: byteLevel,
  CharDelimiterSplit: ({ delimiter }) => cutting(compilePattern({ String: delimiter }), 'Removed'),
  Digits: ({ individual_digits }) => cutting(/\p{N}/gu, individual_digits ? 'Isolated' : 'Contiguous'),
  FixedLength: ({ length }) => cutting(new RegExp(`.{1,${length}}`, 'gsu'), 'Isolated'),
  Metaspace: metaspace,
  Punctuation: ({ behavior }) => cutting(new RegExp(`[${punctuation}]`, 'gu'), (behavior ?? 'Isolated') as Behavior),
  Sequence: ({ pretokenizers }) => {
    const steps = (pretokenizers as Part[]).map((part) => preTokenizer(part));
    return (pieces) => steps.reduce((done, step) => step(done), pieces);
  },
  Split: ({ pattern, behavior, invert }) => cutting(compilePattern(pattern), behavior as Behavior, invert === true),
  Whitespace: () => cutting(new RegExp(`[${wordCharacter}]+|[^${wordCharacter}${whiteSpace}]+`, 'gu'), 'Removed', true),
  WhitespaceSplit: () => cutting(blank, 'Removed'),
};

const blank = new RegExp(whiteSpace, 'gu');

/** Throws an Error for a kind that is not known. */
export function preTokenizer(part: Part): PreTokenizer {
  const make = kinds[part.type ?? ''];
  if (!make) throw unsupported('pre-tokenizer', part.type);
  return make(part);
}

const words =
  /'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/** GPT-2's: words with the blank before them, written as bytes. */
function byteLevel({ add_prefix_space, use_regex }: Part): PreTokenizer {
  return (pieces) => {
    let done =
      add_prefix_space === false
        ? pieces
        : pieces.map((piece) => (piece.text.startsWith(' ') ? piece : prefixed(piece, ' ')));
    if (use_regex !== false) done = done.flatMap((piece) => split(piece, words, 'Isolated', false));
    return done.map(inBytes);
  };
}

function inBytes(piece: Piece): Piece {
  const text = byteCharacters(piece.text);
  if (text.length === piece.text.length) return { ...piece, text };
  return { text, start: piece.start, origins: byteOrigins(piece.text).map((at) => originOf(piece, at)) };
}

/** SentencePiece's: blanks become ▁, which begins a word; one more is put before the text, or before its very beginning only. */
function metaspace({ replacement, prepend_scheme, add_prefix_space, split: cut }: Part): PreTokenizer {
  const mark = String(replacement ?? '▁');
  const scheme = prepend_scheme ?? (add_prefix_space === false ? 'never' : 'always');
  const pattern = compilePattern({ String: mark });
  return (pieces) =>
    pieces.flatMap((piece) => {
      let done: Piece = { ...piece, text: piece.text.replaceAll(' ', mark) };
      const wanted = scheme === 'always' || (scheme === 'first' && piece.begins === true);
      if (wanted && !done.text.startsWith(mark)) done = prefixed(done, mark);
      return cut === false ? [done] : split(done, pattern, 'MergedWithNext', false);
    });
}

const originOf = ({ start, origins }: Piece, at: number): number => origins?.[at] ?? start + at;

/** What is put before a piece comes from the same place as its first character. */
function prefixed(piece: Piece, prefix: string): Piece {
  const own = Array.from({ length: piece.text.length }, (_, at) => originOf(piece, at));
  return {
    ...sliced(piece, 0, piece.text.length),
    text: prefix + piece.text,
    origins: [...Array.from(prefix, () => own[0] ?? piece.start), ...own],
  };
}
