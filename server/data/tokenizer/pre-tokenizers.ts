/** Pre-tokenizers: cut a text into pieces, which no token crosses. */
import { byteCharacters, byteOrigins } from './bytes.ts';
import { madeOf, type Part } from './definition.ts';
import { compilePattern, punctuation, whiteSpace, wordCharacter } from './patterns.ts';
import { type Behavior, type Piece, sliced, split } from './pieces.ts';
import { remembering } from './vocabulary.ts';

export type PreTokenizer = (pieces: Piece[]) => Piece[];

const cutting =
  (pattern: RegExp, behavior: Behavior, invert = false): PreTokenizer =>
  (pieces) => {
    const parts: Piece[] = [];
    for (const piece of pieces) split(piece, pattern, behavior, invert, parts);
    return parts;
  };

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
export const preTokenizer = (part: Part): PreTokenizer => madeOf(kinds, 'pre-tokenizer', part);

const words =
  /'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/** GPT-2's: words with the blank before them, written as bytes. */
function byteLevel({ add_prefix_space, use_regex }: Part): PreTokenizer {
  const cut = cutting(words, 'Isolated');
  const written = remembering(byteCharacters, longest);
  return (pieces) => {
    const given =
      add_prefix_space === false ? pieces : pieces.map((p) => (p.text.startsWith(' ') ? p : prefixed(p, ' ')));
    return (use_regex === false ? given : cut(given)).map((piece) => inBytes(piece, written(piece.text)));
  };
}

/** Code units of a word that is remembered as bytes. */
const longest = 64;

function inBytes(piece: Piece, text: string): Piece {
  if (text === piece.text) return piece;
  const { start, origins } = piece;
  if (text.length === piece.text.length) return origins ? { text, start, origins } : { text, start };
  return { text, start, origins: byteOrigins(piece.text).map((at) => originOf(piece, at)) };
}

/** SentencePiece's: blanks become ▁, which begins a word; one more is put before the text, or before its very beginning only. */
function metaspace({ replacement, prepend_scheme, add_prefix_space, split: cut }: Part): PreTokenizer {
  const mark = String(replacement ?? '▁');
  const scheme = prepend_scheme ?? (add_prefix_space === false ? 'never' : 'always');
  const pattern = compilePattern({ String: mark });
  return (pieces) => {
    const parts: Piece[] = [];
    for (const piece of pieces) {
      let done: Piece = { ...piece, text: piece.text.replaceAll(' ', mark) };
      const wanted = scheme === 'always' || (scheme === 'first' && piece.begins === true);
      if (wanted && !done.text.startsWith(mark)) done = prefixed(done, mark);
      if (cut === false) parts.push(done);
      else split(done, pattern, 'MergedWithNext', false, parts);
    }
    return parts;
  };
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
