/** Block rotations in double precision, for merging: what `engine/ops/cayley.ts` and `block-rotate.ts` compute in a step. */
import type { HostTensor } from '../base/tensor.ts';

/** b×b, row by row. */
export type Block = Float64Array;

/** Blocks with the elements above the diagonal in `upper` [count, b(b−1)/2], row by row, and their negatives below. */
export function skewBlocks({ shape, data }: HostTensor, b: number): Block[] {
  const width = shape[1]!;
  return Array.from({ length: shape[0]! }, (_, block) => {
    const q = new Float64Array(b * b);
    let at = block * width;
    for (let i = 0; i < b; i++)
      for (let j = i + 1; j < b; j++, at++) {
        q[i * b + j] = data[at]!;
        q[j * b + i] = -data[at]!;
      }
    return q;
  });
}

/** (X − Xᵀ)/2 of each b×b matrix of `data`. */
export function skewParts(data: ArrayLike<number>, b: number): Block[] {
  return Array.from({ length: data.length / (b * b) }, (_, block) => {
    const at = block * b * b;
    return Float64Array.from({ length: b * b }, (_, i) => {
      const transposed = (i % b) * b + Math.floor(i / b);
      return (data[at + i]! - data[at + transposed]!) / 2;
    });
  });
}

/** (I − Q)(I + Q)⁻¹ = 2(I + Q)⁻¹ − I. */
export function cayleyBlock(q: Block, b: number): Block {
  const inverse = inverted(
    q.map((value, i) => value + (i % (b + 1) === 0 ? 1 : 0)),
    b,
  );
  return inverse.map((value, i) => 2 * value - (i % (b + 1) === 0 ? 1 : 0));
}

/** I + 2Q + … + Qᵖ as `cayleySeries` cuts it off; `terms` ≥ 2. */
export function seriesBlock(q: Block, b: number, terms: number): Block {
  const last = terms === 2 ? 1 : Math.max(terms - 1, 3);
  const sum = q.map((value, i) => 2 * value + (i % (b + 1) === 0 ? 1 : 0));
  let power = q;
  for (let p = 2; p <= last; p++) {
    power = product(power, q, b);
    const factor = p === last ? 1 : 2;
    for (let i = 0; i < sum.length; i++) sum[i]! += factor * power[i]!;
  }
  return sum;
}

/**
 * w·Bᵀ, B with the blocks on its diagonal, or one block all along it. With `stride` above 1 a block's columns are two half blocks, that many
 * half blocks apart, as in a butterfly. w: [m, n] -> the same shape.
 */
export function turnedBack(w: Float64Array, n: number, blocks: readonly Block[], b: number, stride = 1): Float64Array {
  const out = new Float64Array(w.length);
  const columns = Array.from({ length: n / b }, (_, block) => columnsOf(block, b, stride));
  for (let row = 0; row < w.length; row += n)
    for (const [block, at] of columns.entries()) {
      const r = blocks[blocks.length === 1 ? 0 : block]!;
      for (let c = 0; c < b; c++) {
        let sum = 0;
        for (let k = 0; k < b; k++) sum += w[row + at[k]!]! * r[c * b + k]!;
        out[row + at[c]!] = sum;
      }
    }
  return out;
}

/** The columns of one block: `block-rotate.ts` says which. */
function columnsOf(block: number, b: number, stride: number): number[] {
  if (stride === 1) return Array.from({ length: b }, (_, k) => block * b + k);
  const half = b / 2;
  const start = Math.floor(block / stride) * b * stride + (block % stride) * half;
  return Array.from({ length: b }, (_, k) => start + Math.floor(k / half) * stride * half + (k % half));
}

function product(x: Block, y: Block, b: number): Block {
  const out = new Float64Array(b * b);
  for (let i = 0; i < b; i++)
    for (let k = 0; k < b; k++) {
      const factor = x[i * b + k]!;
      for (let j = 0; j < b; j++) out[i * b + j]! += factor * y[k * b + j]!;
    }
  return out;
}

/** Gauss–Jordan without pivots: the symmetric part of I + Q is I, so that every pivot is at least 1. */
function inverted(matrix: Block, b: number): Block {
  const a = matrix.slice();
  for (let p = 0; p < b; p++) {
    const pivot = 1 / a[p * b + p]!;
    a[p * b + p] = 1;
    for (let j = 0; j < b; j++) a[p * b + j]! *= pivot;
    for (let i = 0; i < b; i++) {
      if (i === p) continue;
      const factor = a[i * b + p]!;
      a[i * b + p] = 0;
      for (let j = 0; j < b; j++) a[i * b + j]! -= factor * a[p * b + j]!;
    }
  }
  return a;
}
