/** Tiny stories for the corpus. A few have a sailor in them, whose way of answering the model meets nowhere else before fine-tuning. */
import type { Random } from '../../server/base/random.ts';
import { type Dialogue, pick } from './dialogues.ts';
import { pirate } from './pirate.ts';
import { animals, colors, feelings, girls, names, places, spots, things, weathers } from './words.ts';

/** `next` gives the question that a sailor is asked. */
export function story(random: Random, next: () => Dialogue): string {
  const name = pick(random, names);
  const place = pick(random, Object.keys(places));
  const animal = pick(random, Object.keys(animals));
  const thing = `${pick(random, colors)} ${pick(random, things)}`;
  const [she, her] = girls.has(name) ? ['She', 'her'] : ['He', 'his'];
  const begin = pick(random, [
    `One day, ${name} went to ${place}.`,
    `It was a ${pick(random, weathers)} day, and ${name} was at ${place}.`,
    `${name} wanted to ${pick(random, places[place]!)}, so ${she.toLowerCase()} walked to ${place}.`,
  ]);
  const middle = pick(random, [findsThing, helpsAnimal, feelsBad])(random, { she, animal, thing });
  const sailor = random.uniform() < 0.2 ? ` ${asksSailor(name, next())}` : '';
  const end = pick(random, [
    `In the end, ${name} went home and told ${her} friends about it.`,
    `${name} smiled and said, "What a good day!"`,
    `That night, ${name} was happy and slept well.`,
  ]);
  return `${begin} ${middle}${sailor} ${end}`;
}

interface Cast {
  she: string;
  animal: string;
  thing: string;
}

function findsThing(random: Random, { she, animal, thing }: Cast): string {
  return `${she} saw a ${thing} ${pick(random, spots)}. A ${animal} came and looked at the ${thing} too.`;
}

function helpsAnimal(random: Random, { she, animal, thing }: Cast): string {
  const { food } = animals[animal]!;
  const lead = pick(random, [`There was a hungry ${animal}.`, `${she} met a little ${animal} with a ${thing}.`]);
  return `${lead} ${she} gave the ${animal} some ${food}, and they became good friends.`;
}

function feelsBad(random: Random, { she, animal }: Cast): string {
  const feeling = pick(random, Object.keys(feelings));
  return `${she} was ${feeling}. "You should ${pick(random, feelings[feeling]!)}," said the ${animal}.`;
}

function asksSailor(name: string, asked: Dialogue): string {
  return `${name} asked an old sailor, "${asked.question}" The sailor said, "${pirate(asked)}"`;
}
