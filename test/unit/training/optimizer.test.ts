import { expect, test } from 'vitest';
import { startEngine } from '../../../server/engine/index.ts';
import { clipFactor, gradientNorm } from '../../../server/training/clip.ts';
import { AdamW, groupRate } from '../../../server/training/optimizer.ts';
import { rateFactor, warmupSteps } from '../../../server/training/schedule.ts';

test('AdamW follows the algorithm of torch.optim.AdamW', () => {
  // Parameters after each step by the formulas in torch's documentation, in float64 (training traces compare with torch itself).
  const p = Float32Array.of(1, -2, 0.5);
  const adamw = new AdamW(new Map([['p', { shape: [3], data: p }]]), {
    betas: [0.9, 0.999],
    eps: 1e-8,
    weight_decay: 0.1,
  });
  const steps = [
    { g: [0.1, -0.2, 0], after: [0.89, -1.88, 0.495] },
    { g: [0.3, 0.4, 1e-4], after: [0.7893219, -1.8978104, 0.4156468] },
    { g: [-2, 0, -1e-9], after: [0.8334533, -1.9071322, 0.353979] },
  ];
  for (const { g, after } of steps) {
    adamw.update(new Map([['p', Float32Array.from(g)]]), () => 0.1);
    for (const [i, x] of after.entries()) expect(p[i]).toBeCloseTo(x, 6);
  }
});

test('groups have their own rates', () => {
  const settings = { name: 'adamw', learning_rate: 1e-3, weight_decay: 0, betas: [0.9, 0.999], eps: 1e-8 } as const;
  const rates = (more: object) =>
    (['adapter', 'adapter-B', 'head', 'base'] as const).map((g) =>
      groupRate(g, { ...settings, betas: [0.9, 0.999], ...more }),
    );
  expect(rates({})).toEqual([1e-3, 1e-3, 1e-3, 1e-3]);
  expect(rates({ lora_plus_ratio: 16, head_learning_rate: 0.5 })).toEqual([1e-3, 16e-3, 0.5, 1e-3]);
});

test('schedules: warm-up from 0, linear and cosine to 0, as in transformers', () => {
  const curve = (name: 'linear' | 'cosine' | 'constant', more = {}) =>
    [0, 1, 2, 6, 9].map((done) => Number(rateFactor({ name, ...more }, done, 10).toFixed(6)));
  expect(curve('linear')).toEqual([1, 0.9, 0.8, 0.4, 0.1]);
  expect(curve('linear', { warmup_steps: 2 })).toEqual([0, 0.5, 1, 0.5, 0.125]);
  expect(curve('cosine', { warmup_steps: 2 })).toEqual([0, 0.5, 1, 0.5, 0.03806]);
  expect(curve('constant', { warmup_ratio: 0.11 })).toEqual([0, 0.5, 1, 1, 1]);
  expect(warmupSteps({ name: 'linear', warmup_ratio: 0.06 }, 100)).toBe(6);
});

test('clipping shortens gradients that are too long together, and no others', () => {
  const gradients = [Float32Array.of(3), Float32Array.of(0, 4)];
  expect(gradientNorm(gradients)).toBe(5);
  expect(gradientNorm([Float32Array.of(1, Number.NaN)])).toBeNaN();
  expect([clipFactor(5, 10), clipFactor(5, null)]).toEqual([1, 1]);
  expect(clipFactor(5, 1)).toBeCloseTo(0.2, 6);
});

test('large tensors, which a native kernel updates, get the numbers of small ones', async () => {
  await startEngine({ threads: 2 });
  const size = 70_000;
  const settings = { betas: [0.9, 0.99] as [number, number], eps: 1e-6, weight_decay: 0.01 };
  const values = (scale: number, length = size) => Float32Array.from({ length }, (_, i) => scale * Math.sin(i));
  const large = values(1);
  // The same numbers in pieces that are too small for the native kernel.
  const pieces = Array.from({ length: 7 }, (_, i) => large.slice(i * 10_000, (i + 1) * 10_000));
  const whole = new AdamW(new Map([['p', { shape: [size], data: large }]]), settings);
  const parts = new AdamW(new Map(pieces.map((data, i) => [`${i}`, { shape: [10_000], data }])), settings);
  for (const scale of [0.3, -2, 0.01]) {
    const gradient = values(scale);
    whole.update(new Map([['p', gradient]]), () => 0.01, 0.5);
    const cut = pieces.map((_, i) => [`${i}`, gradient.slice(i * 10_000, (i + 1) * 10_000)] as const);
    parts.update(new Map(cut), () => 0.01, 0.5);
  }
  const worst = large.reduce(
    (most, x, i) => Math.max(most, Math.abs(x - pieces[Math.floor(i / 10_000)]![i % 10_000]!)),
    0,
  );
  expect(worst).toBeLessThan(1e-6);
  expect(whole.moments.get('p')!.exp_avg[69_999]).toBeCloseTo(parts.moments.get('6')!.exp_avg[9_999]!, 7);
});
