import { expect, test } from 'vitest';
import { selectModules } from '../../../../server/jobs/spectra/select.ts';

const names = [
  'model.layers.0.self_attn.q_proj',
  'model.layers.10.self_attn.q_proj',
  'model.layers.0.mlp.down_proj',
  'lm_head',
];
const select = (pattern: string | undefined) =>
  selectModules(names, pattern, (name) => name).map((n) => names.indexOf(n));

test.each([
  [undefined, [0, 1, 2, 3]],
  ['*', [0, 1, 2, 3]],
  ['q_proj', [0, 1]],
  ['lm_head', [3]],
  ['layers.0.*', [0, 2]],
  ['0.*', [0, 2]],
  ['model.layers.*.q_proj', [0, 1]],
  ['*.10.*', [1]],
  ['*_proj, lm_head', [0, 1, 2, 3]],
  ['self*q_proj', [0, 1]],
])('%s', (pattern, expected) => expect(select(pattern)).toEqual(expected));

test.each(['', 'proj', 'q_proj*x', 'model', '0', 'layers.1.*', 'a*'])('%j matches nothing', (pattern) => {
  expect(() => select(pattern)).toThrow(expect.objectContaining({ code: 'no-module-matches' }));
});

test('a hostile pattern takes no time', () => {
  const began = performance.now();
  expect(() => selectModules(['a'.repeat(5000)], `${'a*'.repeat(2000)}b`, (name) => name)).toThrow();
  expect(performance.now() - began).toBeLessThan(500);
});
