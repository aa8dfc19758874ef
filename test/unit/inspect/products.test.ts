/** Norms and angles of products against the m×n matrices themselves. */
import { expect, test } from 'vitest';
import { Random } from '../../../server/base/random.ts';
import { between, cosine, type Factored, inner, measure, productNorm } from '../../../server/inspect/products.ts';
import { barOf, shortest } from '../../../server/inspect/text.ts';

const random = Random.seeded(3, 'products');
const draw = (...shape: number[]) => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((size, d) => size * d, 1) }, () => random.normal()),
});
const drawn = (m: number, r: number, n: number, scale: number): Factored => ({ B: draw(m, r), A: draw(r, n), scale });

function whole({ B, A, scale }: Factored): number[] {
  const [m, r] = B.shape as [number, number];
  const n = A.shape[1]!;
  return Array.from({ length: m * n }, (_, at) => {
    let sum = 0;
    for (let k = 0; k < r; k++) sum += B.data[Math.floor(at / n) * r + k]! * A.data[k * n + (at % n)]!;
    return scale * sum;
  });
}
const dot = (x: number[], y: number[]) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);

test('norm, inner product and cosine are those of the products, for different ranks', () => {
  const [x, y] = [drawn(7, 3, 5, 2), drawn(7, 2, 5, -0.5)];
  const [X, Y] = [whole(x), whole(y)];
  expect(productNorm(x)).toBeCloseTo(Math.sqrt(dot(X, X)), 4);
  expect(inner(x, y)).toBeCloseTo(dot(X, Y), 4);
  expect(cosine(x, y)).toBeCloseTo(dot(X, Y) / Math.sqrt(dot(X, X) * dot(Y, Y)), 5);
  expect(cosine(x, { ...y, scale: 0 })).toBeUndefined();
});

test('a matrix or scalars between the factors; values that are no numbers', () => {
  const A = draw(2, 3);
  const diagonal = between({ shape: [2, 1], data: Float32Array.of(2, -1) }, A);
  expect([...diagonal.data]).toEqual([...A.data].map((value, i) => (i < 3 ? 2 : -1) * value));
  const swapped = between({ shape: [2, 2], data: Float32Array.of(0, 1, 1, 0) }, A);
  expect([...swapped.data]).toEqual([...A.data.slice(3), ...A.data.slice(0, 3)]);
  expect([
    ...between({ shape: [1, 1], data: Float32Array.of(3) }, { shape: [1, 2], data: Float32Array.of(1, 2) }).data,
  ]).toEqual([3, 6]);
  expect(measure(Float32Array.of(3, Number.NaN, 4, Number.POSITIVE_INFINITY))).toEqual({ norm: 5, notFinite: 2 });
});

test('bars in eighths, and names as short as keeps them apart', () => {
  expect([barOf(1, 3), barOf(0.5, 3), barOf(0, 3), barOf(9, 1)]).toEqual(['███', '█▌', '', '█']);
  expect(shortest(['self_attn.q_proj', 'a.dense', 'b.dense', 'dense'])).toEqual([
    'q_proj',
    'a.dense',
    'b.dense',
    'dense',
  ]);
});
