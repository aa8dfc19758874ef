import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEngine } from '../../../../server/engine/index.ts';
import { type Linalg, startLinalg } from '../../../../server/engine/linalg/index.ts';
import { useSwiftShader } from '../swiftshader.ts';
import { matrix, noise, quality, worst } from './oracles.ts';

const available = useSwiftShader();

describe.skipIf(!available)('decompositions through products on the GPU', () => {
  let gpu: Linalg;
  let processor: Linalg;
  beforeAll(async () => {
    processor = await startLinalg();
    await startEngine({ backend: 'webgpu' });
    gpu = await startLinalg({ kernel: 'webgpu' });
  });
  afterAll(() => Promise.all([gpu.close(), processor.close()]));

  test('a truncated SVD is as near as the processor’s', async () => {
    const next = noise(9);
    const w = matrix(180, 150, (i, j) => Math.sin(i * 0.3 + j) + Math.cos(j * 0.7 - i) / 3 + 0.02 * next());
    const settings = { oversampling: 24, iterations: 2 };
    const [found, wanted] = await Promise.all([
      gpu.truncatedSvd(w, 4, settings),
      processor.truncatedSvd(w, 4, settings),
    ]);
    expect(gpu.kernel).toBe('webgpu');
    expect(worst(found.s, wanted.s)).toBeLessThan(1e-5 * wanted.s[0]!);
    expect(found.orthogonality).toBeLessThan(1e-5);
    expect(quality(w, found).residual).toBeCloseTo(found.residual, 4);
    expect(found.residual).toBeLessThan(1.001 * wanted.residual);
  });

  test('what is not near a low rank, or not finite, is handled as on the processor', async () => {
    const rows = matrix(120, 100, (i, j) => (i < 2 ? Math.sin(i + j) : 0));
    const found = await gpu.truncatedSvd(rows, 4, { oversampling: 8, iterations: 2 });
    expect(found.orthogonality).toBeLessThan(1e-5);
    const broken = matrix(100, 100, (i, j) => (i === 3 && j === 4 ? Number.NaN : 1));
    await expect(gpu.truncatedSvd(broken, 2)).rejects.toMatchObject({ code: 'matrix-not-finite' });
  });
});

test('a kernel on a backend that is not in use is an error that names both', async () => {
  const started = await startEngine(available ? { backend: 'webgpu' } : {});
  await expect(startLinalg({ kernel: 'tensorflow' })).rejects.toMatchObject({
    code: 'linalg-unavailable',
    message: expect.stringContaining(started.backend),
  });
});
