import { expect, test } from 'vitest';
import { fullMatch } from '../../../server/budget/pattern.ts';

const matches = (pattern: string, name: string): boolean | string => {
  const result = fullMatch(pattern, [name]);
  return 'fault' in result ? result.fault : result.matches[0]!;
};

/** What Python's `re.fullmatch` gives. */
test.each([
  ['.*q_proj', 'model.layers.0.q_proj', true],
  ['q_proj', 'model.layers.0.q_proj', false],
  ['model\\.layers\\.(0|1)\\..*', 'model.layers.1.q', true],
  ['.*\\.\\d+\\.q', 'a.12.q', true],
  ['a{,2}b', 'aab', true],
  ['a{,2}b', 'aaab', false],
  ['[]a]+', 'a]', true],
  ['[[a]+', '[a', true],
  ['[^]a]', 'b', true],
  ['(?P<x>a)b', 'ab', true],
  ['\\Aab\\Z', 'ab', true],
  ['(?i)AB', 'ab', true],
  ['a(?#note)b', 'ab', true],
  ['a|ab', 'ab', true],
  ['\\-\\_', '-_', true],
  // Only a backtracking engine can do these.
  ['(?!.*mlp).*proj', 'mlp.proj', false],
  ['(?!.*mlp).*proj', 'attn.proj', true],
  ['(a)\\1', 'aa', true],
  ['(?P<x>a)(?P=x)', 'aa', true],
  ['.*(?<=self_attn\\.)q', 'self_attn.q', true],
  ['a|(?=b)b', 'a', true],
] as const)('%s on %s: %s', (pattern, name, expected) => {
  expect(matches(pattern, name)).toBe(expected);
});

test.each(['(', 'a**', '[a', '\\', '\\pL', 'a++', '(?>a)', '(?x) a', '(?<x>a)', 'x{3,1}'])(
  '%s is refused',
  (pattern) => {
    expect(matches(pattern, 'a')).toBe('target-invalid');
  },
);

test('a back-tracking pattern that explodes is stopped', () => {
  const start = performance.now();
  expect(matches('(?=a)(a+)+$', `${'a'.repeat(60)}b`)).toBe('target-too-slow');
  expect(performance.now() - start).toBeLessThan(2000);
});

test('nested repeats without look-around are no problem', () => {
  expect(matches('(a+)+$', `${'a'.repeat(60)}b`)).toBe(false);
});

test.each(['a'.repeat(6000), '(x?){1000}'.repeat(100)])('patterns of excessive size are refused', (pattern) => {
  expect(matches(pattern, 'a')).toBe('target-unsupported');
});

test('a match in the sandbox reaches nothing of ours', () => {
  expect(matches('(?=a)constructor', 'constructor')).toBe(false);
});
