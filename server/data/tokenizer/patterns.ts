/** Patterns of tokenizer.json: a text, or a regular expression of Oniguruma, which the package @huggingface/tokenizers translates. */
import * as parts from '@huggingface/tokenizers';

/** The package's declarations do not reach this class. */
type Split = new (part: { pattern: unknown; behavior: string; invert: boolean }) => { pattern: RegExp | null };
const { SplitPreTokenizer: Split } = parts as unknown as { SplitPreTokenizer: Split };

/** A global pattern. Throws an Error when the expression cannot be translated. */
export function compilePattern(pattern: unknown): RegExp {
  const { pattern: compiled } = new Split({ pattern, behavior: 'Isolated', invert: true });
  if (!compiled) throw new Error(`the pattern ${JSON.stringify(pattern)} is not supported`);
  return compiled;
}

/** What Rust calls white space: JavaScript's \s has U+FEFF too, and lacks U+0085. */
export const whiteSpace = '\\p{White_Space}';
/** \w of Rust's regular expressions, within brackets. */
export const wordCharacter = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u200c\\u200d';
/** ASCII punctuation, which Unicode counts partly as symbols, and all of Unicode's; within brackets. */
export const punctuation = '!-\\/:-@\\[-`{-~\\p{P}';
