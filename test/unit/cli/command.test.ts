import { expect, test } from 'vitest';
import { command, parseArguments, positiveNumber, wholeNumber } from '../../../server/cli/command.ts';

const demo = command({
  name: 'demo',
  summary: 'A command.',
  positionals: ['MODEL', '[MORE]'],
  options: {
    output: { type: 'string', short: 'o', value: 'DIR', required: true, doc: 'Where to.' },
    force: { type: 'boolean', doc: 'Anyway.' },
  },
  run: async () => 0,
});
const parse = (...argv: string[]) => parseArguments(demo, argv);

test('positionals, options and their short forms', () => {
  expect(parse('a', '-o', 'b', '--json')).toEqual({
    positionals: ['a'],
    options: { output: 'b', force: false, json: true, help: false },
  });
});

test.each([['--output'], ['-o']])('the value of %s may be a negative number', (option) => {
  expect(parse('a', option, '-1').options).toMatchObject({ output: '-1' });
  expect(parse('a', option, 'b', '--', '-1')).toMatchObject({ positionals: ['a', '-1'] });
});

test('help needs no arguments', () => {
  expect(parse('--help').options).toMatchObject({ help: true });
});

test.each([
  [['-o', 'b'], 'needs MODEL', undefined],
  [['a'], 'needs --output', 'Where to.'],
  [['a', 'b', 'c', '-o', 'd'], 'does not take "c"', undefined],
  [['a', '--ouput', 'b'], 'has no option --ouput', 'Did you mean --output?'],
  [['a', '-x'], 'has no option -x', '--help'],
  [['a', '--output'], 'argument missing', undefined],
  [['a', '--force=yes', '-o', 'b'], 'does not take an argument', undefined],
])('%j is a fault of usage', (argv, message, hint) => {
  expect(() => parse(...argv)).toThrow(
    expect.objectContaining({
      code: 'usage',
      kind: 'input',
      message: expect.stringContaining(message),
      ...(hint && { hint: expect.stringContaining(hint) }),
    }),
  );
});

test.each(['', 'x', '1.5', '-1', '1e99', 'NaN'])('%j is no whole number', (text) => {
  expect(() => wholeNumber('n', text, 1)).toThrow(expect.objectContaining({ code: 'usage' }));
});

test('numbers from options, or their defaults', () => {
  expect([wholeNumber('n', '12', 1), wholeNumber('n', undefined, 7), positiveNumber('t', '0.5', 1)]).toEqual([
    12, 7, 0.5,
  ]);
  expect(() => positiveNumber('t', 'Infinity', 1)).toThrow(expect.objectContaining({ code: 'usage' }));
});
