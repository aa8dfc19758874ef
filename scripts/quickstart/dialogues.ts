/** Questions with plain answers, drawn from a small grammar: each kind ties the answer to the words of the question. */
import type { Random } from '../../server/base/random.ts';
import {
  animals,
  colors,
  feelings,
  foods,
  girls,
  jobs,
  names,
  numbers,
  opposites,
  parts,
  places,
  skills,
  spots,
  things,
  times,
  towns,
  weathers,
} from './words.ts';

export interface Dialogue {
  kind: string;
  question: string;
  answer: string;
}

export const pick = <T>(random: Random, items: readonly T[]): T => items[random.below(items.length)]!;

const article = (word: string): string => (/^[aeiou]/.test(word) ? `an ${word}` : `a ${word}`);
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

type Kind = (random: Random) => [question: string, answer: string];

const kinds: Record<string, Kind> = {
  where(r) {
    const thing = `the ${pick(r, colors)} ${pick(r, things)}`;
    const ask = pick(r, ['Where is X?', 'Do you know where X is?', 'I cannot find X.', 'Can you help me find X?']);
    const say = pick(r, ['X is S.', 'You can find X S.']);
    return [ask.replace('X', thing), capital(say.replace('X', thing).replace('S', pick(r, spots)))];
  },
  color(r) {
    const thing = `the ${pick(r, things)} ${pick(r, spots)}`;
    const ask = pick(r, ['What color is X?', 'Tell me the color of X.']);
    return [ask.replace('X', thing), capital(`${thing} is ${pick(r, colors)}.`)];
  },
  can(r) {
    const [animal, skill] = [pick(r, Object.keys(animals)), pick(r, skills)];
    const able = animals[animal]!.can.includes(skill);
    const subject = article(animal);
    return [`Can ${subject} ${skill}?`, able ? `Yes, ${subject} can ${skill}.` : `No, ${subject} cannot ${skill}.`];
  },
  weather(r) {
    const [town, time] = [pick(r, towns), pick(r, ['today', 'this morning', 'this evening'])];
    const ask = pick(r, ['How is the weather in T D?', 'What is the weather like in T D?']);
    return [ask.replace('T', town).replace('D', time), `It is ${pick(r, weathers)} in ${town} ${time}.`];
  },
  like(r) {
    const [food, other] = [pick(r, foods), pick(r, foods)];
    if (food !== other && r.uniform() < 0.5)
      return [`Do you like ${food} or ${other}?`, `I like ${food} more than ${other}.`];
    return [
      `Do you like ${food}?`,
      r.uniform() < 0.7 ? `Yes, I like ${food} very much.` : `No, I do not like ${food}.`,
    ];
  },
  eats(r) {
    const animal = pick(r, Object.keys(animals));
    const ask = pick(r, ['What does X eat?', 'What is the food of X?', 'What should I give to X?']);
    return [ask.replace('X', `the ${animal}`), `The ${animal} eats ${animals[animal]!.food}.`];
  },
  about(r) {
    const animal = pick(r, Object.keys(animals));
    const { size, home, food } = animals[animal]!;
    const ask = pick(r, ['Please tell me about the X.', 'What is a X?', 'What do you know about the X?']);
    return [
      ask.replace('a X', article(animal)).replace('X', animal),
      `The ${animal} is ${article(size)} animal. It lives ${home} and eats ${food}.`,
    ];
  },
  opposite(r) {
    const word = pick(r, Object.keys(opposites));
    const [from, to] = r.uniform() < 0.5 ? [word, opposites[word]!] : [opposites[word]!, word];
    return [`What is the opposite of ${from}?`, `The opposite of ${from} is ${to}.`];
  },
  who(r) {
    const name = pick(r, names);
    const ask = pick(r, ['Who is X?', 'Do you know X?', 'What is the job of X?']);
    return [ask.replace('X', name), `${name} is ${article(pick(r, jobs))} from ${pick(r, towns)}.`];
  },
  feeling(r) {
    const feeling = pick(r, Object.keys(feelings));
    const ask = pick(r, ['I am X. What should I do?', 'What can I do when I am X?', 'Help me, I am X.']);
    return [ask.replace('X', feeling), `If you are ${feeling}, you should ${pick(r, feelings[feeling]!)}.`];
  },
  went(r) {
    const [name, time, place] = [pick(r, names), pick(r, times), pick(r, Object.keys(places))];
    const ask = pick(r, ['Where did X go D?', 'Where was X D?']);
    const answer = `${name} went to ${place} ${time} to ${pick(r, places[place]!)}.`;
    return [ask.replace('X', name).replace('D', time), answer];
  },
  hello(r) {
    const name = pick(r, names);
    const ask = pick(r, ['Hello! My name is X.', 'Hi, I am X.', 'Good morning! I am X.', 'Hello, this is X.']);
    const say = pick(r, ['How can I help you?', 'How are you?']);
    return [ask.replace('X', name), `Hello, ${name}! It is nice to meet you. ${say}`];
  },
  count(r) {
    const [thing, spot] = [pick(r, things), pick(r, spots)];
    const many = thing === 'box' ? 'boxes' : `${thing}s`;
    return [`How many ${many} are ${spot}?`, `There are ${pick(r, numbers)} ${many} ${spot}.`];
  },
  day(r) {
    const [part, place] = [pick(r, parts), pick(r, Object.keys(places))];
    const ask = pick(r, ['What do you do in the X?', 'What are your plans for the X?', 'Tell me about your X.']);
    return [ask.replace('X', part), `In the ${part} I go to ${place} and ${pick(r, places[place]!)}.`];
  },
  plan(r) {
    const place = pick(r, Object.keys(places));
    const when = pick(r, ['today', 'tomorrow', 'on Sunday', 'in the summer']);
    const ask = pick(r, ['What will we do at X D?', 'What can we do at X D?']);
    const answer = `At ${place} we can ${pick(r, places[place]!)} ${when}.`;
    return [ask.replace('X', place).replace('D', when), answer];
  },
  thanks(r) {
    const thing = `the ${pick(r, colors)} ${pick(r, things)}`;
    const ask = pick(r, ['Thank you for X.', 'I like X you gave me.', 'Thanks a lot for X!']);
    return [ask.replace('X', thing), `You are welcome, my friend. I hope you enjoy ${thing}.`];
  },
  why(r) {
    const [name, feeling] = [pick(r, names), pick(r, ['happy', 'sad', 'proud', 'angry'])];
    const did = feeling === 'happy' || feeling === 'proud' ? pick(r, ['found', 'made']) : pick(r, ['lost', 'broke']);
    const thing = `the ${pick(r, colors)} ${pick(r, things)}`;
    const pronoun = girls.has(name) ? 'she' : 'he';
    return [`Why is ${name} so ${feeling}?`, `${name} is ${feeling} because ${pronoun} ${did} ${thing}.`];
  },
  spell(r) {
    const word = pick(r, [...things, ...colors, ...Object.keys(animals), ...foods, ...jobs]);
    const ask = pick(r, ['How do you spell X?', 'Please spell the word X.']);
    return [ask.replace('X', word), `You spell ${word} like this: ${[...word].join('-')}.`];
  },
};

export function dialogue(random: Random): Dialogue {
  const kind = pick(random, Object.keys(kinds));
  const [question, answer] = kinds[kind]!(random);
  return { kind, question, answer };
}

/** How a dialogue stands in training text; the model's answer begins after the colon. */
export const promptOf = (question: string): string => `User: ${question}\nAssistant:`;
export const textOf = ({ question, answer }: Dialogue): string => `${promptOf(question)} ${answer}`;
