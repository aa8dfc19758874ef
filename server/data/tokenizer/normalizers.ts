/** Normalizers: what is done to a text before it is cut into pieces. */
import { byteCharacters } from './bytes.ts';
import { precompiled } from './charsmap.ts';
import { madeOf, type Part } from './definition.ts';
import { compilePattern, whiteSpace } from './patterns.ts';

export type Normalizer = (text: string) => string;

const unicode =
  (form: string): (() => Normalizer) =>
  () =>
  (text) =>
    text.normalize(form);

const kinds: Record<string, (part: Part) => Normalizer> = {
  BertNormalizer: bert,
  ByteLevel: () => byteCharacters,
  Lowercase: () => lowerCase,
  NFC: unicode('NFC'),
  NFD: unicode('NFD'),
  NFKC: unicode('NFKC'),
  NFKD: unicode('NFKD'),
  Nmt: () => nmt,
  Precompiled: (part) => precompiled(String(part.precompiled_charsmap ?? '')),
  Prepend:
    ({ prepend }) =>
    (text) =>
      text && `${prepend}${text}`,
  Replace: replace,
  Sequence: (part) => {
    const steps = (part.normalizers as Part[]).map((each) => normalizer(each));
    return (text) => steps.reduce((done, step) => step(done), text);
  },
  Strip: strip,
  StripAccents: () => (text) => text.replace(/\p{M}+/gu, ''),
};

/** Throws an Error for a kind that is not known. */
export const normalizer = (part: Part): Normalizer => madeOf(kinds, 'normalizer', part);

/** One character at a time: a sigma at the end of a word is none in particular. */
const lowerCase: Normalizer = (text) => text.replaceAll('Σ', 'σ').toLowerCase();

function replace({ pattern, content }: Part): Normalizer {
  const text = (pattern as { String?: string }).String;
  const [wanted, by] = [text ?? compilePattern(pattern), () => String(content)];
  return wanted === '' ? (given) => given : (given) => given.replaceAll(wanted, by);
}

function strip({ strip_left, strip_right }: Part): Normalizer {
  const left = new RegExp(`^${whiteSpace}+`, 'u');
  const right = new RegExp(`${whiteSpace}+$`, 'u');
  return (text) => {
    const rest = strip_left === false ? text : text.replace(left, '');
    return strip_right === false ? rest : rest.replace(right, '');
  };
}

const controls = /[\0\ufffd]|(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}]/gu;
const spaces = new RegExp(whiteSpace, 'gu');
const ideographs =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu;

function bert(part: Part): Normalizer {
  const lower = part.lowercase !== false;
  const accents = part.strip_accents ?? lower;
  return (text) => {
    let done = text;
    if (part.clean_text !== false) done = done.replace(controls, '').replace(spaces, ' ');
    if (part.handle_chinese_chars !== false) done = done.replace(ideographs, ' $& ');
    if (accents) done = done.normalize('NFD').replace(/\p{Mn}+/gu, '');
    return lower ? lowerCase(done) : done;
  };
}

/** Characters that SentencePiece's rules for machine translation drop, and those that they take for a space. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is dropped.
const dropped = /[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]/g;
const blanks = /[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/g;
const nmt: Normalizer = (text) => text.replace(dropped, '').replace(blanks, ' ');
