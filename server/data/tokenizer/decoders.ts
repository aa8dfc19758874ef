/** Decoders: tokens back to text. Each takes the tokens and gives fewer or other ones; the text is all of them in a row. */
import { tokenBytes } from './bytes.ts';
import { madeOf, type Part } from './definition.ts';
import { compilePattern } from './patterns.ts';

export type Decoder = (tokens: string[]) => string[];

/** A byte order mark is text like any other. */
const lenient = new TextDecoder('utf-8', { ignoreBOM: true });
const strict = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });

const kinds: Record<string, (part: Part) => Decoder> = {
  BPEDecoder:
    ({ suffix }) =>
    (tokens) =>
      tokens.map((token, i) => token.replaceAll(String(suffix ?? '</w>'), i === tokens.length - 1 ? '' : ' ')),
  ByteFallback: () => byteFallback,
  ByteLevel: () => (tokens) => [lenient.decode(Buffer.concat(tokens.map(tokenBytes)))],
  Fuse: () => (tokens) => [tokens.join('')],
  Metaspace: metaspace,
  Replace: ({ pattern, content }) => {
    const compiled = compilePattern(pattern);
    return (tokens) => tokens.map((token) => token.replaceAll(compiled, () => String(content)));
  },
  Sequence: ({ decoders }) => {
    const steps = (decoders as Part[]).map((part) => decoder(part));
    return (tokens) => steps.reduce((done, step) => step(done), tokens);
  },
  Strip: strip,
  WordPiece: wordPiece,
};

/** Throws an Error for a kind that is not known. */
export const decoder = (part: Part): Decoder => madeOf(kinds, 'decoder', part);

function metaspace({ replacement, prepend_scheme, add_prefix_space }: Part): Decoder {
  const mark = String(replacement ?? '▁');
  const prepended = (prepend_scheme ?? (add_prefix_space === false ? 'never' : 'always')) !== 'never';
  return (tokens) => tokens.map((token, i) => token.replaceAll(mark, i === 0 && prepended ? '' : ' '));
}

function wordPiece({ prefix, cleanup }: Part): Decoder {
  const mark = String(prefix ?? '##');
  return (tokens) =>
    tokens.map((token, i) => {
      const joined = i === 0 ? token : token.startsWith(mark) ? token.slice(mark.length) : ` ${token}`;
      return cleanup === false ? joined : cleanUp(joined.replaceAll(' do not', " don't"));
    });
}

/** The blanks of English that a tokenizer put in. */
export const cleanUp = (text: string): string =>
  text
    .replace(/ ([.?!,])/g, '$1')
    .replaceAll(" ' ", "'")
    .replace(/ (n't|'m|'s|'ve|'re)/g, '$1');

/** Tokens <0x00> to <0xFF> in a row are UTF-8; where they are not, each of them is a replacement character. */
function byteFallback(tokens: string[]): string[] {
  const done: string[] = [];
  let bytes: number[] = [];
  const flush = () => {
    if (bytes.length > 0) done.push(utf8(bytes) ?? '\ufffd'.repeat(bytes.length));
    bytes = [];
  };
  for (const token of tokens) {
    const [, hex] = /^<0x([0-9A-Fa-f]{2})>$/.exec(token) ?? [];
    if (hex) bytes.push(Number.parseInt(hex, 16));
    else {
      flush();
      done.push(token);
    }
  }
  flush();
  return done;
}

function utf8(bytes: number[]): string | undefined {
  try {
    return strict.decode(Uint8Array.from(bytes));
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Up to `start` characters of the beginning of each token, and `stop` of its end, if they are `content`. */
function strip({ content, start, stop }: Part): Decoder {
  return (tokens) =>
    tokens.map((token) => {
      const characters = Array.from(token);
      let [from, to] = [0, characters.length];
      while (from < Number(start) && characters[from] === content) from++;
      while (characters.length - to < Number(stop) && to > from && characters[to - 1] === content) to--;
      return characters.slice(from, to).join('');
    });
}
