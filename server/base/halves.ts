/** The two 16-bit floating-point formats, bit by bit: conversions from and to float32. */

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** IEEE 754 binary16 -> float32, exactly; `half` holds the 16 bits. */
export function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** float32 -> binary16 bits, rounded to the nearest, ties to even; beyond 65504 becomes infinity. */
export function toHalf(value: number): number {
  float[0] = value;
  const x = bits[0]!;
  const sign = (x >>> 16) & 0x8000;
  const magnitude = x & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // 65520 and above round to infinity.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  // Normal halves: move the exponent's bias from 127 to 15, then drop 13 bits.
  if (magnitude >= 0x38800000) return sign | roundOff(magnitude - 0x38000000, 13);
  const shift = 126 - (magnitude >>> 23);
  return shift > 25 ? sign : sign | roundOff((magnitude & 0x7fffff) | 0x800000, shift);
}

/** bfloat16 bits -> float32: the upper half of its bits. */
export function fromBfloat(half: number): number {
  bits[0] = half << 16;
  return float[0]!;
}

/** float32 -> bfloat16 bits, rounded to the nearest, ties to even. */
export function toBfloat(value: number): number {
  float[0] = value;
  const x = bits[0]!;
  if ((x & 0x7fffffff) > 0x7f800000) return (x >>> 16) | 0x40;
  return roundOff(x, 16) & 0xffff;
}

/** Drops `count` low bits of an unsigned integer, nearest with ties to even. */
function roundOff(x: number, count: number): number {
  const kept = x >>> count;
  const rest = x & (2 ** count - 1);
  const tie = 2 ** (count - 1);
  return rest > tie || (rest === tie && kept & 1) ? kept + 1 : kept;
}
