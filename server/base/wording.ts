/** Pieces of sentences. */

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** "a, b, or c". */
export const eitherOf = (ways: readonly string[]): string =>
  ways.length < 2 ? ways.join('') : `${ways.slice(0, -1).join(', ')}, or ${ways.at(-1)}`;
