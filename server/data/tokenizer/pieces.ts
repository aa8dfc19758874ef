/** Pieces of a text, and how a pattern cuts them. */

export interface Piece {
  text: string;
  /** Where it begins in the normalized text. */
  start: number;
  /** Where each of its code units comes from, when that is not one after the other from `start`. */
  origins?: number[];
  /** It is the very beginning of the whole text. */
  begins?: boolean;
}

export type Behavior = 'Removed' | 'Isolated' | 'MergedWithPrevious' | 'MergedWithNext' | 'Contiguous';

export function sliced(piece: Piece, from: number, to: number): Piece {
  if (from === 0 && to === piece.text.length) return piece;
  const text = piece.text.slice(from, to);
  if (piece.origins) return { text, start: piece.origins[from]!, origins: piece.origins.slice(from, to) };
  return from === 0 && piece.begins ? { text, start: piece.start, begins: true } : { text, start: piece.start + from };
}

/**
 * Cuts at the matches of a global pattern and appends the parts to `into`; `behavior` says what becomes of the matches. With
 * `invert`, what lies between counts as match.
 */
export function split(piece: Piece, pattern: RegExp, behavior: Behavior, invert: boolean, into: Piece[]): void {
  const { text } = piece;
  let from = 0;
  /** Whether the part that is not closed yet, which ends at `to`, is a match. */
  let open: boolean | undefined;
  let to = 0;
  const close = () => {
    if (open !== undefined && !(open && behavior === 'Removed')) into.push(sliced(piece, from, to));
    from = to;
  };
  const part = (end: number, isMatch: boolean) => {
    if (!(open !== undefined && joins(behavior, open, isMatch))) close();
    open = isMatch;
    to = end;
  };
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const end = match.index + match[0].length;
    if (match.index > to) part(match.index, invert);
    if (end > match.index) part(end, !invert);
    else pattern.lastIndex += text.codePointAt(end)! > 0xffff ? 2 : 1;
  }
  if (to < text.length) part(text.length, invert);
  close();
}

/** Whether a part goes on into the next one. */
function joins(behavior: Behavior, isMatch: boolean, nextIsMatch: boolean): boolean {
  if (behavior === 'Contiguous') return isMatch === nextIsMatch;
  if (behavior === 'MergedWithPrevious') return !isMatch && nextIsMatch;
  if (behavior === 'MergedWithNext') return isMatch && !nextIsMatch;
  return false;
}
