import { expect, test } from 'vitest';
import { methodOf, methods } from '../../../server/methods/registry.ts';
import type { MatrixSettings, Method } from '../../../server/methods/types.ts';

const settings = (rank: number, options = {}): MatrixSettings => ({ rank, alpha: rank, options });
const matrix = (m: number, n: number, bias = false) => ({
  name: 'layer.q_proj',
  m,
  n,
  bias,
  parameters: { weight: [m, n], ...(bias && { bias: [m] }) },
});

test('LoRA counts r(m + n), and says how', () => {
  expect(methods.lora.trainable(matrix(4096, 4096), settings(16))).toBe(131_072);
  expect(methods.lora.filledIn(matrix(1024, 4096), settings(8))).toBe('8·(1024 + 4096) = 40,960');
});

test('LoRA refuses ranks above min(m, n), and odd ones for the orthogonal init', () => {
  const check = (rank: number, options = {}) =>
    methods.lora.check(matrix(16, 64), settings(rank, options)).map(({ code, field }) => `${code} ${field}`);
  expect(check(16)).toEqual([]);
  expect(check(17)).toEqual(['rank-too-large rank']);
  expect(check(3, { init: 'orthogonal' })).toEqual(['rank-odd rank']);
});

test('LoRA-XS counts r² whatever the matrix, and holds r(m + n) frozen', () => {
  expect(methods['lora-xs'].trainable(matrix(4096, 1024), settings(16))).toBe(256);
  expect(methods['lora-xs'].filledIn(matrix(4096, 4096), settings(64))).toBe('64² = 4,096');
  expect(methods['lora-xs'].heldFactors!(matrix(4096, 1024), settings(16))).toBe(16 * 5120);
  expect(methods['lora-xs'].check(matrix(16, 64), settings(17))).toMatchObject([{ code: 'rank-too-large' }]);
  expect(methods['lora-xs'].takes!(settings(2, { retain: 'bottom' }))).toBe('bottom');
});

test('Tied-LoRA counts r(m + n) once and r + m a matrix', () => {
  const { 'tied-lora': tied } = methods;
  expect(tied.tied!(matrix(4096, 1024), settings(16))).toBe(16 * 5120);
  expect(tied.trainable(matrix(4096, 1024), settings(16))).toBe(16 + 4096);
  expect(tied.filledIn(matrix(16, 64), settings(2))).toBe('2·(16 + 64) = 160 once, and 2 + 16 = 18');
});

test('PiSSA and MiLoRA count as LoRA does, and take the two ends of the spectrum', () => {
  for (const method of [methods.pissa, methods.milora]) {
    expect(method.trainable(matrix(4096, 1024), settings(16))).toBe(16 * 5120);
    expect(method.check(matrix(16, 64), settings(17))).toMatchObject([{ code: 'rank-too-large' }]);
  }
  expect([methods.pissa, methods.milora].map((method) => method.takes!(settings(2)))).toEqual(['top', 'bottom']);
});

test("PEFT's names of PiSSA are read, and nothing else as it", () => {
  const config = { peft_type: 'LORA', r: 4, lora_alpha: 8 };
  const read = (init: unknown) => methods.pissa.fromPeft!({ ...config, init_lora_weights: init });
  expect(read('pissa')).toMatchObject({ rank: 4, alpha: 8, options: { svd: 'full' } });
  expect(read('pissa_niter_16')).toMatchObject({ options: { niter: 16 } });
  for (const init of [true, 'olora', 'pissa_', 'pissa_niter_x', 7]) expect(read(init)).toBeUndefined();
});

test('OFT counts b(b − 1)/2 a block, by its size or by the number of blocks, and one block where it is shared', () => {
  const { oft } = methods;
  expect(oft.trainable(matrix(1024, 4096), settings(0))).toBe(63_488);
  expect(oft.trainable(matrix(1024, 4096), settings(8))).toBe((8 * 512 * 511) / 2);
  expect(oft.filledIn(matrix(1024, 4096), settings(0, { block_size: 16 }))).toBe('(4096/16)·16·15/2 = 30,720');
  expect(oft.filledIn(matrix(1024, 4096), settings(0, { block_share: true }))).toBe('1·32·31/2 = 496');
  expect(oft.updateRank(matrix(1024, 30), settings(0, { block_size: 3 }))).toBe(20);
});

test('OFT names the divisors where a block size or a number of blocks does not divide, and refuses what PEFT refuses', () => {
  const check = (rank: number, options = {}, kind = 'linear') =>
    methods.oft
      .check({ ...matrix(16, 12), kind }, settings(rank, options))
      .map(({ code, field }) => `${code} ${field}`);
  expect(check(0, { block_size: 6 })).toEqual([]);
  expect(check(0, { block_size: 5 })).toEqual(['block-size-not-divisor block_size']);
  expect(check(4)).toEqual([]);
  expect(check(12)).toEqual(['block-size-not-divisor rank']);
  expect(check(4, { block_size: 3 })).toEqual(['block-size-and-rank rank']);
  expect(check(4, {}, 'conv1d')).toEqual(['transposed-weights rank']);
  expect(methods.oft.check(matrix(16, 12), settings(0))).toMatchObject([
    {
      message: 'block_size 32 does not divide the 12 inputs of layer.q_proj (16×12); 2, 3, 4, 6, 12 would.',
      allowed: [2, 3, 4, 6, 12],
    },
  ]);
});

test("OFT adapters of PEFT before 0.14, whose parameters were others, are not read as today's", () => {
  expect(methods.oft.fromPeft!({ peft_type: 'OFT', r: 8 })).toBeUndefined();
  expect(methods.oft.fromPeft!({ peft_type: 'OFT', r: 8, oft_block_size: 0 })).toMatchObject({ rank: 8 });
});

test('BOFT counts f·n·b + m', () => {
  const { boft } = methods;
  const options = { block_size: 4, butterfly_factors: 1 };
  expect(boft.trainable(matrix(4096, 4096), settings(0, options))).toBe(20_480);
  expect(boft.filledIn(matrix(16, 64), settings(0, { ...options, butterfly_factors: 3 }))).toBe('3·64·4 + 16 = 784');
});

test('BOFT says what does not fit: the block size, its halves, or the number of factors', () => {
  const check = (n: number, block_size: number, butterfly_factors: number) =>
    methods.boft.check(matrix(16, n), settings(0, { block_size, butterfly_factors }));
  expect(check(24, 6, 3)).toEqual([]);
  expect(check(24, 3, 1)).toEqual([]);
  expect(check(24, 5, 2)).toMatchObject([{ code: 'block-size-not-divisor', allowed: [2, 4, 6, 12] }]);
  expect(check(24, 3, 2)).toMatchObject([{ code: 'block-size-odd', allowed: [2, 4, 6, 12] }]);
  expect(check(24, 6, 4)).toMatchObject([{ code: 'too-many-factors', field: 'butterfly_factors', allowed: [1, 2, 3] }]);
});

test('full counts every parameter of a module', () => {
  expect(methods.full.trainable(matrix(16, 64, true), settings(0))).toBe(16 * 64 + 16);
  expect(methods.full.filledIn(matrix(16, 64, true), settings(0))).toBe('16·64 + 16 = 1,040');
});

test.each(Object.entries(methods) as [string, Method][])('%s is documented and consistent', (id, method) => {
  expect(method.id).toBe(id);
  expect(methodOf(id)).toBe(method);
  for (const text of [method.title, method.summary, method.doc, method.formula]) expect(text).toMatch(/\w/);
  for (const field of method.fields) {
    expect(field.doc, field.name).toMatch(/\.$/);
    expect(field.default !== undefined || field.defaultText !== undefined, field.name).toBe(true);
    if (field.type === 'enum') expect(Object.keys(field.valueDocs ?? {})).toEqual(field.values);
  }
});

test('names of Object are no methods', () => {
  expect(methodOf('toString')).toBeUndefined();
  expect(methodOf('__proto__')).toBeUndefined();
});
