import { expect, test } from 'vitest';
import { parseQuantity, quantityText } from '../../../server/recipe/quantity.ts';
import { minimal, parse } from './harness.ts';

test('three fields are a recipe; the rest are the documented defaults', () => {
  const { recipe, diagnostics } = parse(minimal());
  expect(diagnostics).toEqual([]);
  expect(recipe).toEqual({
    version: 1,
    name: 'test',
    model: { path: 'base', task: 'causal-lm', dtype: 'float32' },
    adapters: [
      {
        name: 'lora',
        method: 'lora',
        rank: 8,
        alpha: 8,
        exclude_modules: [],
        layers_to_transform: 'all',
        rank_pattern: {},
        alpha_pattern: {},
        options: { dropout: 0, use_rslora: false, init: 'default', bias: 'none' },
      },
    ],
    training: {
      num_epochs: 3,
      batch_size: 8,
      gradient_accumulation_steps: 1,
      optimizer: { name: 'adamw', learning_rate: 1e-3, weight_decay: 0, betas: [0.9, 0.999], eps: 1e-8 },
      scheduler: { name: 'linear' },
      max_grad_norm: 1,
      seed: 42,
      logging: [],
      logging_steps: 1,
      backend: 'auto',
      gradient_checkpointing: false,
      group_by_length: false,
      label_smoothing: 0,
      check: 'auto',
    },
    budget: {},
    output: 'runs',
  });
});

test('what follows from other fields: alpha from rank, names from methods, the rate from the method', () => {
  const { recipe } = parse(
    minimal('    rank: 32\n  - {method: lora, rank: 4, alpha: 1}\n  - {method: lora, rank: auto}\n'),
  );
  expect(recipe?.adapters.map(({ name, alpha }) => [name, alpha])).toEqual([
    ['lora', 32],
    ['lora-2', 1],
    ['lora-3', undefined],
  ]);
  expect(parse(minimal().replace('lora', 'full')).recipe?.training.optimizer.learning_rate).toBe(5e-5);
});

test('layers as a list, a range, one number', () => {
  const layers = (text: string) =>
    parse(minimal(`    layers_to_transform: ${text}\n`)).recipe?.adapters[0]?.layers_to_transform;
  expect(layers('[1, 0, 1]')).toEqual([1, 0]);
  expect(layers('"2-4"')).toEqual([2, 3, 4]);
  expect(layers('7')).toEqual([7]);
  expect(layers('all')).toBe('all');
});

test('null switches clipping off', () => {
  expect(parse(minimal('training: {max_grad_norm: null}')).recipe?.training.max_grad_norm).toBeNull();
});

test('JSON is a recipe too', () => {
  const text = '{"version": 1, "model": {"path": "x"}, "adapters": [{"method": "lora", "target_modules": ["q_proj"]}]}';
  expect(parse(text).recipe?.adapters[0]?.target_modules).toEqual(['q_proj']);
});

test('anchors and aliases', () => {
  const text =
    'version: 1\nmodel: {path: x}\nadapters:\n  - &a {method: lora, target_modules: &t [q, v]}\n  - {method: full, target_modules: *t}\n';
  expect(parse(text).recipe?.adapters[1]?.target_modules).toEqual(['q', 'v']);
});

test.each([
  ['\uFEFF', minimal()],
  ['', minimal().replaceAll('\n', '\r\n')],
  ['', minimal().replaceAll('\n', '\r')],
])('byte order mark and other line ends: %j', (start, text) => {
  expect(parse(start + text).diagnostics).toEqual([]);
  expect(parse(start + text).recipe).toEqual(parse(minimal()).recipe);
});

test.each([
  ['100k', 'parameters', { absolute: 100_000 }],
  ['1.5M', 'parameters', { absolute: 1_500_000 }],
  [98304, 'parameters', { absolute: 98_304 }],
  ['0.1%', 'parameters', { percent: 0.1 }],
  ['8GiB', 'bytes', { absolute: 8 * 2 ** 30 }],
  ['500 MB', 'bytes', { absolute: 500e6 }],
  ['8GiB', 'parameters', undefined],
  ['0%', 'bytes', undefined],
  ['101%', 'bytes', undefined],
  [-1, 'bytes', undefined],
  ['1e3', 'parameters', undefined],
  [true, 'bytes', undefined],
] as const)('quantity %j of %s', (value, unit, expected) => {
  const quantity = parseQuantity(value, unit);
  expect(quantity).toEqual(expected);
  if (quantity) expect(parseQuantity(quantityText(quantity), unit)).toEqual(quantity);
});

test('a time has a unit, and is some time', () => {
  const seconds = (value: unknown) => {
    const quantity = parseQuantity(value, 'time');
    return quantity && 'absolute' in quantity ? quantity.absolute : quantity;
  };
  expect(['2h', '1.5h', '90m', '90 min', '45s', '1d'].map(seconds)).toEqual([7200, 5400, 5400, 5400, 45, 86400]);
  expect([2, '2', '50%', '0h', '2 weeks', 'h'].map(seconds)).toEqual(Array(6).fill(undefined));
});
