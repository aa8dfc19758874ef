/** The ops in plain float64 JavaScript, as their papers write them: slow, obvious, and the judge of the tensor code. */

/** Row-major values with their shape. */
export interface Values {
  shape: number[];
  data: Float64Array;
}

const size = (shape: number[]) => shape.reduce((n, d) => n * d, 1);

/** Repeatable values in [−1, 1). */
export function values(shape: number[], seed: number): Values {
  let state = seed * 2654435761;
  const next = () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return ((state >>> 0) / 2 ** 32) * 2 - 1;
  };
  // Rounded to float32, so that both sides start from the same numbers.
  return { shape, data: Float64Array.from({ length: size(shape) }, () => Math.fround(next())) };
}

/** Applies `f` to each row of the last axis. */
function rowwise(x: Values, f: (row: number[], index: number) => number[]): Values {
  const n = x.shape.at(-1)!;
  const rows = Array.from({ length: x.data.length / n }, (_, i) => f([...x.data.subarray(i * n, (i + 1) * n)], i));
  return { shape: [...x.shape.slice(0, -1), rows[0]!.length], data: Float64Array.from(rows.flat()) };
}

const mean = (row: number[]) => row.reduce((a, b) => a + b, 0) / row.length;

export const rmsNorm = (x: Values, weight: Values, eps: number): Values =>
  rowwise(x, (row) => {
    const rms = Math.sqrt(mean(row.map((v) => v * v)) + eps);
    return row.map((v, i) => (v / rms) * weight.data[i]!);
  });

export const layerNorm = (x: Values, weight: Values, bias: Values, eps: number): Values =>
  rowwise(x, (row) => {
    const m = mean(row);
    const deviation = Math.sqrt(mean(row.map((v) => (v - m) ** 2)) + eps);
    return row.map((v, i) => ((v - m) / deviation) * weight.data[i]! + bias.data[i]!);
  });

/** Taylor series, exact to float64 for the arguments in use here (|x| < 4). */
function erf(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 120; n++) {
    term *= -(x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

export const gelu = (x: Values, form: 'erf' | 'tanh'): Values => ({
  shape: x.shape,
  data: x.data.map((v) =>
    form === 'erf'
      ? 0.5 * v * (1 + erf(v / Math.SQRT2))
      : 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3))),
  ),
});

export const siluGate = (gate: Values, up: Values): Values => ({
  shape: gate.shape,
  data: gate.data.map((v, i) => (v / (1 + Math.exp(-v))) * up.data[i]!),
});

export function rotary(x: Values, cos: Values, sin: Values): Values {
  const [, heads, time] = x.shape as [number, number, number];
  const half = cos.shape.at(-1)!;
  return rowwise(x, (row, index) => {
    const t = index % time;
    const batch = cos.shape.length === 3 ? Math.floor(index / (heads * time)) : 0;
    const at = (table: Values, i: number) => table.data[(batch * time + t) * half + i]!;
    return row.map((v, i) => {
      if (i >= 2 * half) return v;
      return i < half
        ? v * at(cos, i) - row[i + half]! * at(sin, i)
        : v * at(cos, i - half) + row[i - half]! * at(sin, i - half);
    });
  });
}

export function softmax(row: number[]): number[] {
  const top = Math.max(...row);
  const e = row.map((v) => Math.exp(v - top));
  const total = e.reduce((a, b) => a + b, 0);
  return e.map((v) => v / total);
}

export function attention(q: Values, k: Values, v: Values, bias: Values, scale: number, cap = 0): Values {
  const [, heads, time, d] = q.shape as [number, number, number, number];
  const [, kvHeads, source] = k.shape as [number, number, number];
  const [biasBatch, biasHeads, biasTime] = bias.shape as [number, number, number];
  return rowwise(q, (row, index) => {
    const t = index % time;
    const head = Math.floor(index / time) % heads;
    const batch = Math.floor(index / (time * heads));
    const kv = (batch * kvHeads + Math.floor((head * kvHeads) / heads)) * source;
    const biasRow =
      ((biasBatch === 1 ? 0 : batch) * biasHeads + (biasHeads === 1 ? 0 : head)) * biasTime + (biasTime === 1 ? 0 : t);
    const p = softmax(
      Array.from({ length: source }, (_, s) => {
        const score = scale * row.reduce((sum, value, i) => sum + value * k.data[(kv + s) * d + i]!, 0);
        return (cap > 0 ? cap * Math.tanh(score / cap) : score) + bias.data[biasRow * source + s]!;
      }),
    );
    return row.map((_, i) => p.reduce((sum, w, s) => sum + w * v.data[(kv + s) * d + i]!, 0));
  });
}

/** Row j − i + time − 1 of `keys` for query i and key j, row i − j + time − 1 of `queries`. */
export function relativeAttention(
  { q, k, v, keys, queries }: Record<'q' | 'k' | 'v' | 'keys' | 'queries', Values>,
  bias: Values,
  scale: number,
): Values {
  const [, heads, time, d] = q.shape as [number, number, number, number];
  const dot = (a: Values, i: number, b: Values, j: number) =>
    Array.from({ length: d }, (_, n) => a.data[i * d + n]! * b.data[j * d + n]!).reduce((sum, x) => sum + x, 0);
  return rowwise(q, (_, index) => {
    const [i, item] = [index % time, Math.floor(index / time)];
    const [masks, , maskTime] = bias.shape as [number, number, number];
    const maskRow = (masks === 1 ? 0 : Math.floor(item / heads)) * maskTime + (maskTime === 1 ? 0 : i);
    const table = (item % heads) * (2 * time - 1) + time - 1;
    const scores = Array.from({ length: time }, (_, j) => {
      const key = item * time + j;
      const score = dot(q, index, k, key) + dot(q, index, keys, table + j - i) + dot(k, key, queries, table + i - j);
      return score * scale + bias.data[maskRow * time + j]!;
    });
    const p = softmax(scores);
    return Array.from({ length: d }, (_, n) =>
      p.reduce((sum, w, j) => sum + w * v.data[(item * time + j) * d + n]!, 0),
    );
  });
}

export const crossEntropy = (logits: Values, labels: number[], ignoreIndex: number): Values => {
  const losses = rowwise(logits, (row, i) => [labels[i] === ignoreIndex ? 0 : -Math.log(softmax(row)[labels[i]!]!)]);
  return { shape: [labels.length], data: losses.data };
};

export const embedding = (weight: Values, ids: number[], shape: number[]): Values => {
  const width = weight.shape[1]!;
  return {
    shape: [...shape, width],
    data: Float64Array.from(ids.flatMap((id) => [...weight.data.subarray(id * width, (id + 1) * width)])),
  };
};

export const linear = (x: Values, weight: Values): Values => {
  const [m, n] = weight.shape as [number, number];
  return rowwise(x, (row) =>
    Array.from({ length: m }, (_, j) => row.reduce((sum, v, i) => sum + v * weight.data[j * n + i]!, 0)),
  );
};

/** Central differences of Σ f·direction with respect to one input. */
export function slope(input: Values, direction: Values, f: () => Values): Float64Array {
  const step = 1e-5;
  const along = () => f().data.reduce((sum, v, i) => sum + v * direction.data[i]!, 0);
  return input.data.map((original, i) => {
    input.data[i] = original + step;
    const above = along();
    input.data[i] = original - step;
    const below = along();
    input.data[i] = original;
    return (above - below) / (2 * step);
  });
}
