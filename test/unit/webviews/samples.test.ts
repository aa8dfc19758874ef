import { expect, test } from 'vitest';
import type { RunEvent } from '../../../server/protocol/events.ts';
import { RunModel } from '../../../webviews/run/model.ts';
import { samplesOf } from '../../../webviews/run/samples.ts';
import { stretches } from '../../../webviews/run/words.ts';

const time = '2026-03-14T09:26:53Z';
const sample = (step: number, prompt: string, text: string): RunEvent => ({
  event: 'sample',
  time,
  step,
  prompt,
  text,
});
const modelOf = (...events: RunEvent[]) => {
  const model = new RunModel();
  for (const event of events) model.apply(event);
  return model;
};
const resumed = (step: number) => ({ event: 'resumed', time, step, pinned: {} }) as unknown as RunEvent;

test('each prompt has its texts by step, the newest first, those of runs beside each other with what was there before', () => {
  const one = modelOf(sample(0, 'a', 'x'), sample(0, 'b', 'y'), sample(10, 'a', 'x2'), sample(10, 'b', 'y2'));
  const other = modelOf(sample(0, 'a', 'z'), sample(20, 'a', 'z2'));
  expect(samplesOf([{ model: one }, { model: other }])).toEqual([
    {
      prompt: 'a',
      rows: [
        { step: 20, texts: [undefined, 'z2'], before: ['x2', 'z'] },
        { step: 10, texts: ['x2', undefined], before: ['x', 'z'] },
        { step: 0, texts: ['x', 'z'], before: [undefined, undefined] },
      ],
    },
    {
      prompt: 'b',
      rows: [
        { step: 10, texts: ['y2', undefined], before: ['y', undefined] },
        { step: 0, texts: ['y', undefined], before: [undefined, undefined] },
      ],
    },
  ]);
});

test('what was lost with an interruption goes, and what is written again at a step takes the place of the first', () => {
  const model = modelOf(
    sample(0, 'a', 'x'),
    sample(10, 'a', 'old'),
    sample(20, 'a', 'lost'),
    resumed(10),
    sample(10, 'a', 'new'),
  );
  expect(model.samples.map(({ step, text }) => [step, text])).toEqual([
    [0, 'x'],
    [10, 'new'],
  ]);
  // One line of the list a step, not one a text.
  expect(modelOf(sample(5, 'a', 'x'), sample(5, 'b', 'y')).marks.map(({ text }) => text)).toEqual(['Samples written']);
});

const marked = (text: string, before?: string) =>
  stretches(text, before)
    .map((part) => (part.fresh ? `[${part.text}]` : part.text))
    .join('');

test.each([
  ['the wind is fair', 'the wind be fair', 'the wind[ is] fair'],
  ['all new', 'nothing alike', '[all new]'],
  ['same', 'same', 'same'],
  ['first one', undefined, 'first one'],
  ['a c d', 'a b c', 'a c[ d]'],
  ['今日は雨です', '今日は晴です', '今日は[雨]です'],
  ['', 'gone', ''],
])('new words of %j beside %j', (text, before, expected) => {
  expect(marked(text, before)).toBe(expected);
});

test('whatever the texts are, all of the new one is there, in bounded time', () => {
  const long = (word: string) => Array.from({ length: 3000 }, (_, i) => `${word}${i % 7}`).join(' \n');
  const [now, before] = [`x ${long('a')}`, `y ${long('b')}`];
  const began = performance.now();
  expect(
    stretches(now, before)
      .map(({ text }) => text)
      .join(''),
  ).toBe(now);
  expect(performance.now() - began).toBeLessThan(500);
});
