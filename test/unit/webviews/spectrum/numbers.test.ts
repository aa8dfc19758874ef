import { expect, it } from 'vitest';
import { cellShare, four, three } from '../../../../webviews/spectrum/numbers.ts';

it('keeps zeros at the end, so that numbers below each other line up', () => {
  expect([13, 17.42, 9.4, 0.5, 0, 385.6, 1234.6].map(three)).toEqual([
    '13.0',
    '17.4',
    '9.40',
    '0.500',
    '0',
    '386',
    '1,235',
  ]);
  expect([3.58, 3.4652, 0.89, 610.5].map(four)).toEqual(['3.580', '3.465', '0.8900', '610.5']);
});

it('writes shares with one decimal, small ones with one digit, and only all of it as 100%', () => {
  expect([0, 0.23, 0.2391, 0.99999, 1, 0.00042, 1e-9].map(cellShare)).toEqual([
    '0.0%',
    '23.0%',
    '23.9%',
    '>99.9%',
    '100.0%',
    '0.04%',
    '<0.0001%',
  ]);
});
