import { expect, test } from 'vitest';
import { restoreView, usualSettings } from '../../../../webviews/playground/view-state.ts';
import { endingText, settingsText, stopLines, stopsOf } from '../../../../webviews/playground/words.ts';

const ending = { reason: 'end', promptTokens: 9, tokens: 11, promptSeconds: 1, seconds: 1.5 } as const;

test('an ending says how much, how fast after the first token, and why', () => {
  expect(endingText(ending)).toBe('11 tokens · 20 tokens/s · end token');
  expect(endingText({ ...ending, tokens: 2, reason: 'length' })).toBe('2 tokens · 2.0 tokens/s · token limit');
  expect(endingText({ ...ending, tokens: 1, seconds: 1 })).toBe('1 token · end token');
  expect(endingText({ ...ending, tokens: 0, reason: 'stopped' })).toBe('stopped');
});

test('settings name what is on', () => {
  expect(settingsText(usualSettings)).toBe('temperature 0.7 · top-k 50 · top-p 0.95 · seed 42');
  const greedy = { ...usualSettings, temperature: 0, repetitionPenalty: 1.2, stop: ['\n'] };
  expect(settingsText(greedy)).toBe('greedy · repetition penalty 1.2 · stop at "\\n"');
});

test('stop texts are lines, with line breaks written as \\n', () => {
  expect(stopsOf('\\nUser:\n\nEnd\\t')).toEqual(['\nUser:', 'End\t']);
  expect(stopLines(['\nUser:', 'End\t'])).toBe('\\nUser:\nEnd\\t');
});

test('a page that comes back has what it kept; what had no end was stopped', () => {
  expect(restoreView(undefined)).toEqual({ prompt: '', settings: usualSettings, weight: 1, history: [] });
  const answers = { base: { text: 'a', ending }, adapted: { text: 'b' } };
  const exchange = { id: '1', prompt: 'x', settings: usualSettings, weight: 1, answers };
  const view = restoreView({ prompt: 'x', settings: { seed: 7 }, history: [exchange] });
  expect(view.settings).toEqual({ ...usualSettings, seed: 7 });
  expect(view.history[0]!.answers.base).toEqual(answers.base);
  expect(view.history[0]!.answers.adapted).toMatchObject({ text: 'b', ending: { reason: 'stopped' } });
});
