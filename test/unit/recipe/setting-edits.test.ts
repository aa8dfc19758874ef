import { expect, test } from 'vitest';
import { withSetting } from '../../../server/recipe/setting-edits.ts';

const text = `# Mine.
version: 1
adapters:
  - method: lora # this one
    rank: 8
    target_modules: [q, v]
training:
  optimizer: { name: adamw } # as ever
  num_epochs: 3
`;

test.each([
  ['a value', ['adapters', 0, 'rank'], 16, 'rank: 8', 'rank: 16'],
  ['a list', ['adapters', 0, 'target_modules'], 'all-linear', '[q, v]', 'all-linear'],
  ['a field of an entry', ['adapters', 0, 'alpha'], 32, '# this one', '# this one\n    alpha: 32'],
  [
    'a map whose keys have dots',
    ['adapters', 0, 'rank_pattern'],
    { 'a.b': 2 },
    '# this one',
    '# this one\n    rank_pattern: {"a.b":2}',
  ],
  ['a field in braces', ['training', 'optimizer', 'learning_rate'], 1e-8, '{ name', '{ learning_rate: 1e-8, name'],
  [
    'a section within one',
    ['training', 'scheduler', 'name'],
    'cosine',
    'num_epochs: 3',
    'num_epochs: 3\n  scheduler: { name: cosine }',
  ],
  ['a section of the whole', ['data', 'max_length'], 64, 'num_epochs: 3', 'num_epochs: 3\ndata: { max_length: 64 }'],
  ['a field taken out', ['adapters', 0, 'rank'], undefined, '    rank: 8\n', ''],
  ['a field that is not there taken out', ['training', 'seed'], undefined, '', ''],
] as const)('%s', (_, path, value, from, to) => {
  expect(withSetting(text, path, value)).toBe(text.replace(from, to));
});

test.each([
  ['a fault of syntax', 'adapters: [', ['adapters', 0, 'rank']],
  ['an alias', 'a: &a { rank: 1 }\nadapters:\n  - *a\n', ['adapters', 0, 'rank']],
  ['an entry that is not there', text, ['adapters', 1, 'rank']],
  ['a section that is none', 'training: 3\n', ['training', 'seed']],
])('%s is left alone', (_, given, path) => {
  expect(withSetting(given, path, 2)).toBeUndefined();
});
