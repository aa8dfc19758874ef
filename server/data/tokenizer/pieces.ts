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

/** Cuts at the matches of a global pattern; `behavior` says what becomes of them. With `invert`, what lies between counts as match. */
export function split(piece: Piece, pattern: RegExp, behavior: Behavior, invert: boolean): Piece[] {
  const { text } = piece;
  // Ends of the parts, and whether each is a match.
  const ends: number[] = [];
  const matches: boolean[] = [];
  let last = 0;
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const end = match.index + match[0].length;
    if (match.index > last) {
      ends.push(match.index);
      matches.push(invert);
    }
    if (end > match.index) {
      ends.push(end);
      matches.push(!invert);
    } else pattern.lastIndex += text.codePointAt(end)! > 0xffff ? 2 : 1;
    last = end;
  }
  if (last < text.length) {
    ends.push(text.length);
    matches.push(invert);
  }
  const parts: Piece[] = [];
  let from = 0;
  for (let i = 0; i < ends.length; i++) {
    if (keepsOpen(behavior, matches, i)) continue;
    if (behavior !== 'Removed' || !matches[i]) parts.push(sliced(piece, from, ends[i]!));
    from = ends[i]!;
  }
  return parts;
}

/** Whether part `i` goes on into part `i + 1`. */
function keepsOpen(behavior: Behavior, matches: boolean[], i: number): boolean {
  if (i + 1 >= matches.length) return false;
  if (behavior === 'Contiguous') return matches[i] === matches[i + 1];
  if (behavior === 'MergedWithPrevious') return !matches[i] && matches[i + 1]!;
  if (behavior === 'MergedWithNext') return matches[i]! && !matches[i + 1];
  return false;
}
