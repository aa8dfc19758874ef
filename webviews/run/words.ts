/** What is new in a text beside an earlier one, word by word. Pure. */

/** A stretch of a text; `fresh`: the earlier one does not have it there. */
export interface Stretch {
  text: string;
  fresh: boolean;
}

/** Words that are compared pair by pair at most, after what both begin and end with; beyond that all is new. */
const mostPairs = 250_000;

/** The stretches of `text` in order, by a longest common subsequence of words. Without an earlier text nothing is new. */
export function stretches(text: string, before: string | undefined): Stretch[] {
  if (text === '') return [];
  if (before === undefined || before === text) return [{ text, fresh: false }];
  const [now, old] = [wordsOf(text), wordsOf(before)];
  let start = 0;
  while (start < now.length && start < old.length && now[start] === old[start]) start++;
  let end = 0;
  while (end < now.length - start && end < old.length - start && now.at(-1 - end) === old.at(-1 - end)) end++;
  const kept = common(now.slice(start, now.length - end), old.slice(start, old.length - end));
  const found: Stretch[] = [];
  now.forEach((word, i) => {
    const fresh = i >= start && i < now.length - end && !kept[i - start];
    const last = found.at(-1);
    if (last?.fresh === fresh) last.text += word;
    else found.push({ text: word, fresh });
  });
  return found;
}

/** Words with the space before them; of scripts without spaces each character is one. */
const wordsOf = (text: string): string[] => text.match(word) ?? [];
const word =
  /\s*(?:[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]|[^\s\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]+)|\s+$/gu;

/** For each word of `now` whether a longest common subsequence with `old` has it. */
function common(now: readonly string[], old: readonly string[]): boolean[] {
  const kept = now.map(() => false);
  if (now.length * old.length > mostPairs) return kept;
  const width = old.length + 1;
  const lengths = new Uint16Array((now.length + 1) * width);
  for (let i = now.length - 1; i >= 0; i--)
    for (let j = old.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        now[i] === old[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
  for (let i = 0, j = 0; i < now.length && j < old.length; )
    if (now[i] === old[j]) {
      kept[i++] = true;
      j++;
    } else if (lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!) i++;
    else j++;
  return kept;
}
