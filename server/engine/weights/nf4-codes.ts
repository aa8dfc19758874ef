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
 * 8-bit numbers with a dynamic exponent: 10^e · (midpoints of 2^(e + 6) equal steps from 0.1 to 1), e from −6 to 0, both signs; and 0 and 1
 * (Dettmers 2015, https://arxiv.org/abs/1511.04561). Rounded to float32 where PyTorch rounds.
 */
export const DYNAMIC = dynamicMap();

function dynamicMap(): Float32Array {
  const values = [0, 1];
  for (let e = -6; e <= 0; e++) {
    const marks = steps(2 ** (e + 6));
    const power = Math.fround(10 ** e);
    for (let i = 1; i < marks.length; i++) {
      const value = Math.fround(power * (Math.fround(marks[i - 1]! + marks[i]!) / 2));
      values.push(value, -value);
    }
  }
  return Float32Array.from(values).sort();
}

/** `count` equal steps from 0.1 to 1, counted from the nearer end. */
function steps(count: number): number[] {
  const first = Math.fround(0.1);
  const step = Math.fround(Math.fround(1 - first) / count);
  return Array.from({ length: count + 1 }, (_, i) =>
    Math.fround(i <= count / 2 ? first + step * i : 1 - step * (count - i)),
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
