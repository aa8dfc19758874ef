import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { methods } from '../../../server/methods/registry.ts';
import { applied, codes, listing, minimal, parse } from './harness.ts';

const golden = path.join(import.meta.dirname, 'golden');

test.each(['faults', 'spellings', 'syntax'])('%s: every fault at once, with its range and its fixes', async (name) => {
  const document = parse(readFileSync(path.join(golden, `${name}.peft`), 'utf8'));
  await expect(`${listing(document)}\n`).toMatchFileSnapshot(path.join(golden, `${name}.txt`));
});

test('a misspelt key is an error that names the right one', () => {
  const document = parse(minimal('training:\n  bach_size: 4\n'));
  expect(listing(document)).toBe(`7:3-7:12 error unknown-key [bach_size]
    \`bach_size\` is no field of \`training\`. Did you mean \`batch_size\`?
    fix: Rename to batch_size => batch_size: 4
    fix: Remove bach_size => (lines removed)`);
});

test('a field at its usual place elsewhere is moved there, into a new or an existing section', () => {
  const fixed = (text: string): string => {
    const document = parse(text);
    return applied(document, document.diagnostics[0]!.fixes![0]!);
  };
  const alone = fixed(minimal('training:\n  learning_rate: 2e-4\n'));
  expect(alone).toContain('training:\n  optimizer: { learning_rate: 2e-4 }\n');
  expect(parse(alone).recipe?.training.optimizer.learning_rate).toBe(2e-4);
  const block = fixed(minimal('training:\n  learning_rate: 2e-4\n  optimizer:\n    eps: 1e-7\n'));
  expect(parse(block).recipe?.training.optimizer).toMatchObject({ learning_rate: 2e-4, eps: 1e-7 });
  const flow = fixed(minimal('training: { batch_size: 2, learning_rate: 2e-4, optimizer: {eps: 1e-7} }\n'));
  expect(parse(flow).recipe?.training.optimizer).toMatchObject({ learning_rate: 2e-4, eps: 1e-7 });
});

test('the value under a foreign name still counts in a half-typed recipe', () => {
  const document = parse(minimal('    r: 32\n'));
  expect(document.recipe).toBeUndefined();
  expect(document.partial.adapters[0]).toMatchObject({ rank: 32, alpha: 32 });
});

test('what is wrong with a value is said in terms of what is expected', () => {
  const message = (more: string): string => parse(minimal(more)).diagnostics[0]!.message;
  expect(message('training: {seed: -1}')).toBe(
    '`training.seed` must be an integer of at least 0 and at most 4294967295; got -1.',
  );
  expect(message('    alpha: 0\n')).toBe('`adapters.0.alpha` must be a number above 0; got 0.');
  expect(message('training: {optimizer: {betas: [0.9]}}')).toBe(
    '`training.optimizer.betas` must be a list of 2 numbers of at least 0 and below 1; got a list.',
  );
  expect(message('budget: {memory: 8 gigs}')).toContain('must be `8GiB`, `500MB`');
  expect(message('data: {train: a.jsonl, validation: 1}')).toContain('a fraction between 0 and 1');
  expect(message('    layers_to_transform: 7-3\n')).toContain('a range such as `"4-11"`');
});

test.each([
  ['model: ./m', '{ path: ./m }'],
  ['data: a.jsonl', '{ train: a.jsonl }'],
  ['budget: 1M', '{ trainable: 1M }'],
  ['training: { scheduler: cosine }', '{ name: cosine }'],
  ['training: { optimizer: 1e-3 }', '{ learning_rate: 1e-3 }'],
])('a section given as one value, %s, becomes a mapping', (text, fixed) => {
  const document = parse(text);
  const found = document.diagnostics.find(({ code }) => code === 'wrong-type')!;
  expect(applied(document, found.fixes![0]!)).toContain(fixed);
});

test('an entry whose `method` is misspelt, or PEFT’s, is told that, and no more', () => {
  const of = (key: string) =>
    parse(minimal().replace('method', key)).diagnostics.map((d) => [d.code, d.fixes?.[0]?.title]);
  expect(of('methd')).toEqual([['unknown-key', 'Rename to method']]);
  expect(of('paht')).toEqual([['unknown-key', 'Rename to path']]);
  expect(of('peft_type')).toEqual([['hugging-face-spelling', 'Rename to method']]);
  expect(of('name')).toEqual([['required-key', undefined]]);
});

test('a field of another method is renamed to this method’s own of that kind', () => {
  const document = parse(minimal('    rank: 4\n').replace('lora', 'adalora'));
  const titles = document.diagnostics[0]!.fixes!.map(({ title }) => title);
  expect(titles).toEqual(['Rename to init_rank', 'Rename to target_rank', 'Remove rank']);
  expect(applied(document, document.diagnostics[0]!.fixes![1]!)).toContain('target_rank: 4');
});

test('an entry: unknown methods list those there are, fields of other methods say whose they are', () => {
  const known = Object.keys(methods)
    .map((id) => `\`${id}\``)
    .join(', ');
  expect(parse(minimal().replace('lora', 'lorra')).diagnostics.map((d) => d.message)).toEqual([
    `There is no method \`lorra\` here. Did you mean \`lora\`? Methods: ${known}.`,
  ]);
  expect(parse(minimal('    rank: 2\n').replace('lora', 'full')).diagnostics.map((d) => d.message)).toEqual([
    'Full fine-tuning has no `rank` (LoRA has); remove it or change the method.',
  ]);
});

test('entries need a method or a path, and names of their own', () => {
  expect(codes('version: 1\nmodel: {path: x}\nadapters: [{rank: 8}]')).toEqual(['required-key']);
  expect(codes('version: 1\nmodel: {path: x}\nadapters: [{path: saved}]')).toEqual([]);
  expect(codes('version: 1\nmodel: {path: x}\nadapters: []')).toEqual(['no-adapters']);
  expect(codes('version: 1\nmodel: {path: x}\nadapters: [lora]')).toEqual(['wrong-type']);
  const twice = '[{method: lora, name: a}, {method: lora, name: a}, {method: lora, name: ../b}]';
  expect(codes(`version: 1\nmodel: {path: x}\nadapters: ${twice}`)).toEqual(['duplicate-name', 'bad-name']);
});

test('a sweep names fields and gives values that they accept', () => {
  const sweep = (text: string) => codes(minimal(`sweep: ${text}\n`));
  expect(sweep('{adapters.0.rank: [4, auto], training.optimizer.learning_rate: [1e-3]}')).toEqual([]);
  expect(sweep('{adapters.0.rnk: [4]}')).toEqual(['unknown-sweep-path']);
  expect(sweep('{training: [4]}')).toEqual(['unknown-sweep-path']);
  expect(sweep('{adapters.0.rank: [0, 4]}')).toEqual(['wrong-type']);
  expect(sweep('{adapters.0.rank: 4}')).toEqual(['wrong-type']);
  expect(sweep('{adapters.0.rank: [4], halving: 2, budget: 90m}')).toEqual([]);
  expect(sweep('{adapters.0.rank: [4], halving: 1, budget: 90}')).toEqual(['wrong-type', 'wrong-type']);
});

test('nothing, and something that is no recipe', () => {
  expect(codes('')).toEqual(['empty-recipe']);
  expect(codes('# later\n')).toEqual(['empty-recipe']);
  expect(codes('- 1\n')).toEqual(['wrong-type']);
  expect(codes('{}')).toEqual(['required-key', 'required-key', 'required-key']);
});
