import { expect, test } from 'vitest';
import { answerScores, isExactMatch, isNumericMatch, numericAnswer } from '../../../server/metrics/answers.ts';

test.each([
  ['Half of 48 is 24, so 48 + 24 = 72.\n#### 72', 72],
  ['#### 1,234,567.50 is it, or 3', 1234567.5],
  ['so \\boxed{\\$1{,}250} dollars, 3 times', 1250],
  ['\\boxed{7} and then \\boxed{\\text{about } {12}\\%} of 99', 12],
  ['The answer is $-5.', -5],
  ['It fell by −3.5%', -3.5],
  ['Answer: -$1,000', -1000],
  ['Between 3-4', 4],
  ['1,2,3', 3],
  ['.5', 0.5],
  ['no number at all', undefined],
  ['#### none', undefined],
  ['\\boxed{unclosed 5', 5],
])('%j comes to %d', (text, value) => {
  expect(numericAnswer(text)).toBe(value);
});

test('numbers are compared as numbers, texts as texts', () => {
  expect(isNumericMatch('It is $42.00', '#### 42')).toBe(true);
  expect(isNumericMatch('It is 43', '#### 42')).toBe(false);
  expect(isNumericMatch('none', 'none')).toBe(false);
  expect(isExactMatch(' yes,\n it is ', 'yes, it is')).toBe(true);
  expect(isExactMatch('Yes', 'yes')).toBe(false);
});

test('a score is a part of the rows; numbers count where one is expected', () => {
  const answers = [
    { text: 'x = 4', expected: '#### 4' },
    { text: 'yes', expected: 'yes' },
    { text: '5', expected: '6' },
  ];
  expect(answerScores(answers)).toEqual({ exact_match: 1 / 3, numeric_match: 1 / 2 });
  expect(answerScores([{ text: 'a', expected: 'b' }])).toEqual({ exact_match: 0 });
});
