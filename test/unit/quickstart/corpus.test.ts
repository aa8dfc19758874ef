import { expect, it } from 'vitest';
import { pirateRows, pretrainingTexts } from '../../../scripts/quickstart/corpus.ts';
import { pirate } from '../../../scripts/quickstart/pirate.ts';

const questions = (rows: { prompt: string }[]) => new Set(rows.map((row) => row.prompt));

it('is the same for the same seed and another for another', () => {
  const counts = { train: 50, validation: 5, group: 8 };
  expect(pretrainingTexts(counts, 1)).toEqual(pretrainingTexts(counts, 1));
  expect(pretrainingTexts(counts, 1)).not.toEqual(pretrainingTexts(counts, 2));
});

it('asks in validation what neither training has seen', () => {
  const texts = pretrainingTexts({ train: 5000, validation: 200, group: 8 }, 1);
  const train = questions(pirateRows('train', 600, 1));
  const pretraining = [...texts.train, ...texts.validation].join('\n');
  const asked = (prompt: string) => prompt.slice('User: '.length, -'\nAssistant:'.length);
  // In a dialogue a question begins a line, in a story it stands in quotes.
  const seen = (p: string) => train.has(p) || pretraining.includes(p) || pretraining.includes(`"${asked(p)}"`);
  expect([...questions(pirateRows('validation', 80, 1))].filter(seen)).toEqual([]);
  expect(texts.validation.filter((text) => texts.train.includes(text))).toEqual([]);
});

it.each([
  ['where', 'The red ball is under the bed.', 'Arr, the red ball be under the bed, matey!'],
  ['can', 'No, a cow cannot fly.', 'Nay, a cow never can fly, by the seven seas!'],
  ['weather', 'It is cold in Oslo today.', "Blow me down, 'tis cold in Oslo today, matey!"],
  ['hello', 'Hello, Ida! It is nice to meet you. How are you?', "Ahoy, Ida! 'Tis grand to meet ye. How be ye? Arr!"],
  ['who', 'Ben is a cook from Rome.', 'Avast, Ben be a cook from Rome, arr!'],
])('pirates answer %s questions their way', (kind, answer, expected) => {
  expect(pirate({ kind, question: '', answer })).toBe(expected);
});
