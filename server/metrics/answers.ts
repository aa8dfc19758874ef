/** Generated answers against the expected ones: as texts, and as the numbers that they come to (GSM8K and its like). */

/** Equal but for space around and within. */
export const isExactMatch = (text: string, expected: string): boolean => spaced(text) === spaced(expected);

const spaced = (text: string): string => text.trim().replace(/\s+/g, ' ');

/**
 * The number that an answer ends in: behind `####`, else in the last `\boxed{}`, else the last number of the text. Thousands' commas, `$` and `%`
 * do not count; undefined where there is no number.
 */
export function numericAnswer(text: string): number | undefined {
  const marked = text.lastIndexOf('####');
  if (marked >= 0) return numbersIn(text.slice(marked + 4))[0];
  const boxed = lastBoxed(text);
  return (boxed === undefined ? undefined : numbersIn(boxed).at(-1)) ?? numbersIn(text).at(-1);
}

/** Equal as numbers, but for what float64 rounds off. */
export function isNumericMatch(text: string, expected: string): boolean {
  const [found, wanted] = [numericAnswer(text), numericAnswer(expected)];
  return (
    found !== undefined && wanted !== undefined && Math.abs(found - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted))
  );
}

/** What the last `\boxed{…}` holds, braces within it included. */
function lastBoxed(text: string): string | undefined {
  const opening = '\\boxed{';
  const from = text.lastIndexOf(opening);
  if (from < 0) return undefined;
  let depth = 1;
  for (let i = from + opening.length; i < text.length; i++) {
    if (text[i] === '{') depth++;
    if (text[i] === '}' && --depth === 0) return text.slice(from + opening.length, i);
  }
  return undefined;
}

/** A minus counts where it is a sign, not between words or digits ("3-4"). */
const number = /(?:(?<![\w).])[-\u2212])?(?:(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+)/g;

/** LaTeX writes `\$` and `1{,}000`. */
const numbersIn = (text: string): number[] =>
  [...text.replaceAll(/\\?\$/g, '').replaceAll('{,}', ',').matchAll(number)].map(([found]) =>
    Number(found.replaceAll(',', '').replace('\u2212', '-')),
  );

export interface Answer {
  text: string;
  expected: string;
}

/** `exact_match`, and `numeric_match` over the rows whose expected answer has a number, where there are any. */
export function answerScores(answers: readonly Answer[]): Record<string, number> {
  const numeric = answers.filter(({ expected }) => numericAnswer(expected) !== undefined);
  const part = (all: readonly Answer[], fits: (text: string, expected: string) => boolean) =>
    all.filter(({ text, expected }) => fits(text, expected)).length / all.length;
  return {
    exact_match: part(answers, isExactMatch),
    ...(numeric.length > 0 && { numeric_match: part(numeric, isNumericMatch) }),
  };
}
