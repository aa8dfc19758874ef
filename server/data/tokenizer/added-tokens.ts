/** Tokens beside the model's own (special ones, and what users added): found in the text before anything else is done to it. */
import type { AddedTokenDefinition } from './definition.ts';
import { whiteSpace, wordCharacter } from './patterns.ts';

/** A part of the text: an added token, or (without `id`) what lies between. */
export interface Section {
  id?: number;
  from: number;
  to: number;
}

const wordBefore = new RegExp(`[${wordCharacter}]$`, 'u');
const wordAfter = new RegExp(`^[${wordCharacter}]`, 'u');
const blanksBefore = new RegExp(`${whiteSpace}*$`, 'u');
const blanksAfter = new RegExp(`^${whiteSpace}*`, 'u');

interface Wanted extends AddedTokenDefinition {
  /** What is looked for: the content, normalized where that is asked for. */
  pattern: string;
}

/** A finder for tokens; the longest of those that begin at a place wins. */
export function tokenFinder(tokens: readonly Wanted[]): (text: string) => Section[] {
  /** By first code unit, the longest first. */
  const byFirst = new Map<number, Wanted[]>();
  for (const token of tokens) {
    if (token.pattern === '') continue;
    const first = token.pattern.charCodeAt(0);
    byFirst.set(
      first,
      [...(byFirst.get(first) ?? []), token].sort((a, b) => b.pattern.length - a.pattern.length),
    );
  }
  const starting = new Uint8Array(0x10000);
  for (const first of byFirst.keys()) starting[first] = 1;

  return (text) => {
    const sections: Section[] = [];
    let done = 0;
    for (let at = 0; at < text.length; at++) {
      if (!starting[text.charCodeAt(at)]) continue;
      const token = byFirst.get(text.charCodeAt(at))!.find(({ pattern }) => text.startsWith(pattern, at));
      if (!token) continue;
      const end = at + token.pattern.length;
      const section =
        token.single_word && insideWord(text, at, end) ? undefined : stretched(token, text, at, end, done);
      if (section) {
        if (section.from > done) sections.push({ from: done, to: section.from });
        sections.push(section);
        done = section.to;
      }
      at = end - 1;
    }
    if (done < text.length || text === '') sections.push({ from: done, to: text.length });
    return sections;
  };
}

/** The token with the blanks that it takes along, those after `done` only. */
function stretched({ id, lstrip, rstrip }: Wanted, text: string, start: number, end: number, done: number): Section {
  const from = lstrip ? Math.max(done, start - blanksBefore.exec(text.slice(0, start))![0].length) : start;
  const to = rstrip ? end + blanksAfter.exec(text.slice(end))![0].length : end;
  return { id, from, to };
}

const insideWord = (text: string, from: number, to: number): boolean =>
  wordBefore.test(text.slice(0, from)) || wordAfter.test(text.slice(to));
