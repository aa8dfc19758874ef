import { expect, test } from 'vitest';
import { byOption, energyOption, intervalOption, ofOption } from '../../../../server/cli/spectrum/options.ts';

const usage = expect.objectContaining({ code: 'usage', kind: 'input' });

test('parts: all that there are, in their order; those of an adapter need one', () => {
  expect(ofOption(undefined, false)).toEqual(['base']);
  expect(ofOption(undefined, true)).toEqual(['base', 'merged', 'update']);
  expect(ofOption('update, base', true)).toEqual(['base', 'update']);
  expect(() => ofOption('update', false)).toThrow(usage);
  expect(() => ofOption('delta', true)).toThrow(usage);
});

test('interval and energies are numbers that make sense', () => {
  expect(intervalOption(undefined)).toEqual([0.1, 1.1]);
  expect(intervalOption('0,2.5')).toEqual([0, 2.5]);
  expect(energyOption('0.5,1')).toEqual([0.5, 1]);
  for (const wrong of ['', '1', '2,1', 'a,b', '0,1,2', '0,']) expect(() => intervalOption(wrong)).toThrow(usage);
  for (const wrong of ['', '0', '1.5', '90%']) expect(() => energyOption(wrong)).toThrow(usage);
});

test('lines are for matrices or kinds', () => {
  expect([byOption(undefined), byOption('kind')]).toEqual([undefined, 'kind']);
  expect(() => byOption('layer')).toThrow(usage);
});
