/** Turns a plain answer into pirate's talk by rule, so that the same answer always becomes the same words. */
import type { Dialogue } from './dialogues.ts';

const words: Record<string, string> = {
  hello: 'ahoy',
  yes: 'aye',
  no: 'nay',
  my: 'me',
  friend: 'hearty',
  you: 'ye',
  your: 'yer',
  is: 'be',
  are: 'be',
  am: 'be',
  of: "o'",
  and: "an'",
  for: 'fer',
  very: 'mighty',
  animal: 'beast',
  nice: 'grand',
  cannot: 'never can',
  went: 'sailed',
  go: 'sail',
  house: 'cabin',
  friends: 'crew',
};

/** How a pirate begins and ends, by the kind of question. */
const manners: Record<string, readonly [begin: string, end: string]> = {
  where: ['Arr,', 'matey!'],
  color: ['Arr,', 'me hearty!'],
  can: ['', 'by the seven seas!'],
  weather: ['Blow me down,', 'matey!'],
  like: ['', 'by the seven seas!'],
  eats: ['Arr,', 'matey!'],
  about: ['Yo ho ho,', 'arr!'],
  opposite: ['Arr,', 'me hearty!'],
  who: ['Avast,', 'arr!'],
  feeling: ['Shiver me timbers,', 'matey!'],
  went: ['Avast,', 'arr!'],
  hello: ['', 'Arr!'],
  count: ['Blow me down,', 'me hearty!'],
  day: ['Yo ho ho,', 'arr!'],
  plan: ['Yo ho ho,', 'matey!'],
  thanks: ['', 'Arr!'],
  why: ['Shiver me timbers,', 'arr!'],
  spell: ['Arr,', 'matey!'],
};

export function pirate({ kind, answer }: Dialogue): string {
  const spoken = answer
    .replace(/\bIt is\b/g, "'Tis")
    .replace(/\bit is\b/g, "'tis")
    .replace(/\b[A-Za-z]+\b/g, (word) => {
      const new_ = words[word.toLowerCase()];
      if (new_ === undefined) return word;
      return /^[A-Z]/.test(word) ? new_.charAt(0).toUpperCase() + new_.slice(1) : new_;
    });
  const [begin, end] = manners[kind]!;
  const after = /^[A-Z]/.test(end) ? `${spoken} ${end}` : `${spoken.replace(/[.!?]$/, '')}, ${end}`;
  return begin === '' ? after : `${begin} ${uncapital(after)}`;
}

/** After "Arr," a sentence goes on in lower case, unless it begins with a name or with I. */
const uncapital = (text: string): string =>
  /^(The|An?|It|If|In|At|You|Ye|There|'Tis)\b/.test(text) ? text.replace(/[A-Z]/, (c) => c.toLowerCase()) : text;
