/** The two code books of NF4 with double quantization, as the library bitsandbytes has them. */

/** Quantiles of a normal distribution, scaled to [−1, 1], with an exact 0: QLoRA, appendix E. */
export const NF4 = Float32Array.of(
  -1,
  -0.6961928009986877,
  -0.5250730514526367,
  -0.39491748809814453,
  -0.28444138169288635,
  -0.18477343022823334,
  -0.09105003625154495,
  0,
  0.07958029955625534,
  0.16093020141124725,
  0.24611230194568634,
  0.33791524171829224,
  0.44070982933044434,
  0.5626170039176941,
  0.7229568362236023,
  1,
);

/**
 * 8-bit numbers with a dynamic exponent: 10^e · (midpoints of 2^k equal steps from 0.1 to 1), e from −6 to 0 with k = e + 6, both signs, 0
 * and 1 (Dettmers 2015, https://arxiv.org/abs/1511.04561). The steps are rounded to float32 before their midpoints are taken.
 */
export const DYNAMIC = dynamicMap();

function dynamicMap(): Float32Array {
  const values = [0, 1];
  for (let k = 0; k < 7; k++) {
    const steps = linspace(2 ** k + 1);
    for (let i = 0; i < 2 ** k; i++) {
      const middle = Math.fround(Math.fround(steps[i]! + steps[i + 1]!) / 2);
      values.push(10 ** (k - 6) * middle, -(10 ** (k - 6)) * middle);
    }
  }
  return Float32Array.from(values).sort();
}

/** From 0.1 to 1, counted from the nearer end. */
function linspace(count: number): number[] {
  const [first, last] = [Math.fround(0.1), 1];
  const step = Math.fround((last - first) / (count - 1));
  return Array.from({ length: count }, (_, i) =>
    Math.fround(i < count / 2 ? first + Math.fround(step * i) : last - Math.fround(step * (count - 1 - i))),
  );
}

/** Half-way between neighbours: an entry is nearest to what lies above the mark below it, up to the mark above it. */
export const marksOf = (codes: Float32Array): Float32Array =>
  Float32Array.from({ length: codes.length - 1 }, (_, i) => Math.fround(codes[i]! + codes[i + 1]!) / 2);

/** Index of the nearest entry of a code book of 2^k entries, by its marks; halves go down. */
export function nearest(marks: Float32Array, x: number): number {
  let at = 0;
  for (let step = (marks.length + 1) >> 1; step > 0; step >>= 1) if (x > marks[at + step - 1]!) at += step;
  return at;
}
