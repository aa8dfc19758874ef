/** The adapters' ops in plain float64 JavaScript, on whole matrices: what the factored tensor code must equal. */
import type { Values } from './reference.ts';

const size = (shape: number[]) => shape.reduce((n, d) => n * d, 1);

/** A tensor from a function of its indices. */
export function build(shape: number[], f: (...index: number[]) => number): Values {
  const data = Float64Array.from({ length: size(shape) }, (_, flat) => {
    const index: number[] = [];
    for (let d = shape.length - 1, rest = flat; d >= 0; d--) {
      index[d] = rest % shape[d]!;
      rest = Math.floor(rest / shape[d]!);
    }
    return f(...index);
  });
  return { shape, data };
}

export const at = ({ shape, data }: Values, ...index: number[]): number =>
  data[index.reduce((flat, i, d) => flat * shape[d]! + i, 0)]!;

export function matMul(a: Values, b: Values): Values {
  const [m, inner] = a.shape as [number, number];
  const n = b.shape[1]!;
  const data = new Float64Array(m * n);
  for (let i = 0; i < m; i++)
    for (let l = 0; l < inner; l++) {
      const factor = a.data[i * inner + l]!;
      if (factor !== 0) for (let j = 0; j < n; j++) data[i * n + j]! += factor * b.data[l * n + j]!;
    }
  return { shape: [m, n], data };
}

export const transposed = (a: Values): Values => build(a.shape.toReversed(), (i, j) => at(a, j, i));
export const plus = (a: Values, b: Values, scale = 1): Values => ({
  shape: a.shape,
  data: a.data.map((v, i) => v + scale * b.data[i]!),
});
export function diag({ data }: Values): Values {
  const whole = new Float64Array(data.length ** 2);
  data.forEach((value, i) => {
    whole[i * (data.length + 1)] = value;
  });
  return { shape: [data.length, data.length], data: whole };
}
export const identity = (n: number): Values => diag({ shape: [n], data: new Float64Array(n).fill(1) });
export const product = (first: Values, ...rest: Values[]): Values => rest.reduce(matMul, first);

/** Gauss–Jordan with partial pivoting. */
export function inverse(a: Values): Values {
  const n = a.shape[0]!;
  const rows = Array.from({ length: n }, (_, i) => [
    ...a.data.subarray(i * n, (i + 1) * n),
    ...Array.from({ length: n }, (_, j) => +(i === j)),
  ]);
  for (let c = 0; c < n; c++) {
    let best = c;
    for (let r = c; r < n; r++) if (Math.abs(rows[r]![c]!) > Math.abs(rows[best]![c]!)) best = r;
    [rows[c], rows[best]] = [rows[best]!, rows[c]!];
    const pivot = rows[c]!.map((v) => v / rows[c]![c]!);
    rows[c] = pivot;
    for (let r = 0; r < n; r++) {
      const factor = rows[r]![c]!;
      if (r !== c && factor !== 0) rows[r] = rows[r]!.map((v, j) => v - factor * pivot[j]!);
    }
  }
  return { shape: [n, n], data: Float64Array.from(rows.flatMap((row) => row.slice(n))) };
}

/** Applies `f` to each matrix of a batch. */
export function each(batch: Values, f: (matrix: Values) => Values): Values {
  const [count, ...shape] = batch.shape as [number, number, number];
  const results = Array.from({ length: count }, (_, i) =>
    f({ shape, data: batch.data.slice(i * size(shape), (i + 1) * size(shape)) }),
  );
  return { shape: [count, ...results[0]!.shape], data: Float64Array.from(results.flatMap(({ data }) => [...data])) };
}

export const cayley = (Q: Values): Values =>
  each(Q, (q) => {
    const eye = identity(q.shape[0]!);
    return matMul(plus(eye, q, -1), inverse(plus(eye, q)));
  });

/** Coefficients of 1, Q, Q², … */
export const polynomial = (Q: Values, coefficients: number[]): Values =>
  each(Q, (q) => {
    let power = identity(q.shape[0]!);
    let sum = build(q.shape, () => 0);
    for (const c of coefficients) {
      sum = plus(sum, power, c);
      power = matMul(power, q);
    }
    return sum;
  });

/** Rows of parameters as matrices: above the diagonal row by row, negated below. */
export const skew = (upper: Values, b: number): Values => {
  const place = (i: number, j: number) => i * b - (i * (i + 1)) / 2 + (j - i - 1);
  return build([upper.shape[0]!, b, b], (c, i, j) =>
    i === j ? 0 : i < j ? at(upper, c, place(i, j)) : -at(upper, c, place(j, i)),
  );
};

/** [count, b, b] -> [count·b, count·b]. */
export const blockDiagonal = (R: Values): Values => {
  const [count, b] = R.shape as [number, number];
  return build([count * b, count * b], (i, j) =>
    Math.floor(i / b) === Math.floor(j / b) ? at(R, Math.floor(i / b), i % b, j % b) : 0,
  );
};

/** PEFT's permutation of factor i: within a group of b·2ⁱ columns, the half blocks at even places, then those at odd ones. */
function butterflyPermutation(n: number, b: number, i: number): Values {
  const [group, half] = [b * 2 ** i, b / 2];
  const order = Array.from({ length: group / half }, (_, place) => place).sort((x, y) => (x % 2) - (y % 2) || x - y);
  const source = (row: number) =>
    row - (row % group) + order[Math.floor((row % group) / half)]! * half + ((row % group) % half);
  return build([n, n], (row, column) => +(source(row) === column));
}

/** The whole product of butterfly factors, Bᶠ⁻¹·…·B⁰. R: [f, n/b, b, b] -> [n, n]. */
export function butterfly(R: Values): Values {
  const [f, count, b] = R.shape as [number, number, number];
  const n = count * b;
  let whole = identity(n);
  for (let i = 0; i < f; i++) {
    const P = f === 1 ? identity(n) : butterflyPermutation(n, b, i);
    const D = blockDiagonal({ shape: [count, b, b], data: R.data.slice(i * n * b, (i + 1) * n * b) });
    whole = matMul(product(P, D, transposed(P)), whole);
  }
  return whole;
}

export const rowNorms = (a: Values): Values =>
  build([a.shape[0]!], (i) => Math.hypot(...a.data.subarray(i * a.shape[1]!, (i + 1) * a.shape[1]!)));

/** diag(S) + M, M given by its values and their places. */
export const sparse = (S: Values, values: Values, places: ArrayLike<number>): Values => {
  const M = diag(S);
  values.data.forEach((value, e) => {
    M.data[places[2 * e]! * S.data.length + places[2 * e + 1]!]! += value;
  });
  return M;
};
